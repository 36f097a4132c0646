import type { Intent } from "../intents.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";
import { changing } from "./changing.ts";

/** Parses changes of a description. */
export function readNote(text: string, clock: WallClock): Intent | undefined {
  const change = changing(clock);

  let match =
    /^(?:add|attach|put|write) (?:a |the |this )?(?:note|description|details?|comment)s? (?:to|on|for) (.+?)(?:: ?|,? (?:saying|that says|that) )["']?(.+?)["']?$/i.exec(
      text,
    ) ??
    /^(?:set|change|update|edit) (?:the )?(?:description|notes?|details?) (?:of|for|on) (.+?) (?:to|as):? ["']?(.+?)["']?$/i.exec(
      text,
    ) ??
    /^(?:the )?(?:description|notes?|details?) (?:of|for|on) (.+?): ["']?(.+?)["']?$/i.exec(text);
  if (match) return change(match[1], { description: match[2] ?? "" });
  // "With the note …", after a task.
  const [, own] =
    /^(?:(?:add|attach) (?:a |the )?(?:note|description)(?: saying| that says)?: ?|with (?:a |the )(?:note|description)(?: saying| that says)?:? )["']?(.+?)["']?$/i.exec(
      text,
    ) ?? [];
  if (own !== undefined) return change("it", { description: own });
  match =
    /^(?:add|put) ["'](.+?)["'] (?:to|as|in) (?:the |an? )?(?:description|notes?|details?) (?:of|for|on|to) (.+)$/i.exec(
      text,
    );
  if (match) return change(match[2], { description: match[1] ?? "" });
  match =
    /^(?:remove|delete|clear) (?:the )?(?:description|notes?|details?) (?:of|for|on|from) (.+)$/i.exec(
      text,
    );
  if (match) return change(match[1], { description: "" });
  return undefined;
}
