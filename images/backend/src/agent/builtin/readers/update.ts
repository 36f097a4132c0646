import type { TaskChange } from "../../../tasks/schemas.ts";
import { readWholeDate, shiftedDate } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { readPriority, readReference } from "../references.ts";
import type { WallClock } from "../wall-clock.ts";

/** Parses changes of title, description, priority and due date. */
export function readUpdate(text: string, clock: WallClock): Intent | undefined {
  const update = (
    reference: string | undefined,
    change: TaskChange | undefined,
  ): Intent | undefined =>
    reference === undefined || change === undefined
      ? undefined
      : { kind: "update", reference: readReference(reference, clock), change };

  // Due date removed.
  let match =
    /^(?:remove|delete|clear|drop|unset) (?:the )?(?:due date|deadline|due time|date)(?: (?:from|of|for|on) (.+))?$/i.exec(
      text,
    ) ??
    /^(.+?) (?:has no|doesn't have a|does not have a|needs no) (?:due date|deadline|date)(?: anymore| any more)?$/i.exec(
      text,
    ) ??
    /^(?:set|make) (.+?) (?:to have no|without a?) ?(?:due date|deadline)$/i.exec(text);
  if (match) return update(match[1] ?? "it", { dueAt: null });
  match = /^(?:remove|delete|clear) (.+?)(?:'s|s') (?:due date|deadline)$/i.exec(text);
  if (match) return update(match[1], { dueAt: null });

  // Description.
  match =
    /^(?:add|attach|put|write) (?:a |the |this )?(?:note|description|details?|comment)s? (?:to|on|for) (.+?)(?:: ?|,? (?:saying|that says|that) )["']?(.+?)["']?$/i.exec(
      text,
    ) ??
    /^(?:set|change|update|edit) (?:the )?(?:description|notes?|details?) (?:of|for|on) (.+?) (?:to|as):? ["']?(.+?)["']?$/i.exec(
      text,
    );
  if (match) return update(match[1], { description: match[2] ?? "" });
  match =
    /^(?:add|put) ["'](.+?)["'] (?:to|as|in) (?:the )?(?:description|notes?|details?) (?:of|for|on|to) (.+)$/i.exec(
      text,
    );
  if (match) return update(match[2], { description: match[1] ?? "" });
  match =
    /^(?:remove|delete|clear) (?:the )?(?:description|notes?|details?) (?:of|for|on|from) (.+)$/i.exec(
      text,
    );
  if (match) return update(match[1], { description: "" });

  // Priority.
  match =
    /^(?:set|change|update|make|put|raise|lower|increase|decrease|bump)(?: up| down)? (?:the )?priority (?:of|for|on) (.+?)(?: (?:to|as|at))? (top|highest|high|medium|normal|low|lowest|urgent)(?: priority)?$/i.exec(
      text,
    ) ??
    /^(?:set|change|update|make|mark|flag|put|move|bump|raise|lower) (.+?)(?:'s priority)?(?: (?:to|as|at|is))?(?: a)? (top|highest|high|medium|normal|low|lowest|urgent|important|critical)(?:[- ]prio(?:rity)?)?(?: task| one)?$/i.exec(
      text,
    ) ??
    /^(.+?) (?:is|are|should be|has|needs to be|must be)(?: now| really| very| of| a| an)* (top|highest|high|medium|normal|low|lowest|urgent|important|critical|not urgent|not important)(?:[- ]priority)?(?: now| task| one)?$/i.exec(
      text,
    );
  if (match && !/^(?:what|which|how|who)\b/i.test(text) && !/^(?:add|remind|i need)/i.test(text)) {
    const level = match[2] ?? "";
    return update(match[1], {
      priority: /^not/i.test(level) ? "low" : (readPriority(level) ?? "medium"),
    });
  }
  match =
    /^(?:(?:raise|increase|bump up|up) (?:the )?priority (?:of|for|on)|prioriti[sz]e|bump up) (.+)$/i.exec(
      text,
    );
  if (match) return update(match[1], { priority: "high" });
  match =
    /^(?:(?:lower|decrease|reduce|drop) (?:the )?priority (?:of|for|on)|depriorit[sz]i[sz]?e|deprioriti[sz]e) (.+)$/i.exec(
      text,
    );
  if (match) return update(match[1], { priority: "low" });

  // Due date set or moved.
  match =
    /^(?:set|change|update|make|move) (?:the )?(?:due date|deadline|due|date) (?:of|for|on) (.+?) (?:to|as|for|at|on) (.+)$/i.exec(
      text,
    ) ??
    /^(?:the )?(?:due date|deadline) (?:of|for|on) (.+?) is (?:now )?(.+)$/i.exec(text) ??
    /^(?:reschedule|postpone|delay|snooze|push|push back|put off|move|shift|bring forward|defer) (?:back |off )?(.+?) (?:back |off |out |forward |up )?((?:to|until|till|for|by|on)\b.+)$/i.exec(
      text,
    ) ??
    /^(?:reschedule|postpone|delay|snooze|push|move|shift|defer) (?:back |off )?(.+?) ((?:tomorrow|today|tonight|next|this|in)\b.*)$/i.exec(
      text,
    ) ??
    /^(?:make|set|mark) (.+?) (?:(?:be )?due|to be due|for) (.+)$/i.exec(text) ??
    /^(.+?) (?:is|are) (?:now )?due (.+)$/i.exec(text) ??
    /^(?:add|give) (?:a )?(?:due date|deadline) (?:of |to |for )?(.+?) (?:to|of|for|:) (.+)$/i.exec(
      text,
    ) ??
    /^give (.+?) a (?:due date|deadline) of (.+)$/i.exec(text);
  if (match && !/^(?:what|which|who|how|anything|is)\b/i.test(text)) {
    const [, first = "", second = ""] = match;
    const whenText = second.replace(/^(?:to|for|until|till) /i, "");
    const dueAt = readWholeDate(whenText, clock) ?? shiftedDate(second, clock);
    if (dueAt !== undefined) return update(first, { dueAt });
    const swapped = readWholeDate(first, clock);
    if (swapped !== undefined && /^(?:add|give)/i.test(text))
      return update(second, { dueAt: swapped });
  }

  match = /^(?:make|set) (\S+|the \w+ one|(?:task|number) \S+) (.+)$/i.exec(text);
  if (match && isPointing(match[1] ?? "")) {
    const dueAt = readWholeDate(match[2] ?? "", clock);
    if (dueAt !== undefined) return update(match[1], { dueAt });
  }
  match = /^(?:edit|change|update|rename|correct) (.+?): (.+)$/i.exec(text);
  if (match && isPointing(match[1] ?? "")) return update(match[1], { title: match[2] ?? "" });

  // Title; the new value may turn out to be a date or a priority.
  match =
    /^(?:rename|retitle) (.+?) (?:to|as|into) (.+)$/i.exec(text) ??
    /^(?:change|set|update|edit) (?:the )?(?:title|name|text|wording) (?:of|for|on) (.+?) (?:to|as|into) (.+)$/i.exec(
      text,
    ) ??
    /^(?:change|update|edit|modify|turn|replace|correct|fix|make) (.+?) (?:to say|to read|so it says|to|into|with|instead) (.+)$/i.exec(
      text,
    ) ??
    /^(.+?) should (?:be called|say|read|be named|be) (.+)$/i.exec(text) ??
    /^(?:call|name) (task \S+|number \S+|the \w+ (?:one|task)|it|#?\d+|the task .+?) ["']?(.+?)["']?$/i.exec(
      text,
    );
  if (match) {
    const [, reference = "", words = ""] = match;
    // "make dinner to go" is a task, and so is "fix the link to the page".
    if (/^(?:make|fix|turn|replace|correct)\b/i.test(text) && !isPointing(reference))
      return undefined;
    if (/^(?:change|update|edit|modify|make)\b/i.test(text)) {
      const dueAt = readWholeDate(words, clock);
      if (dueAt !== undefined)
        return update(reference.replace(/(?:'s)? (?:due date|deadline|date)$/i, ""), { dueAt });
      const priority =
        /^(?:top|highest|high|medium|normal|low|lowest|urgent|important)(?:[- ]priority)?$/i.test(
          words,
        );
      if (priority)
        return update(reference.replace(/(?:'s)? priority$/i, ""), {
          priority: readPriority(words) ?? "medium",
        });
    }
    const title = words
      .replace(/^["'](.+)["']$/, "$1")
      .replace(/[.!]$/, "")
      .replace(/,? please$/i, "");
    return update(reference.replace(/(?:'s)? (?:title|name)$/i, ""), { title });
  }
  return undefined;
}

/** Whether a phrase refers to a task by number or "it", not by words. */
function isPointing(phrase: string): boolean {
  return /^(?:it|that|this|(?:task |number |item |#)?#?\d+|the (?:\w+) (?:one|task)|(?:the )?(?:first|second|third|fourth|fifth|last)(?: one| task)?|task (?:one|two|three|four|five))$/i.test(
    phrase.trim(),
  );
}
