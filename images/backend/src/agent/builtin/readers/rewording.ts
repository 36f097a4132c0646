import { addCommand } from "../clauses.ts";
import { readDateParts, takeDate } from "../dates.ts";
import { takeRepeat } from "../repeats.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

/** Other ways to put a change, in the words that the patterns know. */
export function reworded(said: string, clock: WallClock): string {
  return (
    withoutOld(said, clock)
      // "Bob's mail: priority high".
      .replace(
        /^([\w' ]+): (?:priority )?(top|high|medium|low)(?: prio(?:rity)?)?$/i,
        "$1 is $2 priority",
      )
      // "Rent isn't that urgent, medium is fine".
      .replace(
        /^(.+?) (?:isn't|aren't|is not|are not) (?:that |so )?(?:urgent|important), (high|medium|low)(?: priority)? (?:is (?:fine|ok|okay|enough)|will do)$/i,
        "$1 is $2 priority",
      )
      .replace(
        /^(.+?) (?:isn't|aren't|is not|are not) (?:high|low|medium|normal|top)[- ]prio(?:rity)?(?: any ?more)?, (high|medium|normal|low)(?: priority)?(?: is|'s) (?:fine|ok|okay|enough)$/i,
        "$1 is $2 priority",
      )
      // "Dentist → Monday same time": the time is kept anyway.
      .replace(/,? (?:at )?(?:the )?same (?:time|hour)$/i, "")
      // "Make the report a monthly thing, due on the 1st".
      .replace(
        /^make (.+?) (?:an? )?(daily|weekly|fortnightly|monthly|quarterly|yearly) (?:thing|task|one)(?:,? (?:due )?(on .+))?$/i,
        (_, task: string, often: string, on = "") => `repeat ${task} ${often} ${on}`.trim(),
      )
      // "Rent is due every month on the 5th".
      .replace(/^(.+?) is due ((?:every|each) .+)$/i, "repeat $1 $2")
      // "Tom's is for Friday".
      .replace(/^(\w+)'s is (?:for|due|on) /i, "$1 is due ")
      // "Call it "ring the dentist" instead of call the dentist".
      .replace(/^(?:call|name) it ("[^"]+") (?:instead of|rather than) (.+)$/i, "rename $2 to $1")
      // "Report → Friday", "dentist: 15:30".
      .replace(/^([\w'# ]+)(?: →|:) (.+)$/, (whole, task: string, date: string) =>
        /^(?:set|give|add|put|make|change)\b/i.test(task) ||
        readDateParts(date, clock) === undefined
          ? whole
          : `${task} is due ${date}`,
      )
      // "Give me until Friday for the report".
      .replace(
        /^(?:give me|i need|i'll need|i have|i've got) (?:until|till) (.+?) (?:for|on|with|to (?:do|finish)) (.+)$/i,
        "$2 is due $1",
      )
      // "Can the rent wait till Friday?"
      .replace(/^(?:can|could) (.+?) wait (.+?)\??$/i, "$1 can wait $2")
      // "Make everything low priority except the taxes", "move all to Friday but the rent".
      .replace(
        exceptLast,
        (_, verb, all, change: string, exception) =>
          `${verb} ${all} except ${exception} ${change.trim()}`,
      )
      // "The dentist is at 4, not 5".
      .replace(
        /^(.+?) (?:is|are) (?:due )?((?:on |at |by )?\w+(?: \w+){0,3}),? (?:and )?not [^,]+$/i,
        (whole, task, date: string) =>
          readDateParts(date, clock) === undefined ? whole : `${task} is due ${date}`,
      )
  );
}

/** "15:30 instead of 17:00": what it was is no part of what it shall be. */
function withoutOld(text: string, clock: WallClock): string {
  const [, rest = "", old = ""] = /^(.+) instead of (.+)$/i.exec(text) ?? [];
  // "Dentist at 3 instead of 5".
  const isDate = [old, `at ${old}`].some((date) => readDateParts(date, clock) !== undefined);
  if (isDate && takeDate(rest, clock).due !== undefined) return `${rest} instead`;
  const [, before = "", from = "", to = ""] =
    /^(?!.*\b(?:everything|all|tasks|ones|stuff)\b)(.+?) from (.+?) ((?:back )?to .+)$/i.exec(
      text,
    ) ?? [];
  return readDateParts(from, clock) === undefined ? text : `${before} ${to}`;
}

/** "Milk: set that one for tomorrow", "plants - do that daily": first which, then what to do. */
export function withName(text: string, clock: WallClock): string {
  const [, task = "", verb = "", rest = ""] = addCommand.test(text)
    ? []
    : (namedFirst.exec(text) ?? []);
  if (task === "") return text;
  if (setsDate.test(verb) && takeRepeat(rest)?.rest === "") return `repeat ${task} ${rest}`;
  const isMoved = setsDate.test(verb) && readDateParts(rest, clock) !== undefined;
  return isMoved ? `${task} is due ${rest}` : `${verb} ${task} ${rest}`.trim();
}

const namedFirst =
  /^([^":;,]{2,60}?)(?: ?[–,;:]| -) (do|make|set|move|push|postpone|reschedule|mark|tick|complete|delete|remove|cancel|reopen) (?:that|it|this)(?: (?:one|task))?(?: (.+?))?(?: from now on)?$/i;
const setsDate = /^(?:do|make|set|move|push|postpone|reschedule)$/i;

const exceptLast =
  /^(make|set|mark|move|push|change) (everything|all(?: \S+){0,3}?) ((?:to|until) (?:\S+ ){1,4}?|(?<!^(?:move|push) .+)(?:as )?(?:\S+ ){1,2}?),?(?:but|except(?: for)?|apart from) (.+)$/i;
