import type { Task } from "../../../tasks/schemas.ts";
import type { ToolInput } from "../../../tools/tools.ts";
import { describeDate, readDateParts, takeDate } from "../dates.ts";
import { changeInstead, doubtAbout } from "../doubts.ts";
import type { Intent } from "../intents.ts";
import { isForeign } from "../not-english.ts";
import { describeTask, notUnderstood, onlyEnglish, smallTalk } from "../replies.ts";
import { findUnreadDate } from "../unread-dates.ts";
import { longestTitle } from "./limits.ts";
import type { Turn } from "./turn.ts";

/** Asks first when a title may hide a date, or be a command that was not understood. */
export async function addCarefully(
  turn: Turn,
  intent: Extract<Intent, { kind: "add" }>,
): Promise<void> {
  const { tasks, notes = [] } = intent;
  if (tasks.some(({ title }) => title.length > longestTitle)) {
    turn.say(smallTalk["too-long"]);
    return;
  }
  const known = await turn.question.tools.peek();
  const instead = changeInstead(intent, known);
  if (instead !== undefined) {
    await turn.act({ tool: "update_task", change: instead.change }, [instead.task]);
    return;
  }
  const doubt = doubtAbout(intent, known, turn.clock, turn.calls.length === 0);
  if (doubt === undefined) await add(turn, tasks, intent.reminder);
  else turn.ask({ asked: "add", tasks }, doubt);
  for (const note of notes) turn.say(note);
}

export async function add(
  turn: Turn,
  tasks: readonly ToolInput<"add_task">[],
  reminder: boolean,
): Promise<void> {
  const added: Task[] = [];
  for (const input of tasks) {
    const result = await turn.call("add_task", input);
    if ("task" in result) added.push(result.task);
  }
  const [first] = added;
  if (first === undefined) return;
  const names = added.map((task) => describeTask(task, turn.clock));
  turn.say(
    added.length === 1
      ? `Added ${names.join("")}.`
      : `Added ${added.length} tasks:\n${names.map((name) => `- ${name}`).join("\n")}`,
  );
  if (reminder && describeDate(first, turn.clock) !== "")
    turn.say("I keep the date in your list, but I can't send you an alarm.");
}

/** A few words without a verb may be a task; a question is not. */
export function offerToAdd(turn: Turn, text: string): void {
  const title = text.replace(/[.!]+$/, "").trim();
  if (readDateParts(title, turn.clock) !== undefined) {
    turn.say(smallTalk.incomplete);
    return;
  }
  const words = title.split(/\s+/).length;
  const isQuestion =
    /\?$|^(?:what|why|who|how|when|where|which|is|are|do|does|can|could|will)\b/i.test(title);
  const isNothing =
    /^(?:hmm+|wait|later|soon|maybe|well|so|not (?:now|today|yet)|lol|wow|oh|ah|huh|same|again|both|all|everything|it|that|this)$/i.test(
      title,
    );
  if (
    isQuestion ||
    isNothing ||
    title.length > longestTitle ||
    words > 16 ||
    !/\p{Letter}{2}/u.test(title)
  ) {
    turn.say(isForeign(title) ? onlyEnglish : notUnderstood);
    return;
  }
  if (isForeign(title)) {
    const offer = `${onlyEnglish} Shall I add "${title}" as a task, word for word?`;
    turn.ask({ asked: "add", tasks: [{ title }] }, offer);
    return;
  }
  const { due } = takeDate(title, turn.clock);
  const unread = due === undefined ? findUnreadDate(title) : undefined;
  const why = unread === undefined ? "" : `I can't read "${unread}" as a date. `;
  const dated = due === undefined ? "" : ` (due ${describeDate(due, turn.clock)})`;
  const offer = `${why}Shall I add "${title}"${dated} as a task?`;
  turn.ask({ asked: "add", tasks: [{ title, ...due }] }, offer);
}
