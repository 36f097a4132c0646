import { clauses, stripPoliteness } from "./clauses.ts";
import type { Intent } from "./intents.ts";
import { readAdd } from "./readers/add.ts";
import { readComplete } from "./readers/complete.ts";
import { readDelete } from "./readers/delete.ts";
import { readList, readShow } from "./readers/list.ts";
import { readTalk, readUnsupported } from "./readers/small-talk.ts";
import { readUpdate } from "./readers/update.ts";
import type { WallClock } from "./wall-clock.ts";

/** Longest line to parse, in characters: matching takes superlinear time. */
const longestLine = 500;

/** Parses a message into intents, in order. Pure: reads and changes no tasks. */
export function understand(message: string, clock: WallClock): readonly Intent[] {
  const lines = message
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "))
    .filter((line) => line !== "");
  if (lines.some(({ length }) => length > longestLine)) return [{ kind: "too-long" }];
  const text = lines
    .join("\n")
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[‘’]/g, "'")
    // 'Single quotes' become double ones; an apostrophe has a letter before it.
    .replaceAll(
      /(?<![\p{Letter}\p{Number}])'([^'\n]+(?:'(?=\p{Letter})[^'\n]+)*)'(?![\p{Letter}\p{Number}])/gu,
      '"$1"',
    );
  return clauses(text).map((clause) => readClause(clause, clock));
}

/** A command without an object. */
const bareCommand =
  /^(?:(?:add|create|make|remind me|new)(?: (?:an? )?(?:new )?(?:task|todo|reminder))?|(?:delete|remove|rename|change|update|edit|move|reschedule|postpone|mark|set|prioriti[sz]e)(?: (?:an? |the )?(?:task|todo|#?\d+|it|one))?)[.:?!]*$/i;

/** Tries the readers in order, the more specific ones first. */
function readClause(clause: string, clock: WallClock): Intent {
  const talk = readTalk(clause);
  if (talk) return talk;
  const text = stripPoliteness(clause);
  for (const read of [
    readTalk,
    readShow,
    readUnsupported,
    readUpdate,
    readComplete,
    readDelete,
    readList,
  ]) {
    const intent = read(text, clock);
    if (intent) return intent;
  }
  if (bareCommand.test(text)) return { kind: "incomplete" };
  return readAdd(text, clock) ?? { kind: "unclear", text };
}
