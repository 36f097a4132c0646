import { repeatText } from "../../../dates/repeat.ts";
import type { Intent } from "../intents.ts";
import { takeRepeat } from "../repeats.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";
import { changing, isPointing } from "./changing.ts";

/** "Repeat the report every Friday", "stop repeating it". */
export function readRepeat(text: string, clock: WallClock): Intent | undefined {
  const change = changing(clock);
  const [, once, once2] =
    /^(?:stop|don't|do not|never|no longer) (?:repeating|repeat|recurring) (.+?)(?: any ?more)?$/i.exec(
      text,
    ) ??
    /^(?:stop|keep) (.+?) (?:from )?(?:repeating|recurring)$|^(?:do )?(.+?) (?:only|just) once$/i.exec(
      text,
    ) ??
    /^(?:make|turn|change) (.+?)(?: into| to)? (?:an? )?(?:one[- ](?:off|time)(?: task| thing)?|non[- ]?(?:repeating|recurring))$/i.exec(
      text,
    ) ??
    /^(?:make )?(.+?) (?:doesn't|does not|don't|do not|shouldn't|should not|need not|no longer|not) (?:need to )?(?:repeats?|recurs?)(?: any ?more| after all)?(?:,? (?:just|only) (?:once|this (?:once|time|week|month|\w+day)))?$/i.exec(
      text,
    ) ??
    [];
  const unrepeated = once ?? once2;
  if (unrepeated !== undefined) return change(unrepeated, { repeat: null });

  const found = takeRepeat(text);
  if (found === undefined || !/^[.!]?$/.test(text.slice(found.index + found.phrase.length)))
    return undefined;
  const before = text.slice(0, found.index).trim();
  const [, explicit] =
    /^(?:repeat|(?:make|set|let|have|change)(?= .+ (?:repeat|recur))) (.+?)(?: (?:to )?(?:repeat(?:ing)?|recur(?:ring)?))?$/i.exec(
      before,
    ) ??
    /^(.+?) (?:should |must |needs to |has to )?(?:repeats?|recurs?)$/i.exec(before) ??
    /^(.+?) (?:should|must|needs to|has to) (?:be|happen)$/i.exec(before) ??
    /^(?:change|move|reschedule|update) (.+?)(?:'s (?:due date|date))? (?:to|for)$/i.exec(before) ??
    [];
  const [, pointed = ""] = /^(?:make|set|do) (.+?)(?: (?:to|for|due))?$/i.exec(before) ?? [];
  const reference = explicit ?? (isPointing(pointed) ? pointed : undefined);
  return reference === undefined
    ? undefined
    : change(reference, { repeat: repeatText(found.repeat) });
}
