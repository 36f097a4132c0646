import { addCommand, condition, isMaybeCommand } from "../clauses.ts";
import { readDateParts, takeDate, type TakenDate } from "../dates.ts";
import type { Intent, Wording } from "../intents.ts";
import { isForeign } from "../not-english.ts";
import { takeDescription, takePriority } from "../attributes.ts";
import { readNewTasks } from "../new-tasks.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import { takeRepeat } from "../repeats.ts";
import { isSentence } from "../sentences.ts";
import { readPriority } from "../references.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";

/** Parses new tasks: a command, "I need to …", or a bare "buy milk". */
export function readAdd(text: string, clock: WallClock): Intent | undefined {
  const said = wordingOf(text);
  const add = (
    rest: string,
    options: { plural?: boolean; lead?: TakenDate | undefined } = {},
    reminder = false,
  ): Extract<Intent, { kind: "add" }> | undefined => {
    const { tasks, notes = [], ...doubts } = readNewTasks(rest, clock, options);
    return tasks.length > 0
      ? { kind: "add", tasks, reminder, ...doubts, said, ...(notes.length > 0 && { notes }) }
      : undefined;
  };
  const addBare = (rest: string): Intent | undefined => {
    const intent = add(rest);
    return intent && { ...intent, said: "bare" };
  };

  // "Every morning I need to …", "remind me every Friday to …"
  const [command = ""] = /^(?:please )?(?:remind me|add|create|schedule) /i.exec(text) ?? [];
  const often = takeRepeat(text.slice(command.length));
  if (often?.index === 0 && often.rest !== "") {
    const task = often.rest
      .replace(/^[,:;–-]+\s*/, "")
      .replace(
        /^(on .{3,25}?,? )?(?:please )?(?:remind me|i (?:have|need|want|ought|'ve got)|i must|i should|add|to)\b:?\s*(?:to )?/i,
        "$1",
      );
    return add(`${task} ${often.phrase}`, {}, /remind/i.test(text));
  }

  // "Tomorrow I need to …", "on friday remind me to …"
  const [, when = "", request = ""] =
    /^(.{3,40}?),? ((?:i (?:need|have|want|must|should|gotta|ought)|i've got|remind me|add|don't let me).*)$/is.exec(
      text,
    ) ?? [];
  if (when !== "") {
    const lead = readDateParts(when, clock);
    if (lead !== undefined) {
      const { rest, plural, reminder } = stripAdd(request);
      return add(rest, { plural, lead }, reminder);
    }
  }

  if (addCommand.test(text)) {
    const { rest, plural, reminder, priority } = stripAdd(text);
    if (/^(?:it|that|this|them)?[.!]?$/i.test(rest.trim())) return { kind: "incomplete" };
    if (condition.test(rest)) return { kind: "unclear", text };
    // "remind me tomorrow at 5 to call mom", "add for tomorrow: call mom"
    const [, between = "", object = ""] =
      /^(?:(?:these|this(?! (?:week|month|year|morning|afternoon|evening|\w+day))|the following) )?(.{3,40}?)(?: (?:to|that|about) |: ?)(.+)$/is.exec(
        rest,
      ) ?? [];
    const lead = between === "" ? undefined : readDateParts(between, clock);
    const intent =
      lead === undefined
        ? add(rest, { plural }, reminder)
        : add(object, { plural, lead }, reminder);
    if (intent === undefined || priority === undefined) return intent;
    return { ...intent, tasks: intent.tasks.map((task) => ({ priority, ...task })) };
  }

  // "Today: gym, laundry and call grandma"
  const [, day = "", list = ""] =
    /^(?:(?:things )?to[- ]?do |(?:my )?(?:tasks?|list|plans?|jobs?) )?(?:for )?([\w /.]{3,30}?)(?:'s (?:tasks|list|plan|jobs))?(?::(?!\d\d)\s*| [-–] |\n(?=[-*•\d]))(.+)$/is.exec(
      text,
    ) ?? [];
  const lead =
    day === "" ? undefined : (readDateParts(day, clock) ?? readDateParts(`on ${day}`, clock));
  if (lead !== undefined) return add(list, { plural: true, lead });

  const { rest: undated, due } = takeDate(text, clock);
  // "I have an interview on Monday", "there's a party tomorrow".
  const [, event] = hasEvent.exec(text) ?? [];
  if (event !== undefined && due !== undefined) return addBare(event);

  // "I'll call Tom tomorrow" is an intention; without a date, it may be said in passing.
  const [, intended = ""] = willDo.exec(text) ?? [];
  if (beginsWithVerb(intended) && due !== undefined)
    return addBare(text.replace(willDo, (_, deed: string) => deed));

  // A bare "buy milk tomorrow" is a task, but a question is not.
  const bare = takePriority(takeDescription(undated).rest).rest;
  if (beginsWithVerb(bare) && !isSentence(bare) && /\s/.test(bare)) return addBare(text);
  if (/^(?:(?:this|that|it)(?: is|'s) )?(?:urgent|important|asap)[:!]/i.test(text))
    return add(text);
  // "Sarah owes me a fiver, chase her on Monday".
  const [, remark = "", deed = ""] = /^([^",]+), ([^",]+)$/.exec(text) ?? [];
  const todo = takeDate(deed, clock);
  if (isSentence(remark) && beginsWithVerb(deed) && todo.due && !takeDate(remark, clock).due)
    return {
      kind: "add",
      tasks: [{ title: todo.rest, ...todo.due, description: remark }],
      reminder: false,
      said: "bare",
    };
  // "Standup in 20 minutes": a date makes a task of a few words without a verb.
  const isDated = due !== undefined || often !== undefined;
  if (isDated && undated !== "" && isNoun(text)) return addBare(text);
  return undefined;
}

const hasEvent =
  /^(?:(?:i|we)(?:'ve(?: got)?| have(?: got)?)|there(?:'s| is)) (?:an? |the |my |our )?((?!(?:no|not|to|had|been|time|plans?|nothing|just|already|\w+ed|fun)\b|\w+ (?:of|off)\b)[^,]+)$/i;
const willDo = /\b(?:i|we)(?:'ll| will|(?:'m| am|'re| are) going to) (\w+)\b/i;

const wish =
  /^(?:.{3,40}?,? )?(?:i|we)(?:'ve)? (?:\w+ )?(?:need|have|want|ought|got|must|should)\b|^(?:(?:really|probably|also|maybe) )?(?:need|must|should|gotta)\b/i;

/** What the words before a task make of it. */
function wordingOf(text: string): Wording {
  if (/^(?:note|remember)\b/i.test(text)) return "noted";
  return wish.test(text) ? "wished" : "told";
}

function isNoun(text: string): boolean {
  return (
    text.split(/\s+/).length <= 12 && !isSentence(text) && !isForeign(text) && !isMaybeCommand(text)
  );
}

/** Strips the command, and attributes before the titles. */
function stripAdd(text: string): {
  readonly rest: string;
  readonly plural: boolean;
  readonly reminder: boolean;
  readonly priority: "high" | "medium" | "low" | undefined;
} {
  const head =
    /^(?:put me down for|make sure(?: that)? i|make sure(?= to)|(?:add|create|make(?: me)?|put(?= "[^"]*" (?:on|down)\b)|(?:put|write|stick|pop|chuck|get|throw)(?= .+\b(?:down\b|(?:on|to|in|onto|into) (?:my|the|our)\b.*\blist\b))|(?:write|put)(?: (?:down|for me))?(?=:)|put down|write down|jot down|(?:one more|another)(?: thing| task| one)?(?=[:,])|(?:memo|note) to (?:my)?self(?=[:,])|note(?: down)?(?: that)?|schedule|set(?: up)?(?: me)?|new(?: one(?=[:,]))?|remember)(?: (?:to|that|in)(?! (?:(?:my|the) )?(?:[\w-]+ )?list\b))?|(?:i )?(?:(?:don't|must not|mustn't|can't|shouldn't) (?:let me )?forget)(?: to| about)?|remind(?: me)?(?: to| about| that| of)?|(?:i )?(?:really |also |still )?(?:need|have|want|ought|got) to|i(?:'ve| have) got to|(?:i )?gotta|pencil in|pencil me in for|sign me up for|slot in|(?:(?:i|we) )?(?:really |probably |also |maybe )*(?:must|should)(?: really| probably| also)?|(?:i |we )?need(?: to)?)(?![\w'])[:,]?\s*/i;
  const noun =
    /^(?:(?:me |down |in |to (?:my|the) (?:to-?do |task )?list(?: that)?(?: to)?|(?:a|an|another|one more|some|these|this|the following|following|new|the|two|three|four|five|\d+)(?: more| new| other| quick)?) ?)*(?:((?:top|high|medium|normal|low)[- ]priority|urgent|important) )?(tasks?|todos?|to-dos?|to do|items?|reminders?|entry|entries|things?(?: from [\w' ]+(?=:))?|notes?|something|smth)(?: to my list| to the list| on my list| to (?:my|the) (?:\w+ )?list| for me| for myself)?(?:\s*[:,-]+\s*|\s+(?:to|called|named|titled|saying|that says|that i (?:need|have) to|for|about|of)(?!\w):?\s*|\s+(?=\S)|$)/i;
  // "Remember that I have to …" has two commands.
  const rest = text
    .replace(head, "")
    .replace(/^(?:that )?(?:i|we) (?:have|need|must|should|ought)(?: to)? /i, "")
    .replace(/^(?:remember to|remind me (?:to|about|that)) /i, "")
    .replace(/^(".+") (?:down|on(?! my| the))\b/, "$1");
  const match = noun.exec(rest);
  const plural = /^(?:tasks|todos|to-dos|items|reminders|entries|things)$/i.test(match?.[2] ?? "");
  const isList =
    /^(?:to (?:(?:my|the) )?(?:\w+ )?list[:,]?|(?:my|the) (?:\w+ )?list[:,]|(?:to )?(?:my)?self[:,]|(?:these|this|the following|following)(?: ones)?[:,])\s*/i.exec(
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

/** "add a task for tomorrow: …" must keep its "for", which introduces a date. */
function keepDate(rest: string, head: string): string {
  const after = rest.slice(head.length);
  return / for\s*$/i.test(head) ? `for ${after}` : after;
}
