import { BuiltinAgent } from "../../src/agent/builtin/agent.ts";
import { WallClock } from "../../src/dates/wall-clock.ts";
import type { Answer, PastMessage } from "../../src/agent/agent.ts";
import type { Task } from "../../src/tasks/schemas.ts";
import type { TaskStore } from "../../src/tasks/store.ts";
import { Toolbox, type ToolCall } from "../../src/tools/tools.ts";
import { MemoryTasks } from "./memory-tasks.ts";
import {
  now,
  startingTasks,
  timeZone,
  type Expected,
  type ExpectedCall,
  type Phrasing,
} from "./phrasing.ts";

const clock = new WallClock(now, timeZone);

/** What a phrasing led to, in the form of the tables. */
export interface Outcome {
  readonly calls: readonly unknown[];
  readonly reply: string;
}

/** The answer to a message, and the tasks before and after it. */
export interface Reaction {
  readonly answer: Answer;
  readonly before: readonly Task[];
  readonly after: readonly Task[];
}

/** Says messages to a fresh list, and tells how the agent reacts to the last. */
export async function reactionTo(
  messages: readonly string[],
  { isDayFirst = false }: { readonly isDayFirst?: boolean | undefined } = {},
): Promise<Reaction> {
  const tasks = new MemoryTasks(now);
  for (const { done = false, ...attributes } of startingTasks) {
    tasks.seed({ ...toInput(attributes), completed: done });
  }
  const agent = new BuiltinAgent();
  const history: PastMessage[] = [];
  const tools = new Toolbox(tasks as unknown as TaskStore, "someone", timeZone, () => undefined);
  const send = async (message: string): Promise<Reaction> => {
    const before = await tools.peek();
    const answer = await agent.answer({
      message,
      history,
      tools,
      now,
      timeZone,
      isDayFirst,
      onTool: () => undefined,
      onText: () => undefined,
    });
    history.push({ role: "user", content: message, toolCalls: [], state: null });
    history.push({ role: "assistant", content: answer.reply, ...answer });
    return { answer, before, after: await tools.peek() };
  };
  for (const message of messages.slice(0, -1)) await send(message);
  return send(messages.at(-1) ?? "");
}

/** Says a phrasing to a fresh list and tells which calls it led to. */
export async function outcomeOf({ says, after = [] }: Phrasing): Promise<Outcome> {
  const { answer, before } = await reactionTo([...after, says]);
  return { calls: answer.toolCalls.map((call) => shortForm(call, before)), reply: answer.reply };
}

/** What the tables expect, spelt out like an outcome. */
export function expectedCalls({ calls }: Phrasing): readonly unknown[] {
  return calls.map(spellOut);
}

function spellOut(call: ExpectedCall): unknown {
  switch (call[0]) {
    case "add":
      return ["add", toInput({ title: call[1], ...call[2] })];
    case "update":
      return ["update", call[1], toInput(call[2])];
    default:
      return call;
  }
}

function shortForm({ name, arguments: input, result }: ToolCall, before: readonly Task[]): unknown {
  if ("error" in result) return [name, result.error];
  const { id, ...rest } = input as { id?: string };
  const title =
    "task" in result ? result.task.title : "deleted" in result ? result.deleted.title : "";
  const known = before.find((task) => task.id === id)?.title ?? title;
  switch (name) {
    case "add_task":
      return ["add", rest];
    case "list_tasks":
      return ["list", rest];
    case "complete_task":
      return ["completed" in rest && rest.completed === false ? "reopen" : "complete", known];
    case "update_task":
      return ["update", known, rest];
    default:
      return ["delete", known];
  }
}

function toInput({ due, ...rest }: Expected): Record<string, unknown> {
  if (due === undefined) return rest;
  if (due === null) return { ...rest, dueAt: null };
  return { ...rest, ...(due.includes(" ") ? { dueAt: moment(due) } : { dueOn: due }) };
}

function moment(due: string): string {
  const [date = "", time = ""] = due.split(" ");
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  const day = Date.parse(date) / 86_400_000;
  return clock.toMoment({ day, minutes: hours * 60 + minutes }).toISOString();
}
