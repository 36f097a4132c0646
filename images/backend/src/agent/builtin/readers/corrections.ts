import type { WallClock } from "../../../dates/wall-clock.ts";
import { takePriority } from "../attributes.ts";
import { readDateParts } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { takeRepeat } from "../repeats.ts";
import { changing } from "./changing.ts";
import { readTalk } from "./small-talk.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import { readSpan } from "../shifts.ts";

const sorry =
  "(?:(?:no(?! (?:need|longer|more|due|date|deadline|idea|problem|rush)\\b)|nope|oops|whoops|sorry|oh|ah|hang on|hold on|wait|actually|hmm|my mistake|my bad|i'm sorry|not (?:that|this)(?: one)?|wrong (?:one|task)|that's wrong|that was wrong|scrap that|correction|typo(?=[,.:!])|i mean|i meant|rather|better)\\b[\\s,.!:;–-]*)";

/** Parses what is about the last change: that it was wrong, or that another task needs it too. */
export function readCorrection(text: string, clock: WallClock): Intent | undefined {
  const said = text.trim().replace(/[.!]+$/, "");
  const plain = said.replace(/,? (?:please|sorry|instead|actually|i mean|rather)$/i, "");

  const isMistake =
    /^(?:(?:oops|whoops|no|wait|sorry|oh|actually|hang on)\b[\s,.!-]*)*(?:undo|undo (?:that|it)|(?:please )?(?:bring|put|get|give) (?:it|that|them|those|me (?:it|that)) back(?: (?:to )?(?:how|where|as|like|what) it was(?: before)?)?|restore (?:it|that|them)|(?:that|it|this)(?:(?:'s| is| was) not|(?: is| was)n't)(?: (?:right|what i (?:meant|wanted)|done|finished)(?: yet)?)?|not (?:that|this)(?: one)?|(?:leave|keep) (?:it|that|them) (?:as|where|how) (?:it|that|they) (?:was|were)|(?:that|it|this)(?:'s| was| is) (?:wrong|a mistake|an accident|the wrong (?:one|task)|my mistake|not (?:right|what i (?:meant|wanted)))|(?:i )?didn't mean (?:that|to|it|to do that)|(?:you (?:\w+ed|did) )?(?:the )?wrong(?: (?:one|task|thing))?|not yet|(?:no,? )?i (?:haven't|didn't|have not|did not)|i (?:do )?(?:still )?need (?:it|that|them)(?: after all| back)?|(?:forget|scrap|scratch) (?:it|that)|by mistake|my mistake|take (?:it|that) back|revert(?: that| it)?|i want (?:it|that|them) back|(?:actually|no|wait|oops)[\s,]+(?:don't|keep (?:it|that|them)|(?:that|it) was (?:the other one|another one|[\w' ]{2,20}'s)))$/i.test(
      plain,
    );
  if (isMistake) return { kind: "undo" };

  // "An hour later", "two days earlier".
  const isSpan = / (?:later|earlier|sooner)$|^(?:and )?another \w+$/i.test(plain);
  const by = isSpan ? readSpan(plain.replace(/^and /i, "")) : undefined;
  if (by) return { kind: "shift", reference: { kind: "previous", many: false }, by };

  // "Not the plumber, the electrician", "not Friday but Thursday".
  const [, instead, but] =
    new RegExp(`^${sorry}*not (.+?)(?:, (?:but )?| but | - )(?:i meant |i mean )?(.+)$`, "i").exec(
      plain,
    ) ?? [];
  if (but !== undefined) return { kind: "correct", words: but, instead };
  const [, words, wrong] =
    /^(?:(?:no|oops|sorry|wait|actually|oh|typo)\b[\s,.!:-]*)*(?:i meant?(?: to say)?|i was talking about|make that|make it(?= \w+day\b| to| \d)|should (?:have been|be)|it should (?:have been|be)|its(?= .+ not )|that should (?:have been|be)|it's(?! (?:not|no|all|fine|ok|okay|good|great|right|wrong|true|enough|(?:already |now |all )*(?:done|finished|completed?|ready|sorted|over|\w+ed))\b)|that's(?= (?:urgent|important|for|on|at|by)\b)|the other (?:one|task)[,:]?|change that to|change it to|try) (.+?)(?:,? not (.+))?$/i.exec(
      plain,
    ) ?? [];
  if (words !== undefined) return { kind: "correct", words, instead: wrong };

  // "Tomorrow would be better".
  const [, better] = /^(.+?) (?:would be|is|works|suits me) better$/i.exec(plain) ?? [];
  if (better !== undefined && better.split(" ").length <= 4)
    return { kind: "correct", words: better };

  // "No, the flight", "sorry, Thursday": few words after an excuse.
  const [, excuse = "", rest = ""] = new RegExp(`^(${sorry}+)(.+)$`, "i").exec(plain) ?? [];
  // "Actually, forget it".
  if (readTalk(rest)?.kind === "no" && !/^no$/i.test(rest)) return { kind: "undo" };
  const isNew = isSoft.test(excuse) && (/^(?:and|also)\b/i.test(rest) || beginsWithVerb(rest));
  if (rest !== "" && rest.split(" ").length <= 6 && !isCommand.test(rest) && !isNew) {
    const [, meant = rest, notThis] = /^(.+?),? not (.+)$/i.exec(rest) ?? [];
    return {
      kind: "correct",
      words: meant.replace(
        /^(?:(?:just|only) (?=until|till|to|on|by)|(?:let's (?:say|make it)|maybe|rather|better|how about|say),? )/i,
        "",
      ),
      instead: notThis,
    };
  }

  // "Only this Monday", after "every Monday".
  if (/^(?:only|just) (?:once|this (?:time|week|month|\w+day))$/i.test(plain))
    return changing(clock)("it", { repeat: null });

  // "Two loaves actually": the excuse comes last.
  const isShort = plain.split(" ").length <= 4 && !isCommand.test(plain) && !beginsWithVerb(plain);
  if (/ (?:actually|i mean|rather)$/i.test(said) && isShort)
    return { kind: "correct", words: plain };

  if (takePriority(plain.replace(/^(?:set|make)(?: the)? /i, "")).rest === "")
    return { kind: "correct", words: plain.replace(/^(?:set|make)(?: the)? /i, "") };
  const [, right, notThis] = /^(\S+(?: \S+){0,2}), not (\S+(?: \S+){0,2})$/i.exec(plain) ?? [];
  if (right !== undefined && !isCommand.test(right) && !beginsWithVerb(right))
    return { kind: "correct", words: right, instead: notThis };

  // "For tomorrow", said alone: of what was added or changed last.
  const when = plain
    .replace(/(?: sharp)?,? (?:because|that's (?:when|why)) .+$/i, "")
    .replace(/, (?:before|after) (?:work|school|breakfast|lunch|dinner)$/i, "")
    .replace(
      /^(?:(?:make (?:it|that)|it's|let's do|do) )?(?:due |for |to (?=\w+day|tomorrow|the \d|next))?/i,
      "",
    );
  const isWhen = readDateParts(when, clock) !== undefined || takeRepeat(when)?.rest === "";
  if (isWhen) return { kind: "correct", words: when };

  const [, also, also2] =
    /^(?:and |also )*(.+?)(?: too| as well|, too|,? likewise)$/i.exec(plain) ??
    /^(?:the )?same (?:for|with|goes for|thing (?:for|with)) (.+)$/i.exec(plain) ??
    /^(?:and|and what about|what about|how about) (?!what|how|when|which)(.{2,30})\?$/i.exec(
      plain,
    ) ??
    /^and (?:also )?((?:the |my |number |task |#)?[\w' ]{1,30})$/i.exec(plain) ??
    [];
  const other = also ?? also2;
  if (
    other !== undefined &&
    other.split(" ").length <= 6 &&
    !isCommand.test(other) &&
    !(/^and\b/i.test(plain) && beginsWithVerb(other))
  )
    return { kind: "too", words: other };
  return undefined;
}

/** A sentence with a verb of its own is a new request. */
const isCommand =
  /^(?:please |can you |could you |do |don't |just )?(?:add|create|remind|delete|remove|mark|show|list|rename|move|reschedule|reopen|uncheck|undo|set|what|which|how|when|complete|finish|check|tick|cross|change|make|put|push|postpone|snooze|clear|drop|bin|i|i've|i'd|we|keep|leave|thanks|thank|it|that|this|yes|no|never|cancel)\b|\b(?:is|are|was|were|isn't|aren't|has|have|should|can)\b/i;
/** "Oh", "actually" and the like can begin a new request. */
const isSoft = /^(?:(?:oh|ah|hmm|actually|wait|hang on|hold on|rather|better)\W*)+$/i;
