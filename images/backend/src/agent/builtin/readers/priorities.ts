import type { TaskChange } from "../../../tasks/schemas.ts";
import type { Intent } from "../intents.ts";
import { readPriority } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";
import { changing } from "./changing.ts";

/** "Bob is important" may be about him. */
const isRemark = /^(?!it\b|that\b|this\b|#?\d)[\w'-]+ (?:(?:is|are)(?:n't)?)\b(?!.*\bprio)/i;

/** Parses changes of a priority. */
export function readPriorityChange(text: string, clock: WallClock): Intent | undefined {
  const change = changing(clock);
  const remarkable = (text: string, subject: string | undefined, changes: TaskChange): Intent => {
    const doubt = isRemark.test(text) ? "name" : undefined;
    return { ...change(subject, changes), ...(doubt && { doubt }) };
  };

  let match =
    /^(?:set|change|update|make|put|raise|lower|increase|decrease|bump)(?: up| down)? (?:the )?priority (?:of|for|on) (.+?)(?: (?:to|as|at))? (top|highest|high|medium|normal|low|lowest|urgent)(?: priority)?$/i.exec(
      text,
    ) ??
    /^(?:set|change|update|make|mark|flag|put|move|bump|raise|lower|drop(?=.*\bpriority$)) (.+?)(?:(?:'s)? priority)?(?: (?:(?:up |down )?to|as|at|is))?(?: a)? (top|highest|high|medium|normal|low|lowest|urgent|important|critical)(?:[- ]prio(?:rity)?)?(?: task| one)?$/i.exec(
      text,
    ) ??
    /^(.+?) (?:is|are|should be|has|needs to be|must be)(?: now| really| very| super| so| extremely| pretty| more| quite| of| a| an)* (top|highest|high|medium|normal|low|lowest|urgent|important|critical|not urgent|not important)(?:[- ]prio(?:rity)?)?(?: now| task| one)?$/i.exec(
      text,
    );
  // "Milk is low" is not about its priority.
  const isVague =
    / (?:is|are|has) (?:\w+ )*(?:top|highest|high|medium|normal|low|lowest)(?: now)?$/i.test(text);
  const isOther = isVague || /^(?:what|which|how|who|add|remind|i need)\b/i.test(text);
  if (match && !isOther) {
    const level = match[2] ?? "";
    return remarkable(text, match[1], {
      priority: /^not/i.test(level) ? "low" : (readPriority(level) ?? "medium"),
    });
  }
  match =
    swapped(
      /^(?:(?:set|assign|put) (?:a )?|(?=.* for [#\d][#\d, &and]*$))(top|highest|high|medium|normal|low|lowest)[- ]priority (?:for|on|to|of) (.+)$/i.exec(
        text,
      ),
    ) ??
    /^([\w' ]+?) to (top|highest|high|medium|normal|low|lowest)(?:[- ]priority)?$/i.exec(text) ??
    /^(?:give|assign) (.+?) (?:a )?(top|highest|high|medium|normal|low|lowest)[- ]priority$/i.exec(
      text,
    ) ??
    /^(.+?) (?:isn't|aren't|is not|are not|is no longer|are no longer) (?:that |so |as |very |really )*(?:urgent|important|critical)( any ?more| now)?$/i.exec(
      text,
    );
  if (match && !/^(?:what|which|how|who)\b/i.test(text)) {
    // What was urgent before is like any other; what never was comes last.
    const ended = match[2] !== undefined || / no longer /i.test(text);
    return remarkable(text, match[1], {
      priority: readPriority(match[2] ?? "") ?? (ended ? "medium" : "low"),
    });
  }
  match =
    /^(?:clear|remove|delete|drop|reset|unset|take) (?:the )?(?:high |low |top )?priority (?:off|from|of|for|on) (.+)$/i.exec(
      text,
    );
  if (match) return change(match[1], { priority: "medium" });
  match =
    /^(?:(?:raise|increase|bump up|up) (?:the )?priority (?:of|for|on)|prioriti[sz]e|bump up) (.+)$/i.exec(
      text,
    );
  if (match) return change(match[1], { priority: "high" });
  match = /^(?:raise|increase|bump up|lower|decrease|reduce|drop) (.+?)(?:'s|s') priority$/i.exec(
    text,
  );
  if (match)
    return change(match[1], { priority: /^(?:r?aise|increase|bump)/i.test(text) ? "high" : "low" });
  match =
    /^(?:(?:lower|decrease|reduce|drop) (?:the )?priority (?:of|for|on)|depriorit[sz]i[sz]?e|deprioriti[sz]e) (.+)$/i.exec(
      text,
    );
  if (match) return change(match[1], { priority: "low" });
  return undefined;
}

/** The groups of a match the other way round. */
function swapped(match: RegExpExecArray | null): RegExpExecArray | null {
  if (match) [match[1], match[2]] = [match[2] ?? "", match[1] ?? ""];
  return match;
}
