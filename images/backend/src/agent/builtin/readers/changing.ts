import type { TaskChange } from "../../../tasks/schemas.ts";
import type { Intent } from "../intents.ts";
import { readReference } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

type Update = Extract<Intent, { kind: "update" }>;

/** Makes changes of the task that words refer to; default: "it". */
export function changing(clock: WallClock) {
  return (reference: string | undefined, change: TaskChange): Update => ({
    kind: "update",
    reference: readReference(reference ?? "it", clock),
    change,
  });
}

/** Whether a phrase refers to a task by number or "it", not by words. */
export function isPointing(phrase: string): boolean {
  return /^(?:it|that|this|(?:task |number |item |#)?#?\d+|the (?:\w+) (?:one|task)|(?:the )?(?:first|second|third|fourth|fifth|last)(?: one| task)?|task (?:one|two|three|four|five))$/i.test(
    phrase.trim(),
  );
}
