import { addCommand } from "../clauses.ts";
import type { Intent } from "../intents.ts";
import { beginsWithVerb } from "../new-tasks.ts";
import { readReference } from "../references.ts";
import type { WallClock } from "../wall-clock.ts";

const doneWord = "(?:done|complete|completed|finished|checked off|checked|ticked off|closed)";

const irregularPast =
  /^(?:bought|paid|sent|wrote|written|made|took|taken|got|went|met|read|told|spoke|found|brought|fed|swept|ran|gave|built|sold)$/i;
/** Past tenses that report work, unlike "I wanted" or "I added". */
const pastTense = new RegExp(
  `^(?!need|added|wanted|used|deleted|removed|created|moved|changed|renamed|planned|related|based|red$|bed$|feed$|speed$)(?:\\w{2,}ed)$|${irregularPast.source}`,
  "i",
);

/** Parses what was completed, or reopened. */
export function readComplete(text: string, clock: WallClock): Intent | undefined {
  if (
    /\?$/.test(text) ||
    /^(?:what|which|how|show|list|do|did|have|are|is|who|when|any|find|search|tell|give|clear|delete|remove)\b/i.test(
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

  if (
    /^(?:done|finished|i'm done|i did it|completed|all done|did it|mark as done|complete)[.!]*$/i.test(
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
    /^(?:put|bring|move|add) (.+?) back(?: on(?:to)?| in(?:to)?| to)?(?: (?:the|my)(?: \w+)? ?(?:list|tasks))?$/i,
    /^(?:re-?open|un-?check|un-?tick|un-?complete|un-?mark|un-?do|reactivate|un-?finish) (.+)$/i,
    new RegExp(
      `^(.+?) (?:isn't|is not|wasn't|was not|aren't|are not|ain't)(?: really| actually)? ${doneWord}(?: yet| after all| anymore)?$`,
      "i",
    ),
    /^i (?:didn't|did not|haven't|have not)(?: really| actually| yet)? (?:do|done|finish|finished|complete|completed) (.+?)(?: yet| after all)?$/i,
  ];
  for (const pattern of undone) {
    const match = pattern.exec(text);
    if (match) return complete(match[1], false);
  }

  const patterns = [
    new RegExp(
      `^(?:mark|set|flag|tick|check|cross|change|put|move)(?: off)? (.+?) (?:as |to |to be |is |off as )?(?:${doneWord}|off|out)(?: please| now)?$`,
      "i",
    ),
    /^(?:check|tick|cross|strike)(?: off| out| of) (.+)$/i,
    /^(?:check|tick) (#?\d+|it|that|(?:task|number) \S+)$/i,
    /^(?:complete|finish|close|resolve|accomplish)(?: off| up)? (.+)$/i,
    /^(?:i'm|i am|im|we're|all)?\s*(?:now |just )?(?:done|finished|through)(?: with)? (.+)$/i,
    /^(?:i|we)(?:'ve| have|'m)? ?(?:just |already |finally |now )*(?:done|did|finished|completed|accomplished|took care of|taken care of|handled|checked off|got done with|am done with|wrapped up)(?: with)? (.+)$/i,
    /^(?:done|finished|completed)[:,-]? (.+)$/i,
    new RegExp(
      `^(.+?) (?:is|are|was|were|has been|have been|got|'s)(?: now| all| already| finally)? ${doneWord}(?: now| already)?$`,
      "i",
    ),
    new RegExp(`^(.+?)(?:'s)? ${doneWord}$`, "i"),
    /^(.+?) ?(?:✓|✅|☑️?)$/u,
    /^(?:✓|✅|☑️?) ?(.+)$/u,
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
    reference: { kind: "words", words: `${participle} ${what}`, many: false, or: what.trim() },
    completed: true,
  });
  if (
    pastTense.test(verb) &&
    (/^(?:i|we|just)\b/i.test(text) ||
      (irregularPast.test(verb) && !/^read$/i.test(verb)) ||
      /^(?:called|emailed|mailed|cleaned|washed|watered|fixed|booked|ordered|submitted|returned|renewed)$/i.test(
        verb,
      ))
  ) {
    return done(object, verb);
  }
  const [, subject = "", copula = "", participle = ""] =
    /^(.+?)('s| is| are| was| were| has been| have been| got)?(?: now| already| finally)? (\w+)$/i.exec(
      report,
    ) ?? [];
  // Without "is", "rent a car insured" would match too.
  if (pastTense.test(participle) && (copula !== "" || !beginsWithVerb(report))) {
    return done(subject, participle);
  }
  return undefined;
}
