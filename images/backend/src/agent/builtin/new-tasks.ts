import { sameDue, type NewDue } from "../../dates/due.ts";
import { takeDescription, takePriority } from "./attributes.ts";
import { repeatedFrom, takeRepeat } from "./repeats.ts";
import { takeDate, type TakenDate } from "./dates.ts";
import type { NewTaskWords } from "./intents.ts";
import { partsOf } from "./task-parts.ts";
import { daySpan } from "./day-patterns.ts";
import { timeSpan } from "./time-patterns.ts";
import { findStrayWords } from "./stray-words.ts";
import { findRestOfDate, findUnreadDate } from "./unread-dates.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

/** New tasks, and what makes them doubtful. */
export interface NewTasks {
  readonly tasks: readonly NewTaskWords[];
  /** A phrase in a title that looks like a date but can't be read. */
  readonly unread: string | undefined;
  /** Words in a title that are rather said about the task. */
  readonly stray: string | undefined;
  readonly notes?: readonly string[];
}

/**
 * Parses one or more new tasks from the text after "add": titles, due dates, priorities, notes.
 *
 * @param plural whether the command was plural ("add tasks: milk and eggs").
 * @param lead due date from before the tasks, for those without their own.
 */
export function readNewTasks(
  text: string,
  clock: WallClock,
  {
    plural = false,
    lead,
  }: { readonly plural?: boolean; readonly lead?: TakenDate | undefined } = {},
): NewTasks {
  const shared = takePriority(takeDescription(text).rest).priority;
  const parts = partsOf(text, plural, clock);
  const isLines = text.trim().includes("\n");
  // "Lunch at 1 and tennis at 5 tomorrow": a time of its own keeps the day of the others.
  const days = parts.map((part) => takeDate(takeDescription(part).rest, clock).day);
  const dayFor = (index: number): number | undefined =>
    isLines
      ? lead?.day
      : (days.slice(0, index).findLast((day) => day !== undefined) ?? lead?.day ?? days.at(-1));
  const read = parts
    .map((part, index) => readTask(part, clock, dayFor(index)))
    .filter(({ task }) => task.title !== "");
  const dues = read.map(({ task }) => dueIn(task));
  const isOneDue = !isLines && dues.slice(0, -1).every((due) => due === undefined);
  const isShared = read.length > 1 && /^(?:all |both )?(?:with )?(?:high|low|urgent)/i.test(text);
  return {
    tasks: read.map(({ task }, index) => {
      // "buy milk and call mom tomorrow" means tomorrow for both, unless another has its own date.
      const due = dues[index] ?? lead?.due ?? (isOneDue ? dues.at(-1) : undefined);
      const priority = task.priority ?? (isShared ? shared : undefined);
      return { ...task, ...due, ...(priority && { priority }) };
    }),
    unread: read.map(({ unread }) => unread).find((phrase) => phrase !== undefined),
    stray: read.map(({ stray }) => stray).find((words) => words !== undefined),
    notes: read.flatMap(({ end }) =>
      end === undefined ? [] : [`I keep when it begins, not "${end}".`],
    ),
  };
}

function dueIn(task: NewTaskWords | undefined): NewDue | undefined {
  if (task?.dueOn == null && task?.dueAt == null) return undefined;
  return sameDue(task);
}

function readTask(
  text: string,
  clock: WallClock,
  onDay: number | undefined,
): {
  readonly task: NewTaskWords;
  readonly unread: string | undefined;
  readonly stray: string | undefined;
  /** "To 4pm", which no task has. */
  readonly end: string | undefined;
} {
  const quoted = /^["“](.+?)["”](?=$|[\s,;.])\s*(.*)$/.exec(text.trim());
  // A note follows something.
  const described = takeDescription(quoted ? `"" ${quoted[2] ?? ""}` : text);
  const prioritized = takePriority(described.rest.replace(/^"" ?/, ""));
  const repeated = takeRepeat(prioritized.rest);
  const dated = takeDate(repeated?.rest ?? prioritized.rest, clock, repeated ? undefined : onDay);
  const isWhole = quoted !== null && !/^\w/.test(cleanTitle(dated.rest));
  const title = cleanTitle(
    isWhole ? (quoted[1] ?? "") : quoted ? `"${quoted[1] ?? ""}" ${dated.rest}` : dated.rest,
  );
  const isDated = repeated !== undefined || dated.due !== undefined;
  // "At 3 and 5", "Friday 13".
  const isTimed = dated.minutes !== undefined;
  const number = (isTimed ? /\b(?:and|or) \d{1,2}$/ : /(?<=day )\d{1,2}$/i).exec(
    isTimed ? title : text.trim(),
  )?.[0];
  const unread = findUnreadDate(title) ?? (isDated ? (findRestOfDate(title) ?? number) : undefined);
  const end =
    (timeSpan.exec(prioritized.rest) ?? daySpan.exec(prioritized.rest))
      ?.slice(1)
      .find(Boolean)
      ?.trim() ?? "";
  return {
    task: {
      title,
      ...(described.description !== undefined && { description: described.description }),
      ...(prioritized.priority && { priority: prioritized.priority }),
      ...(repeated ? repeatedFrom(repeated, dated, clock) : dated.due),
    },
    end: title.includes(end) ? undefined : end,
    stray: isWhole ? undefined : findStrayWords(title),
    unread: isWhole ? undefined : (unread ?? (repeated && ending.exec(text)?.[0])),
  };
}

/** A repetition has no end. */
const ending =
  /\b(?:except|but not|until|till|through|for (?:the next )?\w+ (?:days|weeks|months|years))\b.*$/i;

/** Removes words that are not part of the title: "to my list", "as a task", "please". */
function cleanTitle(text: string): string {
  let title = text.trim();
  for (let before = ""; before !== title;) {
    before = title;
    title = title
      .replace(
        /[\s,]+(?:please|pls|thanks|thank you|for me|too|as well|ok|okay|instead)[.!]*$/i,
        "",
      )
      .replace(
        /\s+(?:to|on|in|into|onto)(?: my| the| our)?(?: to-?do| task| todo| shopping| grocery)*[ -]?(?:list|tasks|todos|to-dos)$/i,
        "",
      )
      .replace(/\s+as an?(?: new)?(?: high| low)? ?(?:task|todo|to-do|item|reminder)$/i, "")
      .replace(/^(?:and|then|also|that|to|for|:)\s+/i, "")
      .replace(/^["“'‘](.+)["”'’]$/, "$1")
      .replace(/[\s,;:.!?(-]+$/, "")
      .replace(/^[\s,;:.!?-]+/, "")
      .trim();
  }
  return title;
}
