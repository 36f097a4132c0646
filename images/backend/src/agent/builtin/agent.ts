import type { Task } from "../../tasks/schemas.ts";
import type { ToolCall, ToolName, ToolResult } from "../../tools/tools.ts";
import type { Agent, Answer, Question } from "../agent.ts";

/** Answers without a language model: a handful of plain requests. */
export class BuiltinAgent implements Agent {
  async answer(question: Question): Promise<Answer> {
    const toolCalls: ToolCall[] = [];
    const call = async (name: ToolName, input: object): Promise<ToolResult> => {
      const toolCall = { name, arguments: input, result: await question.tools.call(name, input) };
      toolCalls.push(toolCall);
      question.onTool(toolCall);
      return toolCall.result;
    };
    const reply = await respond(question.message, question.tools.call.bind(question.tools), call);
    question.onText(reply);
    return { reply, toolCalls, agent: "builtin", state: null };
  }
}

type Call = (name: ToolName, input: object) => Promise<ToolResult>;

async function respond(message: string, look: Call, call: Call): Promise<string> {
  const rest = (pattern: RegExp): string | undefined => pattern.exec(message)?.[1]?.trim();
  const listed = async (): Promise<readonly Task[]> => {
    const result = await look("list_tasks", {});
    return "tasks" in result ? result.tasks : [];
  };
  const find = async (reference: string): Promise<Task | undefined> => {
    const tasks = await listed();
    const number = /^(?:task |#)?(\d+)$/i.exec(reference)?.[1];
    if (number !== undefined) return tasks[Number(number) - 1];
    const words = reference.toLowerCase().replace(/^the /, "").replace(/ one$/, "");
    const matches = tasks.filter(({ title }) => title.toLowerCase().includes(words));
    return matches.length === 1 ? matches[0] : undefined;
  };
  const unclear = "I'm not sure which task you mean; ask for the list and give me its number.";

  const title = rest(/^(?:please )?(?:add|create|remind me to)\s+(?:a task to )?(.+)$/i);
  if (title !== undefined) {
    const result = await call("add_task", { title });
    return "error" in result ? result.error : `Added "${title}".`;
  }
  const done = rest(/^(?:done with|complete|finish|finished)\s+(.+)$/i);
  if (done !== undefined) {
    const task = await find(done);
    if (!task) return unclear;
    await call("complete_task", { id: task.id });
    return `Done: "${task.title}".`;
  }
  const removed = rest(/^(?:delete|remove)\s+(.+)$/i);
  if (removed !== undefined) {
    const task = await find(removed);
    if (!task) return unclear;
    await call("delete_task", { id: task.id });
    return `Deleted "${task.title}".`;
  }
  const [, reference, newTitle] = /^(?:rename|change)\s+(.+?)\s+to\s+(.+)$/i.exec(message) ?? [];
  if (reference !== undefined && newTitle !== undefined) {
    const task = await find(reference);
    if (!task) return unclear;
    await call("update_task", { id: task.id, title: newTitle });
    return `Renamed to "${newTitle}".`;
  }
  if (/\b(list|show|left|tasks|todo)\b/i.test(message)) {
    const result = await call("list_tasks", { status: /left/i.test(message) ? "pending" : "all" });
    if (!("tasks" in result) || result.tasks.length === 0) return "Your list is empty.";
    return result.tasks
      .map((task, index) => `${index + 1}. ${task.title}${task.completed ? " (done)" : ""}`)
      .join("\n");
  }
  return "I can add, list, complete, rename and delete tasks.";
}
