import type { Task } from "../../tasks/schemas.ts";
import { describeRepeat, parseRepeat } from "../../dates/repeat.ts";
import { isOver } from "../../dates/due.ts";
import { describeDate } from "./dates.ts";
import type { ListFilter } from "./intents.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

/** Replies without tasks. */
export const smallTalk = {
  greeting:
    'Hello! Tell me what you have to do, e.g. "add buy milk tomorrow", or ask "what\'s left?".',
  thanks: "You're welcome!",
  kept: "All right, nothing is changed.",
  help: [
    "I look after your tasks. For example:",
    '- "add call the dentist next friday at 5pm, high priority"',
    '- "water the plants every morning", "pay rent on the 1st of every month", "stop repeating 2"',
    '- "what\'s left?", "what\'s due this week?", "find milk"',
    '- "done with 2", "the milk one is done"',
    '- "rename 3 to buy bread", "move 2 to tomorrow", "make 1 urgent"',
    '- "delete the milk one", "clear completed tasks"',
  ].join("\n"),
  "too-long": "That is too long for me; please say it in fewer words, or on several lines.",
  incomplete:
    'Tell me a little more: what to add, or which task and what to do with it, e.g. "rename 3 to buy bread".',
  yes: "I didn't ask anything; tell me what to do with your tasks.",
  no: 'I didn\'t ask anything. To take back what I did last, say "undo".',
} as const;

export const tooMuch = "That is a lot at once; please send the rest in another message.";

export const notUnderstood =
  'I didn\'t understand that. I can add, list, complete, change and delete tasks; say "help" for examples.';

export const onlyEnglish = "I only understand English, so I can't read that.";

/** `"buy milk" (due tomorrow, high priority)`. */
export function describeTask(task: Task, clock: WallClock): string {
  const details = detailsOf(task, clock);
  return `"${task.title}"${details === "" ? "" : ` (${details})`}`;
}

/** A list with a heading, numbered for references in later messages. */
export function describeList(
  { tasks, total = tasks.length }: { readonly tasks: readonly Task[]; readonly total?: number },
  filter: ListFilter,
  clock: WallClock,
): string {
  const kind = [
    ...(filter.status === "completed"
      ? ["completed"]
      : filter.status === "pending"
        ? ["open"]
        : []),
    ...(filter.priority ? [`${filter.priority}-priority`] : []),
  ].join(" ");
  const about = filter.search === undefined ? "" : ` about "${filter.search}"`;
  const when = filter.label === undefined ? "" : ` ${filter.label}`;
  const noun = `${kind === "" ? "" : `${kind} `}${total === 1 ? "task" : "tasks"}`;
  if (total === 0) {
    return filter.status === "pending" && about === "" && when === "" && !filter.priority
      ? "Nothing left to do."
      : `You have no ${noun}${about}${when}.`;
  }
  const lines = tasks.map((task, index) => {
    const details = [...(task.completed ? ["done"] : []), detailsOf(task, clock)].filter(
      (detail) => detail !== "",
    );
    return `${index + 1}. ${task.title}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
  });
  const first = tasks.length < total ? `; the first ${tasks.length} are` : "";
  return [`You have ${total} ${noun}${about}${when}${first}:`, ...lines].join("\n");
}

/** "a", "a and b", "a, b and c". */
function join(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

/** Lists task titles in a sentence; truncated if there are many. */
export function nameTasks(tasks: readonly Task[], most = 8): string {
  const names = tasks.slice(0, most).map(({ title }) => `"${title}"`);
  const others = tasks.length - names.length;
  return join(others > 0 ? [...names, `${others} more`] : names);
}

/** A numbered choice for a question. */
export function describeChoices(tasks: readonly Task[], clock: WallClock): string {
  return tasks.map((task, index) => `${index + 1}. ${describeTask(task, clock)}`).join("\n");
}

function detailsOf(task: Task, clock: WallClock): string {
  const overdue = !task.completed && isOver(task, clock);
  const date = describeDate(task, clock);
  const repeat = parseRepeat(task.repeat ?? "");
  return [
    ...(date === "" ? [] : [`${overdue ? "overdue, was due" : "due"} ${date}`]),
    ...(repeat === undefined ? [] : [`repeats ${describeRepeat(repeat)}`]),
    ...(task.priority === "medium" ? [] : [`${task.priority} priority`]),
  ].join(", ");
}
