import type { TaskChange } from "../../../tasks/schemas.ts";
import { readDateParts, readWholeDate } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { readNewTasks } from "../new-tasks.ts";
import { repeatText } from "../../../dates/repeat.ts";
import { takeRepeat } from "../repeats.ts";
import { readPriority, readReference } from "../references.ts";
import { readReschedule, readShift } from "./reschedule.ts";
import { findUnreadDate } from "../unread-dates.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import { sharesWord } from "../matching.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

/** Parses changes of title, description, priority and due date. */
export function readUpdate(said: string, clock: WallClock): Intent | undefined {
  const text = reworded(said, clock);
  if (/^set up (?:me )?an? /i.test(text)) return undefined;
  // "Put X on my list, it's urgent" adds; nothing of it is a change.
  if (/^(?:put|get|stick) .+ (?:on|to|in|onto) (?:my|the)(?: to-?do| task)* ?list\b/i.test(text))
    return undefined;
  return (
    readRepeat(text, clock) ??
    readTwoChanges(text, clock) ??
    readShift(text, clock) ??
    readChange(text, clock) ??
    readReschedule(text, clock) ??
    (/^(?:snooze|postpone|delay|reschedule|put off|defer) \S/i.test(text)
      ? { kind: "incomplete" }
      : undefined)
  );
}

