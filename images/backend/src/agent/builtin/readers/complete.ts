import { addCommand } from "../clauses.ts";
import { takeDate } from "../dates.ts";
import { isMutual, isReported } from "../deeds.ts";
import type { Intent } from "../intents.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import { readReference } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

const doneWord =
  "(?:done|complete|completed|finished|checked off|checked|ticked off|ticked|closed|sorted(?: out)?|dealt with|handled|taken care of|out of the way|over and done with|done and dusted|in the bag)";

const irregularPast =
  /^(?:bought|paid|sent|wrote|written|made|took|taken|got|went|met|read|told|spoke|found|brought|fed|swept|ran|gave|built|sold|rang)$/i;
/** Past tenses that report work, unlike "I wanted" or "I added". */
const pastTense = new RegExp(
  `^(?!need|added|wanted|used|deleted|removed|created|moved|changed|renamed|planned|related|based|red$|bed$|feed$|speed$|shed$|seed$|weed$|sled$)(?:\\w{2,}ed)$|${irregularPast.source}`,
  "i",
);

const allButDone = new RegExp(
  `^((?:all|every|each|both) .+?) (is|are) (${doneWord}),? (?:but|except(?: for)?|apart from|other than|bar) (.+)$`,
  "i",
);

const bothDone = new RegExp(
  `^(.+ and .+?)(?<! are| were),? both (${doneWord})(?: yesterday| last night| this morning| today| earlier)?$`,
  "i",
);

/** Parses what was completed, or reopened; "again" may ask for another. */
export function readComplete(said: string, clock: WallClock): Intent | undefined {
  const intent = readDone(said, clock);
  const isMore =
    intent?.kind === "complete" && intent.completed && /^[^,:]+ again[.!]*$/i.test(said);
  return isMore ? { ...intent, doubt: "part" } : intent;
}

