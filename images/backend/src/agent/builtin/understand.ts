import { findRange, takeDate } from "./dates.ts";
import type { TaskChange } from "../../tasks/schemas.ts";
import type { Intent, ListFilter } from "./intents.ts";
import { beginsWithVerb, readNewTasks, takePriority } from "./new-tasks.ts";
import { readPriority, readReference, readStatus } from "./references.ts";
import type { WallClock } from "./wall-clock.ts";

/** Reads what a message asks for, in the order it asks. Pure: looks at no task and changes none. */
export function understand(message: string, clock: WallClock): readonly Intent[] {
  const text = message
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[‘’]/g, "'")
    // 'Single quotes' around words become double ones; an apostrophe has a letter before it.
    .replaceAll(
      /(?<![\p{Letter}\p{Number}])'([^'\n]+(?:'(?=\p{Letter})[^'\n]+)*)'(?![\p{Letter}\p{Number}])/gu,
      '"$1"',
    )
    .replaceAll(/[^\S\n]+/g, " ")
    .trim();
  return clauses(text).map((clause) => readClause(clause, clock));
}

const politeness =
  /^(?:(?:please|pls|plz|hey|hi|hello|ok|okay|alright|so|well|and|then|also|now|oh|actually|yes|great|cool|thanks|thank you|sorry|first(?=[,:])|just(?! (?:\w+ed|bought|paid|sent|wrote|made|took|got|went|did|done)\b)|next|finally)(?:[,!.:]+|(?= ))\s*(?:there[,!.]?\s+)?|(?:can|could|would|will) you (?:please |kindly |also |just )*|(?:i(?:'d| would) like (?:you )?to|i want (?:you )?to|i wanna|let's|let us|let me|you can|go ahead and|help me(?: to)?|i'd love to|is it possible to|can we|could we|can i|could i|may i)\s+(?:please )?)/i;

/** Beginnings of commands that can hardly be tasks, so that they end the command before them. */
const strongCommand =
  "(?:please |also |then |can you |could you )*(?:add|create|remind me|delete|remove|mark|show|list|rename|reschedule|reopen|uncheck|undo|set (?:the )?(?:priority|due)|what(?:'s| is| do| are| else)|how many|i(?:'ve| have)? (?:already )?(?:finished|completed)|(?:i )?(?:also |still )?(?:need|have) to|i'm done|tell me what)";
/** Beginnings of commands, some of which are tasks as well ("finish homework", "move the sofa"). */
const anyCommand = `(?:${strongCommand}|complete|finish|check off|tick off|cross off|close|change|update|edit|move|postpone|push|delay|make|prioriti[sz]e|snooze|clear|drop|trash|erase|get rid of|put|i did|display|view|find|search)`;

/** Splits a message where another command begins. */
function clauses(text: string): readonly string[] {
  const quoted: string[] = [];
  // Quoted text is put aside, because it may hold anything.
  const masked = text.replaceAll(/"[^"]*"/g, (quote) => `"${quoted.push(quote) - 1}"`);
  const parts: string[] = [];
  for (const sentence of masked.split(sentenceEnd)) {
    const command = isAdd(sentence) ? strongCommand : anyCommand;
    const joint = new RegExp(
      `(?:\\s*\\n+\\s*|\\s*,\\s*(?:and |then |also |but )*|\\s+(?:and|then|but)\\s+(?:then |also |please )*)(?=${command}\\b)`,
      "i",
    );
    parts.push(...sentence.split(joint));
  }
  return parts
    .map((part) => part.replaceAll(/"(\d+)"/g, (_, index) => quoted[Number(index)] ?? "").trim())
    .filter((part) => /[\p{Letter}\p{Number}?]/u.test(part));
}

/** A full stop after "Dr" or an initial ends no sentence. */
const sentenceEnd =
  /(?<=(?:[^\s.]{3}|\d|[ap]m|\bit|\bme)[.!?])(?<!\b(?:mrs|prof|inc|etc|approx|dept|tel|no)\.)\s+(?=\S)|;\s+/i;

const addCommand =
  /^(?:add|create|new|make (?:me )?(?:an? )?(?:new )?(?:high[- ]priority |low[- ]priority |urgent |important )?(?:task|todo|to-do|reminder|note|item|entry)|put(?! .*\b(?:off|back)\b)|write down|jot down|note(?: down)?|remember|remind|schedule|set (?:up )?(?:me )?an? (?:new )?(?:reminder|task)|don't let me forget|(?:i )?(?:must not|mustn't|don't|can't|shouldn't) forget|(?:i )?(?:really |also |still )?(?:need|have|want|ought|gotta|got) to|i(?:'ve| have) got to|i gotta|(?:i|we) (?:really )?(?:must|should)|i need|we need to|(?:todo|to-do|to do|tasks?|reminder)(?! (?:number )?#?\d))\b/i;

function isAdd(sentence: string): boolean {
  return addCommand.test(stripPoliteness(sentence));
}

function stripPoliteness(text: string): string {
  let rest = text.trim();
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest.replace(politeness, "");
  }
  return rest;
}

/** A command that doesn't say what to do it with. */
const bareCommand =
  /^(?:(?:add|create|make|remind me|new)(?: (?:an? )?(?:new )?(?:task|todo|reminder))?|(?:delete|remove|rename|change|update|edit|move|reschedule|postpone|mark|set|prioriti[sz]e)(?: (?:an? |the )?(?:task|todo|#?\d+|it|one))?)[.:?!]*$/i;

/** Tries the readers one after the other; the more special ones come first. */
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

function readTalk(text: string): Intent | undefined {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z' ]/g, "")
    .trim();
  if (
    /^(?:yes|y|yep|yeah|yup|sure|ok|okay|do it|go ahead|confirm|confirmed|of course|please do|yes please|absolutely|definitely|correct|right|sure thing|delete them|delete it|yes delete (?:it|them)(?: all)?|yes all of them|yes do it|yes go ahead|im sure|i'm sure|yes i'm sure)$/.test(
      plain,
    )
  ) {
    return { kind: "yes" };
  }
  if (
    /^(?:no|n|nope|nah|cancel|stop|never ?mind|forget it|don't|no thanks|no thank you|neither|none|none of (?:them|these|those)|not now|no don't|keep (?:it|them)|leave (?:it|them)|no keep (?:it|them)|abort|no cancel)$/.test(
      plain,
    )
  ) {
    return { kind: "no" };
  }
  if (
    /^(?:undo|undo (?:that|it|this|the last (?:one|change|thing|action))|revert(?: that)?|take that back|oops(?: undo)?(?: that)?|bring (?:it|that) back|restore (?:it|that)|i didn't mean (?:that|to do that))$/.test(
      plain,
    )
  ) {
    return { kind: "undo" };
  }
  if (
    /^(?:hi|hello|hey|hiya|yo|good (?:morning|afternoon|evening)|hi there|hello there|hey there|howdy|greetings)$/.test(
      plain,
    )
  ) {
    return { kind: "greeting" };
  }
  if (
    /^(?:(?:ok |great |cool |perfect |awesome )?(?:thanks|thank you|thx|ty|cheers)(?: (?:a lot|so much|very much|bot|you))*|great|perfect|awesome|nice|cool|good job|well done|you're great)$/.test(
      plain,
    )
  ) {
    return { kind: "thanks" };
  }
  if (
    /^(?:help|help me|what can (?:you|i) (?:do|say|ask)(?: here)?|how does this work|how do i use (?:this|you)|who are you|what are you|commands|what do you do|how (?:do|can) i (?:add|create|delete|remove|complete|rename|change|list|edit|finish|see)[a-z ]*|what can you help (?:me )?with)$/.test(
      plain,
    )
  ) {
    return { kind: "help" };
  }
  return undefined;
}

function readUnsupported(text: string): Intent | undefined {
  const everyDay =
    /\b(?:every|each) (?:single )?(?:other )?(?:\d+ |two |three )?(?:days?|weeks?|months?|years?|mornings?|evenings?|nights?|hours?|weekdays?|weekends?|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?)\b|\b(?:daily|weekly|monthly|yearly|annually)[.!]?$|\brepeat(?:s|ing)?\b.*\b(?:task|day|week|month)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days$/i;
  if (everyDay.test(text) && !/^(?:show|list|what|how|which|do i)\b/i.test(text)) {
    return { kind: "unsupported", what: "repeat" };
  }
  if (/^(?:share|assign|delegate|invite|forward)\b.*\b(?:to|with)\b/i.test(text)) {
    return { kind: "unsupported", what: "share" };
  }
  if (
    /^(?:sort|order|group|filter|arrange)(?: (?:my|the|all))*(?: (?:tasks?|list|todos?|items?|them|it))?(?: by\b.*)?$/i.test(
      text,
    )
  ) {
    return { kind: "unsupported", what: "sort" };
  }
  if (
    /\b(?:sub-?tasks?|tags?|labels?|folders?|categor(?:y|ies)|projects?)\b/i.test(text) &&
    /^(?:tag|label|add (?:a |the )?(?:sub-?task|tag|label|folder|category|project)|create (?:a |the )?(?:folder|project|tag|label|category|sub-?task)|move .* (?:folder|project|category)|put .* (?:folder|project|category))/i.test(
      text,
    )
  ) {
    return { kind: "unsupported", what: "organize" };
  }
  if (
    /^(?:what(?:'s| is) the (?:weather|time|news|date)|tell me (?:a joke|about|a story)|play |sing |translate |who (?:is|was|won)|what is \d|how (?:old|far|tall|much|are you)|why |write me |send an? |open |search the web)/i.test(
      text,
    ) &&
    !/\b(?:tasks?|todos?|list)\b/i.test(text)
  ) {
    // "send an invoice to Bob" is a task; only questions and requests to the assistant are refused.
    if (!/^(?:send an? |write me |open |play |translate )/i.test(text))
      return { kind: "unsupported", what: "outside" };
  }
  return undefined;
}

function readUpdate(text: string, clock: WallClock): Intent | undefined {
  const update = (
    reference: string | undefined,
    change: TaskChange | undefined,
  ): Intent | undefined =>
    reference === undefined || change === undefined
      ? undefined
      : { kind: "update", reference: readReference(reference, clock), change };

  // Due date taken away.
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

  // Title; what it is changed to may turn out to be a date or a priority.
  match =
    /^(?:rename|retitle) (.+?) (?:to|as|into) (.+)$/i.exec(text) ??
    /^(?:change|set|update|edit) (?:the )?(?:title|name|text|wording) (?:of|for|on) (.+?) (?:to|as|into) (.+)$/i.exec(
      text,
    ) ??
    /^(?:change|update|edit|modify|turn|replace|correct|fix|make) (.+?) (?:to say|to read|so it says|to|into|with|instead) (.+)$/i.exec(
      text,
    ) ??
    /^(.+?) should (?:be called|say|read|be named) (.+)$/i.exec(text) ??
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

/** Whether a phrase points at a task by number or "it", and not by words. */
function isPointing(phrase: string): boolean {
  return /^(?:it|that|this|(?:task |number |item |#)?#?\d+|the (?:\w+) (?:one|task)|(?:the )?(?:first|second|third|fourth|fifth|last)(?: one| task)?|task (?:one|two|three|four|five))$/i.test(
    phrase.trim(),
  );
}

/** A date, when the text is nothing else. */
function readWholeDate(text: string, clock: WallClock): string | undefined {
  const { dueAt, rest } = takeDate(text.replace(/[.!]$/, "").replace(/,? please$/i, ""), clock);
  return /^(?:due|by|on|at|for|the|instead|be due)?$/i.test(rest) ? dueAt : undefined;
}

/** "By two days", "for a week": counted from today. */
function shiftedDate(text: string, clock: WallClock): string | undefined {
  const [, span] =
    /^(?:by|for|out) ((?:\d+|an?|one|two|three|four|five|a few|a couple of) (?:hour|day|week|month)s?)$/i.exec(
      text,
    ) ?? [];
  return span === undefined ? undefined : takeDate(`in ${span}`, clock).dueAt;
}

/** Questions about one task. */
function readShow(text: string, clock: WallClock): Intent | undefined {
  const plain = text.replace(/[?!.]+$/, "");
  const match =
    /^(?:show|read|open|view|describe)(?: me)? ((?:the )?(?:task |number |item |#)\S+|the \w+ (?:one|task))$/i.exec(
      plain,
    ) ??
    /^(?:what(?:'s| is| was|s)) ((?:the )?(?:task |number |item |#)\d+|the (?:first|second|third|fourth|fifth|sixth|last) (?:one|task|item)|#?\d+)$/i.exec(
      plain,
    ) ??
    /^when (?:is|are|was|were|do i (?:need|have) to|should i|must i) (.+?)(?: due| scheduled)?$/i.exec(
      plain,
    ) ??
    /^(?:what(?:'s| is)|show(?: me)?) the (?:due date|deadline|priority|description|status|details?|notes?) (?:of|for|on) (.+)$/i.exec(
      plain,
    ) ??
    /^(?:is|are|was|has|have) (.+?) (?:been )?(?:done|completed?|finished|due|open|pending|still open)(?: yet| already| today| tomorrow)?$/i.exec(
      plain,
    ) ??
    /^(?:give me |show me |tell me )?(?:more )?(?:details?|info|more) (?:of|on|about|for) (.+)$/i.exec(
      plain,
    ) ??
    /^did i (?:already )?(\w+ .+?)(?: already| yet)?$/i.exec(plain);
  const phrase = match?.[1];
  if (
    phrase === undefined ||
    /^(?:there|it possible|anything|everything|all|any|my tasks|tasks|next|i|they)\b/i.test(phrase)
  ) {
    return undefined;
  }
  return { kind: "show", reference: readReference(phrase, clock) };
}

const doneWord = "(?:done|complete|completed|finished|checked off|checked|ticked off|closed)";

const irregularPast =
  /^(?:bought|paid|sent|wrote|written|made|took|taken|got|went|met|read|told|spoke|found|brought|fed|swept|ran|gave|built|sold)$/i;
/** Past tenses that report work; "I wanted", "I added" do not. */
const pastTense = new RegExp(
  `^(?!need|added|wanted|used|deleted|removed|created|moved|changed|renamed|planned|related|based|red$|bed$|feed$|speed$)(?:\\w{2,}ed)$|${irregularPast.source}`,
  "i",
);

function readComplete(text: string, clock: WallClock): Intent | undefined {
  if (
    /\?$/.test(text) ||
    /^(?:what|which|how|show|list|do|did|have|are|is|who|when|any|find|search|tell|give|clear|delete|remove)\b/i.test(
      text,
    )
  ) {
    return undefined;
  }
  const complete = (phrase: string | undefined, completed: boolean): Intent => ({
    kind: "complete",
    reference: readReference(phrase?.trim() || "it", clock),
    completed,
  });

  if (
    /^(?:done|finished|i'm done|i did it|completed|all done|did it|mark as done|complete)[.!]*$/i.test(
      text,
    )
  ) {
    return complete(/^all/i.test(text) ? "all" : "it", true);
  }

  const undone = [
    new RegExp(
      `^(?:mark|set|flag|change|move|put) (.+?) (?:back )?(?:as |to |is )?(?:back )?(?:as )?(?:not ${doneWord}|undone|incomplete|uncompleted|unfinished|pending|open|to do|active|not yet done)(?: again| yet)?$`,
      "i",
    ),
    /^(?:re-?open|un-?check|un-?tick|un-?complete|un-?mark|un-?do|reactivate|un-?finish) (.+)$/i,
    new RegExp(
      `^(.+?) (?:isn't|is not|wasn't|was not|aren't|are not|ain't)(?: really| actually)? ${doneWord}(?: yet| after all| anymore)?$`,
      "i",
    ),
    /^i (?:didn't|did not|haven't|have not)(?: really| actually| yet)? (?:do|done|finish|finished|complete|completed) (.+?)(?: yet| after all)?$/i,
  ];
  for (const pattern of undone) {
    const match = pattern.exec(text);
    if (match) return complete(match[1], false);
  }

  const patterns = [
    new RegExp(
      `^(?:mark|set|flag|tick|check|cross|change|put|move)(?: off)? (.+?) (?:as |to |to be |is |off as )?(?:${doneWord}|off|out)(?: please| now)?$`,
      "i",
    ),
    /^(?:check|tick|cross|strike)(?: off| out| of) (.+)$/i,
    /^(?:check|tick) (#?\d+|it|that|(?:task|number) \S+)$/i,
    /^(?:complete|finish|close|resolve|accomplish)(?: off| up)? (.+)$/i,
    /^(?:i'm|i am|im|we're|all)?\s*(?:now |just )?(?:done|finished|through)(?: with)? (.+)$/i,
    /^(?:i|we)(?:'ve| have|'m)? ?(?:just |already |finally |now )*(?:done|did|finished|completed|accomplished|took care of|taken care of|handled|checked off|got done with|am done with|wrapped up)(?: with)? (.+)$/i,
    /^(?:done|finished|completed)[:,-]? (.+)$/i,
    new RegExp(
      `^(.+?) (?:is|are|was|were|has been|have been|got|'s)(?: now| all| already| finally)? ${doneWord}(?: now| already)?$`,
      "i",
    ),
    new RegExp(`^(.+?)(?:'s)? ${doneWord}$`, "i"),
    /^(.+?) ?(?:✓|✅|☑️?)$/u,
    /^(?:✓|✅|☑️?) ?(.+)$/u,
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match && !addCommand.test(text)) return complete(match[1], true);
  }
  // "I called mom", "bought the milk", "the rent has been paid": a report in the past tense.
  const report =
    /^(?:(?:i|we)(?:'ve| have)? )?(?:(?:just|already|finally|now) )*(\w+)\b(.*)$/i.exec(text) ?? [];
  const [, verb = "", object = ""] = report;
  if (
    pastTense.test(verb) &&
    (/^(?:i|we|just)\b/i.test(text) ||
      (irregularPast.test(verb) && !/^read$/i.test(verb)) ||
      /^(?:called|emailed|mailed|cleaned|washed|watered|fixed|booked|ordered|submitted|returned|renewed)$/i.test(
        verb,
      ))
  ) {
    return complete(`${verb}${object}`, true);
  }
  const [, subject = "", participle = ""] =
    /^(.+?)(?:'s| is| are| was| were| has been| have been| got)(?: now| already| finally)? (\w+)$/i.exec(
      text,
    ) ?? [];
  if (pastTense.test(participle)) return complete(`${participle} ${subject}`, true);
  return undefined;
}

function readDelete(text: string, clock: WallClock): Intent | undefined {
  const patterns = [
    /^(?:delete|remove|erase|trash|discard|scrap|bin|get rid of|throw (?:out|away)|dump|purge|wipe|eliminate)(?: out)? (.+)$/i,
    /^(?:clear|empty|clean up|wipe)(?: out| off)? ((?:my|the|all|list|tasks|todos|every|completed|finished|done|pending|it|everything|out|#?\d).*)$/i,
    /^(?:drop|cancel) (.+)$/i,
    /^take (.+?) off(?: (?:of )?(?:my|the) (?:\w+ )?list)?$/i,
    /^(?:forget (?:about )?|scratch |never ?mind (?:about )?|skip )(.+)$/i,
    /^(?:i|we) (?:no longer|don't|do not)(?: really)? (?:need|want|have)(?: to(?: do)?)? (.+?)(?: any ?more| any longer)?$/i,
    /^(.+?) (?:is|are) (?:no longer|not) (?:needed|necessary|relevant)(?: any ?more)?$/i,
    /^start (?:over|fresh)()$/i,
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (!match) continue;
    const phrase = (match[1] || "everything").replace(/^out /i, "");
    return { kind: "delete", reference: readReference(phrase, clock) };
  }
  return undefined;
}

function readList(text: string, clock: WallClock): Intent | undefined {
  const plain = text.replace(/[?!.]+$/, "");
  const asks =
    /^(?:show|list|display|view|see|print|read|read out|give me|get|pull up|check|open|look at|go (?:over|through))\b.*\b(?:tasks?|todos?|to-dos?|list|items?|everything|all|due|pending|completed|done|finished|left|remaining|overdue|agenda|schedule|plate)\b/i.test(
      plain,
    ) ||
    /^(?:show|list|display|view)(?: me)?(?: all| everything| (?:what|which)\b.+)?$/i.test(plain) ||
    /^(?:show|list|display|view|see) (?:me )?(?:all )?(?:my |the )?(?:stuff|things|work|urgent|important|high|low|medium|today|tomorrow)/i.test(
      plain,
    ) ||
    /^(?:what|whats|which|when|anything|any|is there|are there|do i|have i|did i|am i|how many|how much|where|tell me (?:what|which|how|about|everything)|remind me what|what's|so what)\b/i.test(
      plain,
    ) ||
    /^(?:my |the |all |all my |current |open |pending |completed |finished |done |remaining |outstanding |overdue |urgent |important |high[- ]priority |low[- ]priority |medium[- ]priority |today'?s |tomorrow'?s |this week'?s )+(?:tasks?|todos?|to-dos?|list|items?|agenda|ones|schedule|stuff)(?: please| (?:for|due) .+)?$/i.test(
      plain,
    ) ||
    /^(?:tasks?|todos?|to-dos?|list|agenda|overdue|ls)(?: (?:for|due) .+| today| tomorrow)?(?: please)?$/i.test(
      plain,
    ) ||
    /^(?:find|search|search for|look for|look up)\b/i.test(plain);
  if (!asks) return undefined;

  const search = readSearch(plain);
  if (/^(?:find|look for|look up)\b/i.test(plain) && search === undefined) return undefined;
  const aboutTasks =
    search !== undefined ||
    findRange(plain, clock) !== undefined ||
    /\b(?:tasks?|todos?|to-dos?|list|items?|left|remaining|pending|open|outstanding|due|overdue|done|do|doing|completed?|finished?|finish|next|agenda|plate|planned|plan|schedule|scheduled|need|priority|urgent|important|everything|all|have|going on|coming up|upcoming|focus|work on|stuff|things|accomplished?|show|forgotten|forget)\b/i.test(
      plain,
    );
  if (!aboutTasks) return undefined;
  return {
    kind: "list",
    filter: readListFilter(plain, clock, search),
    count: /^(?:how many|do i have any|have i got any|count)\b/i.test(plain),
  };
}

function readListFilter(plain: string, clock: WallClock, search: string | undefined): ListFilter {
  const range = findRange(search === undefined ? plain : plain.replace(search, ""), clock);
  const everything = /\b(?:all|everything|every)\b/i.test(plain);
  // "What do I have to do", "what's next": about what is still open.
  const open =
    /\b(?:left|remaining|next|to do|todo today|need to|have to|should i|must i|on my plate|still|upcoming|coming up|going on|do i have|have i got|got to|focus|work on|planned|forget|forgotten|doing)\b/i.test(
      plain,
    ) ||
    (/^(?:what's|whats|what is) (?:on )?(?:for )?(?:my |the )?(?:today|tomorrow|agenda|plan|schedule|plate)?/i.test(
      plain,
    ) &&
      !/\blist\b/i.test(plain));
  const done =
    /\b(?:completed?|finished?|done|accomplished?|did i|have i done|i've done|ticked off|checked off)\b/i.test(
      plain,
    ) &&
    !/\bnot (?:yet )?(?:done|finished|completed?)\b|\bhaven't\b|\bto be done\b|\bneeds? to (?:be|get) done\b|\bget done\b|\bundone\b|\bunfinished\b|\bincomplete\b/i.test(
      plain,
    );
  const named = done
    ? "completed"
    : readStatus(plain.replaceAll(/\b(?:get|be|getting) done\b/gi, "to do"));
  const status = named ?? (range !== undefined || (open && !everything) ? "pending" : "all");
  return { status, search, priority: readPriority(plain), ...range };
}

/** What a list is searched for: "about the dentist", "with milk", "find milk". */
function readSearch(plain: string): string | undefined {
  const match =
    /\b(?:tasks?|items?|todos?|to-dos?|anything|something|ones?|everything)\b.*?\b(?:about|with|containing|mentioning|related to|regarding|that mention|matching|named|called|involving) (?!high|low|medium|a due|no due|priority)(.+)$/i.exec(
      plain,
    ) ??
    /^(?:find|search for|search|look for|look up)(?: me)?(?: all| the| my)*(?: tasks?| items?| todos?)*(?: about| with| for| containing)? (.+)$/i.exec(
      plain,
    );
  const found = match?.[1]
    ?.replace(/^(?:the |my |a |an )/i, "")
    .replace(/ (?:tasks?|items?|in my (?:list|tasks)|on my list|in my list)$/i, "")
    .replace(/^["'](.+)["']$/, "$1");
  return found && !/^(?:tasks?|items?|overdue|pending|completed|all|everything)$/i.test(found)
    ? found
    : undefined;
}

function readAdd(text: string, clock: WallClock): Intent | undefined {
  const add = (
    rest: string,
    options: { plural?: boolean; leadDate?: string | undefined } = {},
    reminder = false,
  ): Intent | undefined => {
    const tasks = readNewTasks(rest, clock, options);
    return tasks.length > 0 ? { kind: "add", tasks, reminder } : undefined;
  };

  // "Tomorrow I need to …", "on friday remind me to …"
  const [, when = "", command = ""] =
    /^(.{3,40}?),? ((?:i (?:need|have|want|must|should|gotta|ought)|i've got|remind me|add|don't let me).*)$/is.exec(
      text,
    ) ?? [];
  if (when !== "") {
    const leadDate = readWholeDate(when, clock);
    if (leadDate !== undefined) {
      const { rest, plural, reminder } = stripAdd(command);
      return add(rest, { plural, leadDate }, reminder);
    }
  }

  if (addCommand.test(text)) {
    const { rest, plural, reminder, priority } = stripAdd(text);
    if (rest.trim() === "") return undefined;
    // "remind me tomorrow at 5 to call mom", "add for tomorrow: call mom"
    const [, between = "", object = ""] =
      /^(.{3,40}?)(?: (?:to|that|about) |: ?)(.+)$/is.exec(rest) ?? [];
    const leadDate = between === "" ? undefined : readWholeDate(between, clock);
    const intent =
      leadDate === undefined
        ? add(rest, { plural }, reminder)
        : add(object, { plural, leadDate }, reminder);
    if (intent?.kind !== "add" || priority === undefined) return intent;
    return { ...intent, tasks: intent.tasks.map((task) => ({ priority, ...task })) };
  }

  // A bare "buy milk tomorrow" is something to do, but a question is not.
  const day = /^(?:today|tomorrow|tonight|on \w+day|\w+day)[:,]? (.+)$/is.exec(text);
  const bare = takePriority(day?.[1] ?? text).rest;
  if (beginsWithVerb(bare) && !text.endsWith("?") && /\s/.test(bare)) return add(text);
  if (/^(?:urgent|important|asap)[:!]/i.test(text)) return add(text);
  return undefined;
}

/** Takes the command off, and what it says about the tasks before they are named. */
function stripAdd(text: string): {
  readonly rest: string;
  readonly plural: boolean;
  readonly reminder: boolean;
  readonly priority: "high" | "medium" | "low" | undefined;
} {
  const head =
    /^(?:(?:add|create|make(?: me)?|put|write down|jot down|note(?: down)?(?: that)?|schedule|set(?: up)?(?: me)?|new|remember)(?: (?:to|that|in))?|(?:i )?(?:(?:don't|must not|mustn't|can't|shouldn't) (?:let me )?forget)(?: to| about)?|remind(?: me)?(?: to| about| that| of)?|(?:i )?(?:really |also |still )?(?:need|have|want|ought|got) to|i(?:'ve| have) got to|i gotta|(?:i|we) (?:really )?(?:must|should)(?: really| probably| also)?|i need|we need to)(?![\w'])[:,]?\s*/i;
  const noun =
    /^(?:(?:me |down |in |to (?:my|the) (?:to-?do |task )?list(?: that)?(?: to)?|(?:a|an|another|one more|some|these|this|the following|following|new|the|two|three|four|five|\d+)(?: more| new| other| quick)?) ?)*(?:((?:top|high|medium|normal|low)[- ]priority|urgent|important) )?(tasks?|todos?|to-dos?|to do|items?|reminders?|entry|entries|things?|notes?)(?: to my list| to the list| on my list| to (?:my|the) (?:\w+ )?list| for me| for myself)?(?:\s*[:,-]+\s*|\s+(?:to|called|named|titled|saying|that says|that i (?:need|have) to|for|about|of)(?!\w):?\s*|\s+(?=\S)|$)/i;
  const rest = text.replace(head, "").replace(/^(".+") down\b/, "$1");
  const match = noun.exec(rest);
  const plural = /^(?:tasks|todos|to-dos|items|reminders|entries|things)$/i.test(match?.[2] ?? "");
  const isList =
    /^(?:to (?:my|the) (?:\w+ )?list[:,]?|(?:these|this|the following|following)(?: ones)?[:,])\s*/i.exec(
      rest,
    );
  return {
    rest: isList ? rest.slice(isList[0].length) : match ? keepDate(rest, match[0]) : rest,
    plural: plural || /^(?:these|the following|following)/i.test(isList?.[0] ?? ""),
    reminder:
      /^(?:remind|set (?:up )?(?:me )?an? reminder)/i.test(text) ||
      /reminder/i.test(match?.[2] ?? ""),
    priority: readPriority(match?.[1] ?? ""),
  };
}

/** "add a task for tomorrow: …" must not lose its "for", which leads to a date. */
function keepDate(rest: string, head: string): string {
  const after = rest.slice(head.length);
  return / for\s*$/i.test(head) ? `for ${after}` : after;
}
