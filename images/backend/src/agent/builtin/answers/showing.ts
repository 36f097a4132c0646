import type { Task } from "../../../tasks/schemas.ts";
import { advise } from "../advice.ts";
import type { ListAnswer, ListFilter, Reference } from "../intents.ts";
import { describeList, describeTask } from "../replies.ts";
import { stem } from "../matching.ts";
import { maxChoices } from "./limits.ts";
import type { Turn } from "./turn.ts";

/** Answers with the tasks of a filter. */
export async function list(turn: Turn, filter: ListFilter, answer: ListAnswer): Promise<void> {
  // Undefined filters and the heading's label are not arguments of the tool.
  const input = Object.fromEntries(
    Object.entries(filter).filter(([key, value]) => key !== "label" && value !== undefined),
  );
  let result = await turn.call("list_tasks", input);
  // Nothing about "emails" may be something about "email".
  const word = filter.search?.toLowerCase() ?? "";
  if ("tasks" in result && result.tasks.length === 0 && stem(word) !== word)
    result = await turn.call("list_tasks", { ...input, search: stem(word) });
  if (!("tasks" in result)) return;
  const list = describeList(result, filter, turn.clock);
  const advice = answer === "advice" ? advise(result.tasks, turn.clock) : undefined;
  if (advice !== undefined) turn.say(advice);
  turn.say(
    answer === "count" && result.tasks.length > 0
      ? list.replace(/(?:; the first \d+ are)?:\n[\s\S]*$/, ".")
      : list,
  );
}

/** Answers with the tasks of a filter that an exception leaves. */
export async function listWithout(
  turn: Turn,
  filter: ListFilter,
  except: Reference,
): Promise<void> {
  const result = await turn.resolve({ kind: "all", filter, except }, () => true);
  if ("missing" in result) turn.say(result.missing);
  else
    sayNames(
      turn,
      "found" in result ? result.found : result.choices,
      "Nothing else.",
      "The others:",
    );
}

/** Without numbers: those belong to the last list of all. */
function sayNames(turn: Turn, tasks: readonly Task[], none: string, heading: string): void {
  const names = tasks.map((task) => describeTask(task, turn.clock)).join("\n");
  turn.say(names === "" ? none : `${heading}\n${names}`);
}

/** Answers with all that is known of some tasks. */
export async function show(turn: Turn, reference: Reference): Promise<void> {
  const result = await turn.resolve(reference, () => true);
  if ("missing" in result) {
    turn.say(result.missing);
    return;
  }
  const tasks = "found" in result ? result.found : result.choices;
  turn.about = tasks.map(({ id }) => id);
  for (const task of tasks.slice(0, maxChoices)) {
    const state = task.completed ? "done" : "open";
    const notes = task.description === "" ? "" : ` Notes: ${task.description}`;
    turn.say(`${describeTask(task, turn.clock)} is ${state}.${notes}`);
  }
}

/** Answers with the open tasks that no filter finds. */
export async function showWhich(turn: Turn, which: "repeating" | "undated"): Promise<void> {
  const tasks = (await turn.question.tools.peek()).filter(
    ({ completed, repeat, dueOn, dueAt }) =>
      !completed && (which === "repeating" ? repeat !== null : (dueOn ?? dueAt) === null),
  );
  const what = which === "repeating" ? "repeat" : "have no date";
  sayNames(turn, tasks, `No open tasks ${what}.`, `These tasks ${what}:`);
}