/** Other ways to put a change, in the words that the patterns know. */
function reworded(said: string, clock: WallClock): string {
  return (
    withoutOld(said, clock)
      // "Bob's mail: priority high".
      .replace(
        /^([\w' ]+): (?:priority )?(top|high|medium|low)(?: prio(?:rity)?)?$/i,
        "$1 is $2 priority",
      )
      // "Report → Friday", "dentist: 15:30".
      .replace(/^([\w'# ]+)(?: →|:) (.+)$/, (whole, task: string, date: string) =>
        /^(?:set|give|add|put|make|change)\b/i.test(task) ||
        readDateParts(date, clock) === undefined
          ? whole
          : `${task} is due ${date}`,
      )
      // "Can the rent wait till Friday?"
      .replace(/^(?:can|could) (.+?) wait (.+?)\??$/i, "$1 can wait $2")
      // "Make everything low priority except the taxes", "move all to Friday but the rent".
      .replace(
        exceptLast,
        (_, verb, all, change: string, exception) =>
          `${verb} ${all} except ${exception} ${change.trim()}`,
      )
      // "The dentist is at 4, not 5".
      .replace(
        /^(.+?) (?:is|are) (?:due )?((?:on |at |by )?\w+(?: \w+){0,3}),? (?:and )?not [^,]+$/i,
        (whole, task, date: string) =>
          readDateParts(date, clock) === undefined ? whole : `${task} is due ${date}`,
      )
  );
}

/** "15:30 instead of 17:00": what it was is no part of what it shall be. */
function withoutOld(text: string, clock: WallClock): string {
  const [, rest = "", old = ""] = /^(.+) instead of (.+)$/i.exec(text) ?? [];
  if (readDateParts(old, clock) !== undefined) return rest;
  const [, before = "", from = "", to = ""] =
    /^(?!.*\b(?:everything|all|tasks|ones|stuff)\b)(.+?) from (.+?) ((?:back )?to .+)$/i.exec(
      text,
    ) ?? [];
  return readDateParts(from, clock) === undefined ? text : `${before} ${to}`;
}

const exceptLast =
  /^(make|set|mark|move|push|change) (everything|all(?: \S+){0,3}?) ((?:to|until) (?:\S+ ){1,4}?|(?<!^(?:move|push) .+)(?:as )?(?:\S+ ){1,2}?),?(?:but|except(?: for)?|apart from) (.+)$/i;

/** "Make the report urgent and due tomorrow" changes one task in two ways. */
function readTwoChanges(text: string, clock: WallClock): Intent | undefined {
  const [, first = "", second = ""] =
    /^(.+?),? and (?:make it |set it |it's |is )?(due .+|(?:top|high|medium|low)[- ]priority|urgent|important)$/i.exec(
      text,
    ) ?? [];
  if (first === "") return undefined;
  const intent = readChange(first, clock);
  const more = readChange(`it is ${second}`, clock);
  if (intent?.kind !== "update" || more?.kind !== "update") return undefined;
  return { ...intent, change: { ...intent.change, ...more.change } };
}

/** "Repeat the report every Friday", "stop repeating it". */
function readRepeat(text: string, clock: WallClock): Intent | undefined {
  const update = (reference: string, repeat: string | null): Intent => ({
    kind: "update",
    reference: readReference(reference, clock),
    change: { repeat },
  });
  // "Only this Monday", of the task before.
  if (
    /^(?:only|just) (?:once|this (?:time|week|month|\w+day))$/i.test(
      text.replace(/ actually$/i, ""),
    )
  )
    return update("it", null);
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
    /^(?:make )?(.+?) (?:doesn't|does not|don't|do not|shouldn't|should not|need not|no longer|not) (?:need to )?(?:repeats?|recurs?)(?: any ?more)?$/i.exec(
      text,
    ) ??
    [];
  const unrepeated = once ?? once2;
  if (unrepeated !== undefined) return update(unrepeated, null);

  const found = takeRepeat(text);
  if (found === undefined || !/^[.!]?$/.test(text.slice(found.index + found.phrase.length)))
    return undefined;
  const before = text.slice(0, found.index).trim();
  const [, explicit] =
    /^(?:repeat|(?:make|set|let|have|change)(?= .+ (?:repeat|recur))) (.+?)(?: (?:to )?(?:repeat(?:ing)?|recur(?:ring)?))?$/i.exec(
      before,
    ) ??
    /^(.+?) (?:should |must |needs to |has to )?(?:repeats?|recurs?)$/i.exec(before) ??
    /^(?:change|move|reschedule|update) (.+?)(?:'s (?:due date|date))? (?:to|for)$/i.exec(before) ??
    [];
  const [, pointed = ""] = /^(?:make|set|do) (.+?)(?: (?:to|for|due))?$/i.exec(before) ?? [];
  const reference = explicit ?? (isPointing(pointed) ? pointed : undefined);
  return reference === undefined ? undefined : update(reference, repeatText(found.repeat));
}

function readChange(text: string, clock: WallClock): Intent | undefined {
  const update = (
    reference: string | undefined,
    change: TaskChange | undefined,
  ): Intent | undefined =>
    reference === undefined || change === undefined
      ? undefined
      : { kind: "update", reference: readReference(reference, clock), change };

  if (/^(?:i|we)(?:'ll| will)? need (?:some |a bit |a little )?more time\b/i.test(text))
    return { kind: "unread", phrase: "more time" };

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
  match =
    /^(?:remove|delete|clear|drop|lose|unset) (.+?)(?:'s|s') (?:due date|deadline|date)$/i.exec(
      text,
    ) ??
    /^(?:take|strip|get|pull|wipe|knock|get rid of|lose|drop) (?:the |its |that )?(?:due date|deadline|due time|date) (?:off|from|away from|out of|off of|on|of|for) (.+)$/i.exec(
      text,
    ) ??
    /^(?:take|strip) (?!.*\blist$)(.+?)(?:'s|s') (?:due date|deadline|date) (?:off|away)$/i.exec(
      text,
    ) ??
    /^no (?:more )?(?:due date|deadline|date)(?: (?:for|on) (.+?))?(?: any ?more)?$/i.exec(text) ??
    /^(.+?) (?:doesn't|does not|no longer) needs? (?:a|any|its) (?:due date|deadline|date)(?: any ?more)?$/i.exec(
      text,
    ) ??
    /^(?:make|leave) (.+?) (?:undated|open-ended|without a (?:date|deadline)|dateless)$/i.exec(
      text,
    );
  if (match) return update(match[1] ?? "it", { dueAt: null });

  // Only the time removed.
  match =
    /^(?:remove|delete|clear|drop|take|strip|lose) (?:just |only )?(?:the |its )?(?:due )?time (?:off|from|of|for|on) (.+?)(?:,? (?:but |and )?(?:keep|leave|not) the (?:day|date))?$/i.exec(
      text,
    );
  if (match) {
    const by = { minutes: undefined };
    return { kind: "shift", reference: readReference(match[1] ?? "", clock), by };
  }

  // Description.
  match =
    /^(?:add|attach|put|write) (?:a |the |this )?(?:note|description|details?|comment)s? (?:to|on|for) (.+?)(?:: ?|,? (?:saying|that says|that) )["']?(.+?)["']?$/i.exec(
      text,
    ) ??
    /^(?:set|change|update|edit) (?:the )?(?:description|notes?|details?) (?:of|for|on) (.+?) (?:to|as):? ["']?(.+?)["']?$/i.exec(
      text,
    ) ??
    /^(?:the )?(?:description|notes?|details?) (?:of|for|on) (.+?): ["']?(.+?)["']?$/i.exec(text);
  if (match) return update(match[1], { description: match[2] ?? "" });
  // "With the note …", after a task.
  const [, own] =
    /^(?:(?:add|attach) (?:a |the )?(?:note|description)(?: saying| that says)?: ?|with (?:a |the )(?:note|description)(?: saying| that says)?:? )["']?(.+?)["']?$/i.exec(
      text,
    ) ?? [];
  if (own !== undefined) return update("it", { description: own });
  match =
    /^(?:add|put) ["'](.+?)["'] (?:to|as|in) (?:the |an? )?(?:description|notes?|details?) (?:of|for|on|to) (.+)$/i.exec(
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
    /^(?:set|change|update|make|mark|flag|put|move|bump|raise|lower|drop(?=.*\bpriority$)) (.+?)(?:(?:'s)? priority)?(?: (?:to|as|at|is))?(?: a)? (top|highest|high|medium|normal|low|lowest|urgent|important|critical)(?:[- ]prio(?:rity)?)?(?: task| one)?$/i.exec(
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
    return update(match[1], {
      priority: /^not/i.test(level) ? "low" : (readPriority(level) ?? "medium"),
    });
  }
  match =
    swapped(
      /^(?:set|assign|put) (?:a )?(top|highest|high|medium|normal|low|lowest)[- ]priority (?:for|on|to|of) (.+)$/i.exec(
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
    return update(match[1], {
      priority: readPriority(match[2] ?? "") ?? (ended ? "medium" : "low"),
    });
  }
  match =
    /^(?:clear|remove|delete|drop|reset|unset|take) (?:the )?(?:high |low |top )?priority (?:off|from|of|for|on) (.+)$/i.exec(
      text,
    );
  if (match) return update(match[1], { priority: "medium" });
  match =
    /^(?:(?:raise|increase|bump up|up) (?:the )?priority (?:of|for|on)|prioriti[sz]e|bump up) (.+)$/i.exec(
      text,
    );
  if (match) return update(match[1], { priority: "high" });
  match = /^(?:raise|increase|bump up|lower|decrease|reduce|drop) (.+?)(?:'s|s') priority$/i.exec(
    text,
  );
  if (match)
    return update(match[1], { priority: /^(?:r?aise|increase|bump)/i.test(text) ? "high" : "low" });
  match =
    /^(?:(?:lower|decrease|reduce|drop) (?:the )?priority (?:of|for|on)|depriorit[sz]i[sz]?e|deprioriti[sz]e) (.+)$/i.exec(
      text,
    );
  if (match) return update(match[1], { priority: "low" });

  // "Set the due date to tomorrow", of the task before.
  match = /^(?:set|change|move) (?:the |its )?(?:due date|deadline|date) (?:to|for) (.+)$/i.exec(
    text,
  );
  const dated0 = match && readDateParts(match[1] ?? "", clock);
  if (dated0) return update("it", dated0.due);

  // Due date set or moved.
  match =
    /^(?:set|change|update|make|move) (?:the )?(?:due date|deadline|due|date) (?:of|for|on) (.+?) (?:to|as|for|at|on) (.+)$/i.exec(
      text,
    ) ??
    /^(?:set|change|update|make|move|push) (.+?)(?:'s|s') (?:due date|deadline|due time|date|time) (?:to|for|at|until|till|back to) (.+)$/i.exec(
      text,
    ) ??
    /^(?:the )?(?:due date|deadline) (?:of|for|on) (.+?) is (?:now )?(.+)$/i.exec(text) ??
    /^(.+?)(?:'s|s') (?:due date|deadline) (?:is|should be|moved to|has moved to|changed to) (?:now )?(.+)$/i.exec(
      text,
    ) ??
    /^(?:add|give|set|put) (?:a )?(?:due date|deadline) (?:of |to |for |on )?(.+?)(?: (?:to|of|for)|:) (.+)$/i.exec(
      text,
    ) ??
    /^(?:reschedule|postpone|delay|snooze|bump|push|push back|put off|put(?= .+? (?:off|back) (?:to|until|till)\b)|move|shift|bring|bring forward|pull|defer|extend) (?:back |off |forward )?(.+?) (?:back |off |out |forward |up )?((?:to|until|till|for|by|on)\b.+)$/i.exec(
      text,
    ) ??
    /^(?:reschedule|postpone|delay|snooze|push|move|shift|defer) (?:back |off )?(.+?) ((?:tomorrow|today|tonight|next|this|in)\b.*)$/i.exec(
      text,
    ) ??
    /^(?:make|set(?! up\b)|mark) (.+?) (?:(?:be )?due|to be due|for) (.+)$/i.exec(text) ??
    /^(.+?) (?:is|are) (?:now )?due (.+)$/i.exec(text) ??
    /^(.+?) (?:can wait|has moved|moved|was moved|got moved|is moved|has been moved|got pushed|is now|will be|has to wait|must wait|needs to wait|(?:needs to|has to|must) be (?:done|ready|finished)) ((?:by|until|till|to|on|at|for)\b.+)$/i.exec(
      text,
    ) ??
    /^give (.+?) (?:a|the) (?:due date|deadline) of (.+)$/i.exec(text);
  if (
    match &&
    !/^(?:what|which|who|how|anything|is|i|we)\b/i.test(text) &&
    !/\b(?:what|which|who|whether|when|if)\b/i.test(match[1] ?? "")
  ) {
    const [, first = "", second = ""] = match;
    const parts =
      readDateParts(second, clock) ??
      readDateParts(second.replace(/^(?:to|for|until|till) /i, ""), clock);
    if (parts?.day === undefined && parts?.minutes !== undefined) {
      const by = { minutes: parts.minutes };
      return { kind: "shift", reference: readReference(first, clock), by };
    }
    if (parts !== undefined) return update(first, parts.due);
    const swapped = readWholeDate(first, clock);
    if (swapped !== undefined && /^(?:add|give|set|put)/i.test(text))
      return update(second, swapped);
    const dated = readReschedule(text, clock);
    if (dated !== undefined) return dated;
    const aboutDates =
      /\b(?:due|deadline)\b|^(?:reschedule|postpone|delay|snooze|put off|defer)\b/i.test(text);
    if (aboutDates || findUnreadDate(second) !== undefined)
      return { kind: "unread", phrase: second };
  }

  match =
    /^(?:make|set|do|schedule|plan) (the \w+ (?:one|task)|(?:task|number) \S+|\S+) (.+)$/i.exec(
      text,
    );
  if (match && isPointing(match[1] ?? "")) {
    const due = readWholeDate(match[2] ?? "", clock);
    if (due !== undefined) return update(match[1], due);
  }
  match = /^(?:edit|change|update|rename|correct) (.+?): (.+)$/i.exec(text);
  if (match && isPointing(match[1] ?? "")) return update(match[1], { title: match[2] ?? "" });

  const [, part = ""] =
    /^(?:change|replace|swap) .+? (?:to|with|by|for) (.+? in .+)$/i.exec(
      text.replaceAll(/"[^"]*"/g, '""'),
    ) ?? [];
  if (part !== "" && readDateParts(part, clock) === undefined)
    return { kind: "unsupported", what: "part" };

  // "Swap milk for oat milk": what is no task of the list is to do.
  match =
    /^(?:swap|replace|exchange) (.+?) (?:for|with|by) (.+?)(?: (?:on|in) (?:my|the) list)?$/i.exec(
      text,
    ) ??
    /^update (?!(?:the )?(?:title|name|text|wording)\b)(.+?) (?:to|into|with) (.+)$/i.exec(text);
  if (match && !isPointing(match[1] ?? "")) {
    const { tasks } = readNewTasks(text, clock);
    const otherwise = { kind: "add", tasks, reminder: false, said: "bare" } as const;
    const reference = readReference(match[1] ?? "", clock);
    return { kind: "update", reference, change: { title: match[2] ?? "" }, otherwise };
  }

  // Title; the new value may turn out to be a date or a priority.
  match =
    /^(?:rename|retitle|reword|rephrase) (.+?) (?:to|as|into) (.+)$/i.exec(text) ??
    /^(?:rename|retitle) ("[^"]+") ("[^"]+")$/i.exec(text) ??
    /^(?:change|set|update|edit) (?:the )?(?:title|name|text|wording) (?:of|for|on) (.+?) (?:to|as|into) (.+)$/i.exec(
      text,
    ) ??
    /^(?:change|update|edit|modify|turn|replace|correct|fix|make) (.+?) (?:to say|to read|so it says|to|into|with|instead) (.+)$/i.exec(
      text,
    ) ??
    /^(.+?) (?:should (?:be called|say|read|be named|be)|is now called|is really called) (.+)$/i.exec(
      text,
    ) ??
    /^(?:call|name) (task \S+|number \S+|the \w+ (?:one|task)(?! of\b)|it|#?\d+|the task .+?) ["']?(.+?)["']?$/i.exec(
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
    if (/^(?:make|fix|turn|replace|correct)\b/i.test(text) && !isPointing(reference))
      return undefined;
    if (/^(?:change|update|edit|modify|make)\b/i.test(text)) {
      const parts = readDateParts(words, clock);
      const task = reference.replace(/(?:'s)? (?:due date|deadline|date|time)$/i, "");
      if (parts?.day === undefined && parts?.minutes !== undefined) {
        const by = { minutes: parts.minutes };
        return { kind: "shift", reference: readReference(task, clock), by };
      }
      if (parts !== undefined) return update(task, parts.due);
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

/** The groups of a match the other way round. */
function swapped(match: RegExpExecArray | null): RegExpExecArray | null {
  if (match) [match[1], match[2]] = [match[2] ?? "", match[1] ?? ""];
  return match;
}

/** Whether a phrase refers to a task by number or "it", not by words. */
function isPointing(phrase: string): boolean {
  return /^(?:it|that|this|(?:task |number |item |#)?#?\d+|the (?:\w+) (?:one|task)|(?:the )?(?:first|second|third|fourth|fifth|last)(?: one| task)?|task (?:one|two|three|four|five))$/i.test(
    phrase.trim(),
  );
}
