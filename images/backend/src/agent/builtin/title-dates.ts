import { monthName } from "./date-words.ts";

/** Words that lack something without the date after them: "ask about Friday", "Good Friday". */
const needsObject =
  /\b(?:about|of|with|like|than|between|after|versus|vs|(?:what|which|who|that)(?:'s| is| are)?(?: due)?(?: on| by)?)\s+$/i;
/** "Her Friday", unlike "chase her on Friday". */
const determiner = /\b(?:a|an|my|our|your|his|her|their)\s+$/i;
const partOfName =
  /\b(?:last|past|previous|good|easter|black|palm|ash|whit|shrove|pancake|cyber)\s+$/i;
const numbered =
  /\b(?:chapters?|pages?|sections?|parts?|steps?|versions?|questions?|exercises?|room|size|number|no\.)\s+$/i;
const preposition =
  /^(?:due|by|on|for|before|until|till|to|at|over|from|starting|in|after|within)\b/i;
/** "A week before 1 April" is another day, which is not read. */
const span = /\b(?:minute|hour|day|week|fortnight|month)s?\s+$/i;

/** "(birthday 9 May)", but not "(tomorrow at 5)". */
const inBrackets =
  /\((?!due|by|on|at|next|this|today|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d)[^()]*\w[^()]*\s$/i;

/** "Tickets for the May 5 concert", "leave for July 6 to 17". */
const isFor = /^for (?!tomorrow|today|tonight|noon|midnight|\d{1,2}(?:[:.]\d\d)? ?[ap]m)/i;
const noun =
  /^ (?!(?:at|by|to|for|with|and|or|in|on|from|about|before|after|until|till|if|when|then|but|please|pls|thanks|that|because|as|instead|morning|noon|afternoon|evening|night|high|low|top|medium|urgent|asap|every|tomorrow|today|tonight|next|this|\w+day|due|i|we|of|sharp|latest|possible)\b)[\p{Letter}]{2,}/iu;
const monthDate = new RegExp(`^${monthName} \\d`, "i");
const isSpan = /\d(?:st|nd|rd|th)? ?(?:to|-|–|until|till) ?\d/i;
const range = /^ ?(?:to|-|–|until|till) ?\d/i;

/** Whether a phrase is no date of its own, but belongs to the words before it. */
export function belongsToTitle(before: string, phrase: string, after: string): boolean {
  return (
    (before.trim() !== "" &&
      (isFor.test(phrase) || (!preposition.test(phrase) && monthDate.test(phrase))) &&
      (noun.test(after) || range.test(after) || isSpan.test(phrase))) ||
    needsObject.test(before) ||
    ((partOfName.test(before) || determiner.test(before)) && !preposition.test(phrase)) ||
    (numbered.test(before) && /^\d/.test(phrase)) ||
    inBrackets.test(before) ||
    (span.test(before) && /^(?:before|until|to)\b/i.test(phrase))
  );
}
