import { isMaybeCommand } from "./clauses.ts";
import { isSentence } from "./sentences.ts";

const because =
  /,? (?:because|'?cause|(?:since|as) (?:i|we|it|they|he|she)\b).+$|, (?:no longer|not) (?:needed|necessary|relevant)\b.*$|,? (?:i|we) (?:don't|do not|no longer) (?:need|want)(?: to do)? (?:it|that|them|this)\b.*$/i;
/** "Remove milk we have plenty", "cancel the email to Bob please not Anna". */
const afterDeletion =
  / (?:we|they|he|she) (?:have|has|had|got|don't|already|are|is|did|bought|moved|left)\b.*$|,? (?:please |pls )?not (?:the )?[\w']+(?: [\w']+)?$/i;
const deletion = /^(?:delete|remove|erase|cancel|drop|scrap|bin|skip|ditch)\b(?! not\b)/i;
const otherCommand = /^(?:cancel|scrap|skip|forget|kill|ditch|untick)\b/i;
const wish = /^(?:i|we)(?:'d| would)? (?:need|have|want|must|should|gotta|like)\b/i;

/** "But I didn't get round to the report". */
const otherNotDone =
  /,? but (?:i|we) (?:didn't|did not|haven't|have not|still|never|couldn't)\b.* \w+ \w+/i;

/** Whether a report ends with what may take it back: "emailed Anna but it bounced". */
export function isTakenBack(text: string): boolean {
  return butNot.test(text) && !otherNotDone.test(text);
}

/** "Bought the milk, but I didn't get round to the report". */
const butNot = /^([^"]+?),? but (?:i|we|it|they|he|she)\b[^"]+$/i;

/** A command without why: "delete the plants, they died", "drop the milk, my husband got it". */
export function withoutReason(text: string): string {
  const [, report = text] = butNot.exec(text) ?? [];
  if (!isMaybeCommand(text) && !otherCommand.test(text)) return report;
  const known = report.replace(because, "");
  const plain = deletion.test(known) ? known.replace(afterDeletion, "") : known;
  const [, command = "", tail = ""] = /^([^"]+?), ([^",]+)$/.exec(plain) ?? [];
  const isReason =
    isSentence(tail) &&
    !wish.test(tail) &&
    !/^(?:and|but|not?|or|must|should|has|have|needs?|is|can|will)\b/i.test(tail);
  return isReason ? command : plain;
}
