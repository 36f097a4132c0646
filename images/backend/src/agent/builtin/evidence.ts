import type { Task } from "../../tasks/schemas.ts";
import type { Doubt, Intent, Reference } from "./intents.ts";
import { isSameTitle } from "./matching.ts";
import { isTakenBack } from "./reasons.ts";
import { hideQuotes } from "./taking-out.ts";

const hedge =
  /\b(?:maybe|perhaps|possibly|probably|might|unless|if|almost|nearly|hopefully|supposedly|apparently|i (?:think|guess|suppose|believe|hope)|not sure)\b/i;

/** Whether a change is said as if it were not certain, or takes back what it says. */
export function isHedged(
  text: string,
  intent: Intent,
): intent is Extract<Intent, { kind: "complete" | "delete" | "update" }> {
  if (intent.kind === "complete" && isTakenBack(text)) return true;
  if ((intent.kind === "complete" || intent.kind === "delete") && text.endsWith("?")) return true;
  const isText =
    intent.kind === "update" &&
    (intent.change.title !== undefined || intent.change.description !== undefined);
  return (
    (intent.kind === "complete" || intent.kind === "delete" || intent.kind === "update") &&
    !isText &&
    hedge.test(hideQuotes(text))
  );
}

/** Whether to ask first, as the words fit the task that they lead to. */
export function isDoubtful(
  doubt: Doubt | undefined,
  reference: Reference,
  { title }: Task,
): boolean {
  if (doubt === undefined || doubt === "always" || reference.kind !== "words")
    return doubt === "always";
  const { words } = reference;
  return doubt === "part"
    ? !isSameTitle(words, title)
    : namesIn(title).includes(words.toLowerCase());
}

/** "Bob" of "email Bob about the budget", in lower case. */
function namesIn(title: string): readonly string[] {
  const names = title.match(/(?<=\S )\p{Lu}[\p{Letter}-]+/gu) ?? [];
  return names.map((name) => name.toLowerCase());
}
