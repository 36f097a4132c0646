import { readDateParts } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { sharesWord } from "../matching.ts";
import { readNewTasks } from "../new-tasks.ts";
import { readPriority, readReference } from "../references.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";
import { changing, isPointing } from "./changing.ts";

/** Parses a new title, which may turn out to be a date or a priority. */
export function readTitle(text: string, clock: WallClock): Intent | undefined {
  const change = changing(clock);

  let match = /^(?:edit|change|update|rename|correct) (.+?): (.+)$/i.exec(text);
  if (match && isPointing(match[1] ?? "")) return change(match[1], { title: match[2] ?? "" });

  const [, part = ""] =
    /^(?:change|replace|swap) .+? (?:to|with|by|for) (.+? in .+)$/i.exec(
      text.replaceAll(/"[^"]*"/g, '""'),
    ) ?? [];
  if (part !== "" && readDateParts(part, clock) === undefined)
    return { kind: "unsupported", what: "part" };

  match =
    /^(?:rename|retitle|reword|rephrase) (.+?) (?:to|as|into) (.+)$/i.exec(text) ??
    /^(?:rename|retitle) ("[^"]+") ("[^"]+")$/i.exec(text) ??
    /^(?:change|set|update|edit) (?:the )?(?:title|name|text|wording) (?:of|for|on) (.+?) (?:to|as|into) (.+)$/i.exec(
      text,
    ) ??
    /^(?:swap|replace|exchange) (.+?) (?:for|with|by) (.+?)(?: (?:on|in) (?:my|the) list)?$/i.exec(
      text,
    ) ??
    /^(?:change|update|edit|modify|turn|correct|fix|make) (.+?) (?:to say|to read|so it says|to|into|with|instead) (.+)$/i.exec(
      text,
    ) ??
    /^(.+?) (?:should (?:be called|say|read|be named|be)|is now called|is really called) (.+)$/i.exec(
      text,
    ) ??
    /^make (#?\d{1,2}|(?:task|number) \S+|the \w+ (?:one|task)) "(.+)"$/i.exec(text) ??
    /^(?:call|name) (task \S+|number \S+|the \w+ (?:one|task)(?! of\b)|it|#?\d+|the task .+?) ["']?(.+?)["']?(?:,? instead)?$/i.exec(
      text,
    );
  if (match) {
    const [, reference = "", words = ""] = match;
    // "The report should be shorter" is no title.
    if (
      / should be /i.test(text) &&
      !/^(?:called|named) |^"/i.test(words) &&
      !beginsWithVerb(words) &&
      !sharesWord(reference, words)
    )
      return undefined;
    // "make dinner to go" is a task, and so is "fix the link to the page".
    if (/^(?:make|fix|turn|correct)\b/i.test(text) && !isPointing(reference)) return undefined;
    if (/^(?:change|update|edit|modify|make)\b/i.test(text)) {
      const parts = readDateParts(words, clock);
      const task = reference.replace(/(?:'s)? (?:due date|deadline|date|time)$/i, "");
      if (parts?.day === undefined && parts?.minutes !== undefined) {
        const by = { minutes: parts.minutes };
        return { kind: "shift", reference: readReference(task, clock), by };
      }
      if (parts !== undefined) return change(task, parts.due);
      const priority =
        /^(?:top|highest|high|medium|normal|low|lowest|urgent|important)(?:[- ]priority)?$/i.test(
          words,
        );
      if (priority)
        return change(reference.replace(/(?:'s)? priority$/i, ""), {
          priority: readPriority(words) ?? "medium",
        });
    }
    const title = words
      .replace(/,? instead[.!]?$/i, "")
      .replace(/^["'](.+)["']$/, "$1")
      .replace(/[.!]$/, "")
      .replace(/,? please$/i, "");
    const renamed = change(reference.replace(/(?:'s)? (?:title|name)$/i, ""), { title });
    // "Replace the filter with a new one" is to do, unless there is such a task.
    const couldBeTask = /^(?:swap|replace|exchange|update)\b/i.test(text) && !isPointing(reference);
    const { tasks } = readNewTasks(text, clock);
    return couldBeTask && !/ (?:title|name|text|wording) (?:of|for|on) /i.test(text)
      ? { ...renamed, otherwise: { kind: "add", tasks, reminder: false, said: "bare" } }
      : renamed;
  }
  return undefined;
}
