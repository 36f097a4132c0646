import { readDateParts, takeDate } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { readReference } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

/** Something of a task, not the task. */
const ofTask =
  /^\w+ (?:just |only )?(?:the |its )?(?:(?:due )?(?:date|time)|deadline|priority|repetition|reminder|alarm|notes?|description|tags?|labels?) (?:of|from|for|on|off)\b/i;

/** Parses deletions. */
export function readDelete(text: string, clock: WallClock): Intent | undefined {
  // "Skip the plants for now" doesn't delete them.
  if (
    /^(?:skip|drop|forget|cancel|no need)\b.* (?:for now|for today|again|this time|this week)$/i.test(
      text,
    )
  )
    return { kind: "unclear", text };
  if (ofTask.test(text)) return undefined;
  const patterns = [
    /^(?:delete|remove|erase|trash|discard|scrap|bin|kill|ditch|nuke|axe|get rid of|throw (?:out|away)|dump|purge|wipe|eliminate)(?: out)? (.+)$/i,
    /^(?:clear|empty|clean up|wipe)(?: out| off)? ((?:my|the|all|list|tasks|todos|every|completed|finished|done|pending|it|everything|out|#?\d).*)$/i,
    /^(?:drop|cancel) (.+)$/i,
    /^(?:take|strike) (.+?) off(?: (?:of )?(?:my|the) (?:\w+ )?list)?$/i,
    /^(?:forget (?:about )?|scratch |never ?mind (?:about )?|skip )(.+)$/i,
    /^(?:there(?:'s| is) )?no (?:more |longer a )?need to (?:do )?(.+?)(?: any ?more| any longer)?$/i,
    /^(?:i|we) (?:no longer|don't|do not)(?: really)? (?:need|want|have)(?: to(?: do)?)? (.+?)(?: any ?more| any longer)?$/i,
    /^(.+?) (?:is|are) (?:no longer|not) (?:needed|necessary|relevant)(?: any ?more)?$/i,
    /^(?!.*\b(?:i|we|you)\b)(.+?) can go(?: now)?$/i,
    /^start (?:over|fresh)()$/i,
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (!match) continue;
    // "Cancel the gym by Friday" is still to do.
    if (
      /^(?:cancel|drop) .* (?:by|before|until|on|next|in) /i.test(text) &&
      takeDate(text, clock).due !== undefined
    ) {
      return undefined;
    }
    // "Trash out tonight".
    if (/^(?:trash|bin|dump) (?:out )?/i.test(text) && readDateParts(match[1] ?? "", clock))
      return undefined;
    const phrase = (match[1] || "everything")
      .replace(/^out /i, "")
      .replace(/ (?:from|off) (?:my|the) (?:to-?do )?list$/i, "");
    return { kind: "delete", reference: readReference(phrase, clock) };
  }
  return undefined;
}
