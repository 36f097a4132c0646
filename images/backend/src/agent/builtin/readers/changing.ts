import type { TaskChange } from "../../../tasks/schemas.ts";
import type { Intent } from "../intents.ts";
import { readReference } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

/** A change of the task that words refer to. */
export function changed(
  reference: string | undefined,
  change: TaskChange,
  clock: WallClock,
): Extract<Intent, { kind: "update" }> {
  return { kind: "update", reference: readReference(reference ?? "it", clock), change };
}

/** Whether a phrase refers to a task by number or "it", not by words. */
export function isPointing(phrase: string): boolean {
  return /^(?:it|that|this|(?:task |number |item |#)?#?\d+|the (?:\w+) (?:one|task)|(?:the )?(?:first|second|third|fourth|fifth|last)(?: one| task)?|task (?:one|two|three|four|five))$/i.test(
    phrase.trim(),
  );
}
