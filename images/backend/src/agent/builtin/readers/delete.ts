import { readDateParts, takeDate } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { readReference } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

/** Something of a task, not the task. */
const ofTask =
  /^\w+ (?:just |only )?(?:the |its )?(?:(?:due )?(?:date|time)|deadline|priority|repetition|reminder|alarm|notes?|description|tags?|labels?) (?:of|from|for|on|off)\b/i;

/** Verbs of other deeds too: "forget Anna", "kill the plants", "throw out the milk". */
const idiom =
  /^(?:forget(?! about)|never ?mind|skip|lose|kill|axe|throw|dump|wipe|clear|empty|clean up)\b|^(?:i|we) (?:don't|do not)\b(?!.* to\b)(?!.* (?:any ?more|any longer)$)/i;
/** Of tasks with an article, and of others without: "drop the milk", "cancel Anna". */
const idiomOfNames = /^(?:drop|cancel|scrap|ditch|trash|bin|scratch|forget about)\b|\bcan go\b/i;
const aboutTask = /\b(?:tasks?|todos?|to-?dos?|items?|entry|reminder|ones?|list|number)\b|["#\d]/i;
const definite = /^(?:the|my|our|this|that)\b/i;
/** "Remove Bob from the budget". */
const outOfThing = /\b(?:from|off|out of)\b/i;

function isIdiom(text: string, phrase: string): boolean {
  if (aboutTask.test(text)) return false;
  return (
    idiom.test(text) ||
    (idiomOfNames.test(text) && !definite.test(phrase)) ||
    outOfThing.test(phrase)
  );
}

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
    /^(?:drop(?! (?:off|by|in|out)\b)|cancel) (.+)$/i,
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
    const doubt = isIdiom(text, phrase) ? "part" : undefined;
    return { kind: "delete", reference: readReference(phrase, clock), ...(doubt && { doubt }) };
  }
  return undefined;
}
