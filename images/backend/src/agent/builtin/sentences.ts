import { hideQuotes } from "./taking-out.ts";
import { isTaskVerb } from "./task-verbs.ts";

/** What only a subject can be, or asks. */
const subject =
  /^(?:i|we|you|he|she|it|they|there|this|that|these|those|what|which|who|when|where|why|how|everyone|nobody|someone|yes|no|not|nope|and|or|but|instead|later)(?:'\w+)?(?![\w-])/i;
/** "Nice weather today", "busy until Friday": remarks. */
const remark =
  /^(?:maybe|perhaps|possibly|nice|great|good|bad|lovely|beautiful|terrible|awful|crazy|busy|free|sick|ill|tired|bored|sorry|glad|happy|sad|anything|nothing|nobody|no|not|never|so|too|very|really|such|what|almost|still|only|out of|off|on|at|in|away|before|after|with)\b/i;
const innerSubject =
  /\b(?:i|we|he|she|they)(?:'(?:m|ll|ve|d|s|re))?(?= \w)|(?<!\bthank[ -])\byou\b/i;

/** Verbs that only follow a subject. */
const finite =
  /\b(?:is|isn't|are|aren't|was|wasn't|were|weren't|has|hasn't|had|hadn't|won't|would|wouldn't|can't|cannot|could|couldn't|should|shouldn't|must|mustn't|did|didn't|does|doesn't|don't|haven't|needs|wants|says|thinks|likes|owes|comes|arrives|lands|leaves|starts|begins|ends|opens|closes|expires|goes|went|came|became|began|fell|forgot|took|gave|broke|it's|that's|there's)\b|(?<=\w)'s (?:an?|so|too|very|not)\b|(?<!\b(?:a|the|my|his|her|their|our|your|good|free|last) )\bwill\b|\bcan (?:be|not|only|come|go|wait|do|have|i|we|you)\b/i;

/** A clause within a clause: "ask if the heating is fixed", "find out what is wrong". */
const subordinate =
  /(?<=\S )(?:if|whether|what|which|who|when|where|why|how|that|because|until|before|after|than|as)\b.*$/i;

/** "Get the car repaired": the participle has a verb before it. */
const causative = /^(?:get|have|keep|need|want|make|leave|find)\b/i;

/** "My sister visits". */
const thirdPerson = /^(?:my|our|his|her|their|the) [\w'-]+ (\w+)s\b/i;

/**
 * Whether words tell or ask something, with a subject and its verb, rather than name a thing or
 * something to do: "my sister visits tomorrow", "call Tom was a bad idea".
 */
export function isSentence(text: string): boolean {
  const plain = hideQuotes(text).trim();
  const [first = "", ...others] = plain.match(/[\p{Letter}'-]+/gu) ?? [];
  const isImperative = isTaskVerb(first.toLowerCase());
  if (/\?\s|[?\n]$/.test(plain) || subject.test(plain)) return true;
  if (!isImperative && (/:\s/.test(plain) || remark.test(plain))) return true;
  const main = plain.replace(subordinate, "");
  if (innerSubject.test(main) || finite.test(main)) return true;
  const [, verb = ""] = thirdPerson.exec(main) ?? [];
  if (isTaskVerb(verb.toLowerCase())) return true;
  if (!isImperative)
    return others.some((word) => isPast(word) || /^(?:need|want|have)$/.test(word));
  const last = main.match(/[\p{Letter}'-]+$/u)?.[0] ?? "";
  return isPast(last) && last !== first && !causative.test(first);
}

/** "Arrived", unlike "seed" and "Fred". */
function isPast(word: string): boolean {
  return (
    /^(?:got|said|told|won|lost|left|died|sold|kept|made|met|felt|thought)$/.test(word) ||
    /^(?!hundred|fred|ted|alfred|bed|shed|red)[a-z-]{2,}(?<!e)ed$/.test(word)
  );
}
