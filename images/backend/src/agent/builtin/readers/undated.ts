import type { Intent } from "../intents.ts";
import { readReference } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";
import { changing } from "./changing.ts";

/** Parses that a due date, or its time, is taken off. */
export function readUndated(text: string, clock: WallClock): Intent | undefined {
  const change = changing(clock);

  let match =
    /^(?:remove|delete|clear|drop|unset) (?:the )?(?:due date|deadline|due time|date)(?: (?:from|of|for|on) (.+))?$/i.exec(
      text,
    ) ??
    /^(.+?) (?:has no|doesn't have a|does not have a|needs no) (?:due date|deadline|date)(?: anymore| any more)?$/i.exec(
      text,
    ) ??
    /^(?:set|make) (.+?) (?:to have no|without a?) ?(?:due date|deadline)$/i.exec(text);
  if (match) return change(match[1], { dueAt: null });
  match =
    /^(?:remove|delete|clear|drop|lose|unset) (.+?)(?:'s|s') (?:due date|deadline|date)$/i.exec(
      text,
    ) ??
    /^(?:take|strip|get|pull|wipe|knock|get rid of|lose|drop) (?:the |its |that )?(?:due date|deadline|due time|date) (?:off|from|away from|out of|off of|on|of|for) (.+)$/i.exec(
      text,
    ) ??
    /^(?:take|strip) (?!.*\blist$)(.+?)(?:'s|s') (?:due date|deadline|date) (?:off|away)$/i.exec(
      text,
    ) ??
    /^no (?:more )?(?:due date|deadline|date)(?: (?:for|on) (.+?))?(?: any ?more)?$/i.exec(text) ??
    /^(.+?) (?:doesn't|does not|no longer) needs? (?:a|any|its) (?:due date|deadline|date)(?: any ?more)?$/i.exec(
      text,
    ) ??
    /^(?:make|leave) (.+?) (?:undated|open-ended|without a (?:date|deadline)|dateless)$/i.exec(
      text,
    );
  if (match) return change(match[1], { dueAt: null });

  // Only the time removed.
  match =
    /^(?:remove|delete|clear|drop|take|strip|lose) (?:just |only )?(?:the |its )?(?:due )?time (?:off|from|of|for|on) (.+?)(?:,? (?:but |and )?(?:keep|leave|not) the (?:day|date))?$/i.exec(
      text,
    );
  if (match) {
    const by = { minutes: undefined };
    return { kind: "shift", reference: readReference(match[1] ?? "", clock), by };
  }
  return undefined;
}
