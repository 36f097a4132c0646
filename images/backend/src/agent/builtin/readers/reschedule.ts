import type { WallClock } from "../../../dates/wall-clock.ts";
import { readDateParts, takeDate, type TakenDate } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { readNewTasks } from "../new-tasks.ts";
import { repeatedFrom, takeRepeat } from "../repeats.ts";
import { readReference } from "../references.ts";
import { readSpan, type Shift } from "../shifts.ts";

/** Postponing by a span: "give me two more days for X", "push X back by a week". */
export function readShift(text: string, clock: WallClock): Intent | undefined {
  const shift = (reference = "", by: Shift | undefined): Intent | undefined =>
    by && {
      kind: "shift",
      reference: readReference(reference.replace(/(?:'s)? (?:deadline|due date)$/i, ""), clock),
      by,
    };

  let match =
    /^(?:give me|i need|i'll need|i could use|i want|have|get|allow me) ((?:\S+ ){1,4}?(?:minute|hour|day|week|fortnight|month)s?)(?: more| extra| longer)? (?:for|on|to do|to finish|with) (.+?)\??$/i.exec(
      text,
    );
  if (match && /\b(?:more|extra|another|additional|longer)\b/i.test(text))
    return shift(match[2], readSpan(match[1] ?? ""));
  match =
    /^(?:give|grant|allow) (.+?) ((?:another(?: \S+)?|\S+ (?:more|extra|additional)) \w+|\S+ \w+ (?:more|longer))$/i.exec(
      text,
    ) ??
    /^(.+?) (?:needs|could use|takes) ((?:another(?: \S+)?|\S+ (?:more|extra)) \w+|\S+ \w+ (?:more|longer))$/i.exec(
      text,
    ) ??
    /^((?:another(?: \S+)?|\S+ (?:more|extra)) \w+) (?:for|on) (.+)$/i.exec(text);
  if (match) {
    const by = readSpan(match[2] ?? "");
    return by ? shift(match[1], by) : shift(match[2], readSpan(match[1] ?? ""));
  }
  // "The dentist one day earlier".
  match =
    /^(?:make )?((?!(?:add|remind)\b).+?) ((?:half an|a couple of|\S+) (?:minutes?|hours?|days?|weeks?|months?) (?:later|earlier|sooner))$/i.exec(
      text,
    );
  const moved =
    match &&
    !/^(?:reschedule|postpone|delay|snooze|push|put|move|shift|defer|bring|pull)\b/i.test(text);
  if (moved) return shift(match?.[1], readSpan(match?.[2] ?? ""));
  match =
    /^(?:reschedule|postpone|delay|snooze|push|push back|put off|put|move|shift|defer|extend|bring|pull)(?: back| off| out| forward| up)? (.+?)(?: back| off| out)?( forward| up| earlier)? ((?:by|for|out|back) .+|\S+ (?:days?|weeks?|hours?|hrs?|minutes?|mins?|months?)(?: later| earlier)?)$/i.exec(
      text,
    );
  if (match) {
    const [, reference = "", forward, span = ""] = match;
    const by = readSpan(span);
    const isForward =
      forward !== undefined || /^(?:bring|pull)\b|^\w+ (?:forward|up)\b/i.test(text);
    if (by) return shift(reference, isForward ? { ...by, count: -Math.abs(by.count) } : by);
  }
  return undefined;
}

/** Parses a new date of a task where the verb doesn't say that it is a change. */
export function readReschedule(text: string, clock: WallClock): Intent | undefined {
  return readInstead(text, clock) ?? readDateOf(text, clock) ?? readPut(text, clock);
}

/** "Put gym on Tuesday" moves the task of that name, or adds it. */
function readPut(text: string, clock: WallClock): Intent | undefined {
  const [, it = "", day = ""] =
    /^(?:put|note|write|schedule) (it|that|this|them) (?:down |in )?((?:on|for) .+)$/i.exec(text) ??
    [];
  const moved = it === "" ? undefined : readDateParts(day, clock);
  if (moved !== undefined) return to(it, moved, clock);
  const [, task = "", when = ""] =
    /^(?:put|schedule) ((?:(?:the|my|a) )?[\w'-]+(?: (?!in\b|on\b|out\b|up\b|away\b)[\w'-]+){0,2}) (?:in )?((?:on|for|every|each) (?!at\b).+)$/i.exec(
      text,
    ) ?? [];
  const often = takeRepeat(when);
  const parts = readDateParts(often?.rest ?? when, clock);
  if (parts?.day === undefined && often === undefined) return undefined;
  const added = readNewTasks(`${task} ${when}`, clock);
  const reference = readReference(task, clock);
  if (reference.kind !== "words") return undefined;
  const due = often === undefined ? parts?.due : repeatedFrom(often, parts ?? none, clock);
  const otherwise = { kind: "add", reminder: false, said: "told", ...added } as const;
  return due && { kind: "update", reference, change: due, otherwise };
}

const none = { due: undefined, rest: "" };

/** "Email Anna tomorrow instead": whatever the verb is, it is a task that exists. */
function readInstead(text: string, clock: WallClock): Intent | undefined {
  const [, said = ""] =
    /^(?!(?:add|create|remind|rename|change)\b)(.+?) instead[.!?]?$/i.exec(text) ?? [];
  if (said === "") return undefined;
  if (takeRepeat(said) !== undefined) return undefined;
  const found = takeDate(said, clock);
  const task = found.rest
    .replace(/^(?:(?:i'll|i will|i'd rather|we'll|we will) )?(?:do )?/i, "")
    .trim();
  // Something in place of something else: which of the two to change is for the user to say.
  return found.due === undefined ? { kind: "unclear", text } : to(task, found, clock);
}

/** "Set the report to Friday", "set a deadline of 20 March for the report". */
function readDateOf(text: string, clock: WallClock): Intent | undefined {
  const [, date = "", of = ""] =
    /^(?:set|put|make|add|give) (?:a |the )?(?:deadline|due date) (?:of|on|to|at) (.+?) (?:for|on|to) (.+)$/i.exec(
      text,
    ) ?? [];
  const [, task = of, day = date] = /^set (.+?) to (.+)$/i.exec(of === "" ? text : "") ?? [];
  const parts = day === "" ? undefined : readDateParts(day, clock);
  if (parts === undefined) return undefined;
  return to(task, parts, clock);
}

/** A time alone keeps the task's day. */
function to(task: string, { due, day, minutes }: TakenDate, clock: WallClock): Intent | undefined {
  const reference = readReference(task, clock);
  if (day === undefined && minutes !== undefined)
    return { kind: "shift", reference, by: { minutes } };
  return due && { kind: "update", reference, change: due };
}
