import type { Task } from "../../tasks/schemas.ts";

/** A phrase with the task attributes extracted. */
interface Attributes {
  readonly rest: string;
  readonly priority?: Task["priority"] | undefined;
  readonly description?: string;
}

/** Extracts "with note …", "description: …" from the end. */
export function takeDescription(text: string): Attributes {
  const match =
    /[,;.(-]?\s*\b(?:with (?:the |a )?|and )?(?:description|notes?|details?|comment)(?::| that says| saying| of)?\s+["“']?(.+?)["”']?\)?$/is.exec(
      text,
    );
  const [phrase, description] = match ?? [];
  if (phrase === undefined || description === undefined || match?.index === 0)
    return { rest: text };
  // "take notes in class" is a title; a note needs "with" or a colon.
  if (!/\bwith\b|:/.test(phrase.slice(0, phrase.length - description.length)))
    return { rest: text };
  return { rest: text.slice(0, match?.index).trim(), description: description.trim() };
}

const levels: Readonly<Record<string, Task["priority"]>> = {
  ...{ top: "high", highest: "high", high: "high", urgent: "high", important: "high", "1": "high" },
  ...{ medium: "medium", normal: "medium", "2": "medium" },
  ...{ low: "low", lowest: "low", "3": "low" },
};

const priorityPhrases: readonly (readonly [RegExp, Task["priority"] | undefined])[] = [
  [/^my (?:number one|top|first|main|highest|#1) priority(?: is|:) ?(?:to )?/i, "high"],
  [
    /[,;(-]?\s*\b(?:with |w\/ ?|at |as |of |it's |it is |make it |and )*(?:a |an )?(top|highest|high|medium|normal|low|lowest)[- ]?(?:prio(?:rity)?)\b\)?:?/i,
    undefined,
  ],
  [
    /[,;(-]?\s*\b(?:with |w\/ ?|and )?prio(?:rity)?(?: is| to|:|=| of)? ?(high|medium|normal|low|top)\b\)?/i,
    undefined,
  ],
  [/(?:^|\s)!(high|medium|low)\b/i, undefined],
  [/,\s*(high|medium|low)(?=[.!]?$)/i, undefined],
  [/\s[([](high|medium|low|urgent|important)[)\]]/i, undefined],
  [/(?:^|[\s(])p([123])\b\)?/i, undefined],
  [
    /[,;(-]?\s*\b(?:no rush|not urgent|not important|whenever(?: i can| possible)?|someday)\b\)?/i,
    "low",
  ],
  [
    /^(?:(?:this|that|it)(?: is|'s) |an? )?(?:very |really |super )?(?:urgent|important|critical)(?:\s*[:!,-]+|(?=\s+(?:task|item|todo)\b))\s*/i,
    "high",
  ],
  [
    /[,;(-]?\s*\b(?:and )?(?:it'?s |it is |this is |that'?s )?(?:very |really |super )?(?:urgent(?:ly)?|asap|as soon as possible|important|critical|right away)\)?(?=\s*(?:$|[.!]|,? ?due\b|by\b|before\b|today|tomorrow))/i,
    "high",
  ],
  [/^asap\b[\s!:,-]*/i, "high"],
  [/\s*!{2,}$/, "high"],
];

/** Extracts "high priority", "urgent", "asap", "p1", "no rush" and the like. */
export function takePriority(text: string): Attributes {
  for (const [pattern, fixed] of priorityPhrases) {
    const match = pattern.exec(text);
    if (!match) continue;
    const priority = fixed ?? levels[(match[1] ?? "").toLowerCase()];
    if (priority === undefined) continue;
    const rest = `${text.slice(0, match.index)} ${text.slice(match.index + match[0].length)}`;
    return { rest: rest.replaceAll(/\s+/g, " ").trim(), priority };
  }
  return { rest: text };
}
