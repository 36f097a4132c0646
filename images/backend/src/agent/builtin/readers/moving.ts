import { readDateParts, readWholeDate } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { readNewTasks } from "../new-tasks.ts";
import { readReference } from "../references.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import { findUnreadDate } from "../unread-dates.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";
import { changing, isPointing } from "./changing.ts";
import { readReschedule } from "./reschedule.ts";

/** Parses a due date that is set or moved. */
export function readMoved(text: string, clock: WallClock): Intent | undefined {
  const change = changing(clock);

  // "Set the due date to tomorrow", of the task before.
  let match =
    /^(?:set|change|move) (?:the |its )?(?:due date|deadline|date) (?:to|for) (.+)$/i.exec(text);
  const own = match && readDateParts(match[1] ?? "", clock);
  if (own) return change("it", own.due);

  // Due date set or moved.
  match =
    /^(?:set|change|update|make|move) (?:the )?(?:due date|deadline|due|date) (?:of|for|on) (.+?) (?:to|as|for|at|on) (.+)$/i.exec(
      text,
    ) ??
    /^(?:set|change|update|make|move|push) (.+?)(?:'s|s') (?:due date|deadline|due time|date|time) (?:to|for|at|until|till|back to) (.+)$/i.exec(
      text,
    ) ??
    /^(?:the )?(?:due date|deadline) (?:of|for|on) (.+?) is (?:now )?(.+)$/i.exec(text) ??
    /^(.+?)(?:'s|s') (?:due date|deadline) (?:is|should be|moved to|has moved to|changed to) (?:now )?(.+)$/i.exec(
      text,
    ) ??
    /^(?:add|give|set|put) (?:a )?(?:due date|deadline) (?:of |to |for |on )?(.+?)(?: (?:to|of|for)|:) (.+)$/i.exec(
      text,
    ) ??
    /^(?:reschedule|postpone|delay|snooze|bump|push|push back|put off|put(?= .+? (?:off|back) (?:to|until|till)\b)|move|shift|bring|bring forward|pull|defer|extend) (?:back |off |forward )?(.+?) (?:back |off |out |forward |up )?((?:to|until|till|for|by|on|at(?= the))\b.+)$/i.exec(
      text,
    ) ??
    /^(?:reschedule|postpone|delay|snooze|push|move|shift|defer) (?:back |off )?(.+?) ((?:tomorrow|today|tonight|next|this|in)\b.*)$/i.exec(
      text,
    ) ??
    /^(?:make|set(?! up\b)|mark) (.+?) (?:(?:be )?due|to be due|for) (.+)$/i.exec(text) ??
    /^(.+?) (?:is|are) (?:now )?due (.+)$/i.exec(text) ??
    /^(.+?) (?:can wait|has moved|moved|was moved|got moved|is moved|has been moved|got pushed|is now|will be|has to wait|must wait|needs to wait|needs (?:doing|finishing|sending|paying|writing)|(?:needs to|has to|must|should) (?:be (?:done|ready|finished|sent|paid)|go out)) ((?:by|until|till|to|on|at|for|tomorrow|today|tonight|next|this)\b.+)$/i.exec(
      text,
    ) ??
    /^give (.+?) (?:a|the) (?:due date|deadline) of (.+)$/i.exec(text);
  if (
    match &&
    !/^(?:what|which|who|how|anything|is|i|we)\b/i.test(text) &&
    !/\b(?:what|which|who|whether|when|if)\b/i.test(match[1] ?? "")
  ) {
    const [, first = "", second = ""] = match;
    const parts =
      readDateParts(second, clock) ??
      readDateParts(second.replace(/^(?:to|for|until|till) /i, ""), clock) ??
      readDateParts(`due ${second}`, clock);
    if (parts?.day === undefined && parts?.minutes !== undefined) {
      const by = { minutes: parts.minutes };
      return { kind: "shift", reference: readReference(first, clock), by };
    }
    if (parts !== undefined) return change(first, parts.due);
    const swapped = readWholeDate(first, clock);
    if (swapped !== undefined && /^(?:add|give|set|put)/i.test(text))
      return change(second, swapped);
    const dated = readReschedule(text, clock);
    if (dated !== undefined) return dated;
    const aboutDates =
      /\b(?:due|deadline)\b|^(?:reschedule|postpone|delay|snooze|put off|defer)\b/i.test(text);
    if (aboutDates || findUnreadDate(second) !== undefined)
      return { kind: "unread", phrase: second };
  }

  // "Both by Friday", after what was added.
  const [, them = "", until = ""] =
    /^(both|all)(?: of them)?,? (?:due )?((?:by|on|for|until) .+)$/i.exec(text) ?? [];
  const shared = them === "" ? undefined : readDateParts(until, clock);
  if (shared !== undefined) return change("them", shared.due);

  // "Plants to Sunday" is short for a move.
  const [, thing = "", onDay = ""] =
    /^((?:the |my )?[\w'-]+(?: [\w'-]+)?) to ((?:next |this )?(?:\w+day|tomorrow|the \d{1,2}(?:st|nd|rd|th)))$/i.exec(
      text,
    ) ?? [];
  const moved = beginsWithVerb(thing) ? undefined : readDateParts(onDay, clock);
  if (moved !== undefined) {
    const added = readNewTasks(`${thing} ${onDay}`, clock);
    const otherwise = { kind: "add", reminder: false, said: "bare", ...added } as const;
    return { ...change(thing, moved.due), otherwise };
  }

  match =
    /^(?:make|set|do|schedule|plan) (the \w+ (?:one|task)|(?:task|number) \S+|\S+) (.+)$/i.exec(
      text,
    );
  if (match && isPointing(match[1] ?? "")) {
    const due = readWholeDate(match[2] ?? "", clock);
    if (due !== undefined) return change(match[1], due);
  }
  return undefined;
}