function readDone(said: string, clock: WallClock): Intent | undefined {
  const text = said
    .replace(/\s*(?![✓✔✅☑])\p{Extended_Pictographic}\uFE0F?$/u, "")
    // "Wait, no, I haven't paid it yet".
    .replace(
      /^(?:(?:no|nope|oh|oops|whoops|wait|sorry|hang on|hold on|actually)\b[\s,.!]*)+(?=(?:i|we) (?:didn't|did not|haven't|have not|never)\b)/i,
      "",
    )
    // "Report: finished, submitted, never again".
    .replace(/^([\w' ]{2,40}): (done|finished|sent|submitted|paid|bought),.*$/i, "$1 is $2")
    .replace(/^([\w' ]{2,40}): (\w+)$/, "$1 is $2")
    .replace(
      /,? (?:finally|at last|at long last|thankfully|phew|yay|by the way|too|as well|but not .+|so (?:you can|please) .+)[.!]*$/i,
      "",
    )
    // "Rent and tax, both sorted last night".
    .replace(bothDone, "$1 are $2")
    // "Tick everything off but the plants": the exception belongs to "everything".
    .replace(
      /^(\w+) (?:everything|all(?: (?:of )?(?:them|it|(?:my |the )?tasks))?) ((?:as |off\b|to ).*?),? ?(?:but|except(?: for)?|apart from) (.+)$/i,
      "$1 everything except $3 $2",
    )
    // "All the emails are done except Bob's".
    .replace(allButDone, "$1 except $4 $2 $3");
  if (
    /\?$/.test(text) ||
    /^(?:what|which|how|show|list|do|did(?= (?:i|you|we|it|that|any\w*)\b)|have|are|is|who|when|any|find|search|tell|give|clear|delete|remove)\b/i.test(
      text,
    )
  ) {
    return undefined;
  }
  // "I've got to …" is not a report, but "task about milk is done" is.
  if (
    addCommand.test(text) &&
    !new RegExp(`^(?:tasks?|todo|to-do)\\b.*\\b${doneWord}$`, "i").test(text)
  ) {
    return undefined;
  }
  const complete = (phrase: string | undefined, completed: boolean): Intent => ({
    kind: "complete",
    reference: readReference(phrase?.trim() || "it", clock),
    completed,
  });

  // "I've got a haircut on Friday" tells what is to come.
  if (/^(?:i|we)(?:'ve| have) got an? /i.test(text)) return undefined;

  // "All done except the milk".
  const [, exception] =
    /^(?:(?:i'm |i am |it's |i've |i have )?(?:all |everything )?(?:'s |is |are )?(?:done|finished|completed?)(?: everything| all| it all| all of it)?|everything's (?:done|finished)|all) (?:but|except(?: for)?|apart from|other than|bar) (.+?)(?: (?:is|are) done)?$/i.exec(
      text,
    ) ?? [];
  if (exception !== undefined) return complete(`everything except ${exception}`, true);

  if (
    /^(?:done|finished|i'm done|i did it|completed|all done|did it|mark as done|complete)(?: already| now)?[.!]*$/i.test(
      text,
    )
  ) {
    return complete(/^all/i.test(text) ? "all" : "it", true);
  }

  const undone = [
    new RegExp(
      `^(?:mark|set|flag|change|move|put) (.+?) (?:back )?(?:as |to |is )?(?:back )?(?:as )?(?:not ${doneWord}|undone|incomplete|uncompleted|unfinished|pending|open|to do|active|not yet done)(?: again| yet)?$`,
      "i",
    ),
    /^(?:put|bring|move|add|get) (.+?) back(?: on(?:to)?| in(?:to)?| to)?(?: (?:the|my)(?: \w+)? ?(?:list|tasks))?$/i,
    /^(?:re-?open|un-?check|un-?tick|un-?complete|un-?mark|un-?do|reactivate|un-?finish) (.+)$/i,
    new RegExp(
      `^(.+?) (?:isn't|is not|wasn't|was not|aren't|are not|ain't)(?: really| actually)? ${doneWord}(?: yet| after all| anymore)?$`,
      "i",
    ),
    new RegExp(`^(.+?) not ${doneWord}(?: yet)?$`, "i"),
    // "The kitchen isn't clean yet."
    /^(.+?) (?:isn't|is not|aren't|are not|hasn't been|has not been|haven't been) (?:really |actually |quite )?\w+ (?:yet|after all)$/i,
    /^(.+?) (?:isn't|is not|aren't|are not) (?:really|actually) \w+$/i,
    /^i (?:didn't|did not|haven't|have not|never)(?: really| actually| yet)? (?:do|done|finish|finished|complete|completed) (.+?)(?: yet| after all)?$/i,
    /^i (?:didn't|did not|haven't|have not|never)(?: really| actually| yet)? (?!mean|want|know|say|said|ask|need|like|think)\w+ (it|that|them)(?: yet| after all)?$/i,
    /^i (?:didn't|did not|haven't|have not|never)(?: really| actually| yet)? ((?!mean|want|know|say|ask|need|like|think)\w+ .+?)(?: yet| after all)?$/i,
    /^(.+?(?:hasn't|haven't|has not|have not|wasn't|weren't) (?:actually )?(?:been )?\w+(?:ed|id|nt|ten|ght))(?: yet| after all)?$/i,
  ];
  for (const pattern of undone) {
    const match = pattern.exec(text);
    if (match)
      return complete(
        match[1]?.replace(
          / (?:hasn't|haven't|has not|have not|wasn't|weren't)(?: actually)?(?: been)? /i,
          " ",
        ),
        false,
      );
  }

  // "Finish the draft by Friday" is still to do.
  const [, toFinish = ""] = /^(?:complete|finish|close)(?: off| up)? (.+)$/i.exec(text) ?? [];
  if (
    readReference(toFinish, clock).kind === "words" &&
    takeDate(toFinish, clock).due !== undefined
  )
    return undefined;

  const patterns = [
    new RegExp(
      `^(?:mark|set|flag|tick|check|cross|change|put|move|consider)(?: off)? (.+?) (?:as |to |to be |is |off as )?(?:${doneWord}|off|out)(?: please| now)?$`,
      "i",
    ),
    /^(?:check|tick|cross|strike)(?:ed)?(?: off| out| of) (.+)$/i,
    /^check (#?\d+|it|that|(?:task|number) \S+)$/i,
    /^tick (?!.*\boff$)(.+)$/i,
    /^(?:complete|finish|close|resolve|accomplish)(?: off| up)? (.+)$/i,
    /^(?:i'm|i am|im|we're|all)?\s*(?:now |just )?(?:done|finished|through)(?: with)? (.+)$/i,
    /^(?:i|we)(?:'ve| have|'m)? ?(?:just |already |finally |now )*(?:done|did|finished|completed|accomplished|took care of|taken care of|handled|checked off|got done with|am done with|wrapped up)(?: with)? (.+)$/i,
    /^(?:done|finished|completed|did)[:,-]? (.+)$/i,
    new RegExp(
      `^(.+?) (?:is|are|was|were|has been|have been|got|'s)(?: now| all| both| already| finally)* ${doneWord}(?: now| already)?$`,
      "i",
    ),
    new RegExp(`^(.+?)(?:'s)? ${doneWord}(?: now| already)?$`, "i"),
    /^(?:(?:i|we)(?:'ve)? )?(?:(?:finally|just|already) )*got (?:those |these |that )?(.+?) (?:off|out|done|sent|sorted|finished|submitted|paid|over with|out of the way)$/i,
    /^(.+?) ?[✓✔✅☑]\uFE0F?$/u,
    /^[✓✔✅☑]\uFE0F? ?(.+)$/u,
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match) return complete(match[1], true);
  }
  // "I called mom", "bought the milk", "the rent has been paid": a report in the past tense.
  const report = text
    .replace(/[.!]+$/, "")
    .replace(
      / (?:yesterday|today|this (?:morning|afternoon|evening)|last night|earlier|already|just now|at last|finally)$/i,
      "",
    );
  const [, verb = "", object = ""] =
    /^(?:(?:i|we)(?:'ve| have)? )?(?:(?:just|already|finally|now) )*(\w+)\b(.*)$/i.exec(report) ??
    [];
  const done = (what: string, participle: string): Intent => ({
    kind: "complete",
    // "Got the milk" completes "buy milk": the verb may differ.
    reference: {
      kind: "words",
      words: `${participle} ${what}`,
      many: /^\s*(?:all|both|every)\b/i.test(what),
      or: what.trim(),
      verb: participle,
    },
    completed: true,
  });
  const [, marked = "", as = ""] =
    /^(?:mark|set|flag|tick|check) (.+?) (?:off )?as (?:already )?(\w+)$/i.exec(text) ?? [];
  if (isReported(as)) return done(marked, as);
  if (
    pastTense.test(verb) &&
    (/^(?:i|we|just)\b/i.test(text) ||
      (irregularPast.test(verb) && !/^read$/i.test(verb)) ||
      isReported(verb) ||
      /^(?:watered|fixed|returned|renewed)$/i.test(verb))
  ) {
    return done(object, verb);
  }
  const [, subject = "", copula = "", participle = ""] =
    /^(.+?)('s| is| are| was| were| has been| have been| got)?(?: now| already| finally)? (\w+)$/i.exec(
      report,
    ) ?? [];
  if (/^(?:i|i'm|we|we're|you|you're)\b/i.test(subject)) return undefined;
  // Without "is", "rent a car insured" would match too.
  const isPlain = !beginsWithVerb(report) || /^(?!get$|stay$|keep$)\S+$/.test(subject);
  // "The dentist called" tells what the dentist did.
  if (copula === "" && !/^that/i.test(subject) && isMutual(participle)) return undefined;
  if (pastTense.test(participle) && (copula !== "" || isPlain)) {
    return done(subject, participle);
  }
  return undefined;
}
