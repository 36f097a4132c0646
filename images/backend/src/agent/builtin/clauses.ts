const politeness =
  /^(?:(?:please(?: to(?= [a-z]))?|pls|plz|hmm|hey|hi|hello|yo|ugh|ok|okay|alright|so|well|and|then|also|now|oh|actually|yes|great|cool|thanks|thank you|sorry|(?:i was wrong|my mistake|my bad)(?=[,.:])|first(?=[,:]| (?:add|delete|remove|mark|move|push|show|list|tick|rename|set|make|complete)\b)|next(?=[,:])|just(?! (?:\w+ed|bought|paid|sent|wrote|made|took|got|went|did|done)\b)|finally)(?:[,!.:]+|(?= ))\s*(?:there[,!.]?\s+)?|(?:(?:apologies|sorry|excuse me|pardon)[^,"]{0,40}, but|it(?:'d| would) be (?:nice|great|good|lovely|cool|awesome|helpful) if you (?:could|would)|i(?:'d| would) (?:be grateful|appreciate it|love it|be happy) if you (?:could|would)|i was wondering if you (?:could|would)|do me a favou?r and|be so kind (?:as )?to|kindly) |(?:can|could|would|will) (?:you|u|ya) (?:please |kindly |also |just |possibly,? |maybe )*|(?:i(?:'d| would) like (?:you )?to|i(?:'d| would) like (?:that )?you(?= \w)|i want (?:you )?to|i wanna|let's|let us|you (?:must|should|need to|have to)(?= remind\b)|let me|you can|go ahead and|help me(?: to)?|i'd love to|is it possible to|can we|could we|can i|could i|may i)\s+(?:please )?)/i;

/** Starts of commands that can hardly be tasks, so they end the previous command. */
const strongCommand =
  "(?:please |also |then |can you |could you )*(?:new (?:one|task)(?=[:,])|an? reminder (?:to|for|about)|add|create|remind me|delete|remove|mark|show|list|rename|reschedule|reopen|uncheck|undo|set (?:the )?(?:priority|due)|what(?:'s| is| do| are| else)|how many|i(?:'ve| have)? (?:already )?(?:finished|completed)|(?:i )?(?:also |still )?(?:(?:need|have) to|gotta|hafta)|i'm done|tell me what|(?:tick|check|cross|strike) (?:off|\\S+ \\S+ off\\b)|untick|bring back|(?:move|push|postpone|snooze|complete|finish|change|make|bump|bin|drop) (?:#?\\d+|it|that|(?:the )?(?:task|number) \\S+|the \\S+ (?:one|task))(?!\\w)|(?:move|push|postpone|snooze) (?:\\S+ ){1,4}?(?:to|until|till) (?:today|tomorrow|next|\\w+day))";
/** Starts of commands, some of which can be tasks too ("finish homework", "move the sofa"). */
const anyCommand = `(?:${strongCommand}|complete|finish|check off|tick off|cross off|close|change|update|edit|move|postpone|push|delay|make|prioriti[sz]e|snooze|clear|drop|trash|erase|get rid of|put|bin|take|tick|check|cross|i (?:just |already )?(?:did|called|bought|paid|sent|emailed|cleaned|booked|ordered|wrote|made|fixed|washed|submitted)|display|view|find|search)`;

/** "If it rains, …": what follows is not for now. */
export const condition =
  /^(?:if|unless|whenever|when(?!'s| (?:is|are|was|were|am|do|does|did|should|must|will|can|have|has)\b)|once(?! (?:an?|per|every|in)\b)|as soon as(?! possible)|in case|provided|assuming)\b/i;

/** Splits a message into commands. */
export function clauses(text: string): readonly string[] {
  const quoted: string[] = [];
  // Mask quoted text, because it may contain anything.
  const masked = text
    .replaceAll(/"[^"]*"/g, (quote) => `"${quoted.push(quote) - 1}"`)
    .replace(/(^|[,.!?]) ?if (?:possible|you (?:don't mind|can|could|like|please)),/gi, "$1")
    // "The rent is actually due on Friday".
    .replaceAll(/(?<=\w(?: (?:is|are)|'s) )actually (?!not\b|\w+ed\b)/gi, "")
    // "Push A to Friday and B to Monday": the second verb is left out.
    .replace(elided, "$1 $2 $3 $4; $1 $5 $3 ")
    .replace(
      /(?<=, )(?:it )?(?:must|has to|needs to|should) (?:be (?:done|finished|ready|sent|paid)|go out) (?=(?:by|until|before|on|today|tomorrow|tonight|next|this)\b)/i,
      "",
    )
    // "Pay the bill. Due Friday. High priority."
    .replaceAll(afterTask, ", ")
    // What is below a heading stays together.
    .replace(/^[\w' /]{3,30}: (?!.*; [\w' /]{3,30}: ).*;.*$/s, (list) =>
      list.replaceAll(/;\s+/g, ", "),
    );
  const parts: string[] = [];
  for (const sentence of masked.split(sentenceEnd)) {
    if (condition.test(sentence)) {
      parts.push(sentence);
      continue;
    }
    const command = isAdd(sentence) ? strongCommand : anyCommand;
    const joint = new RegExp(
      `(?:\\n|\\s*,\\s*(?:and |then |also |but )*|\\s+(?:and|then|but|&)\\s+(?:then |also |please )*)(?=${command}\\b)`,
      "i",
    );
    for (const part of sentence.split(joint)) parts.push(...reports(part));
  }
  return joinAsides(parts)
    .map((part) => part.replaceAll(/"(\d+)"/g, (_, index) => quoted[Number(index)] ?? "").trim())
    .filter((part) => /[\p{Letter}\p{Number}?]/u.test(part));
}

/** "Oops, undo" is one command. */
function joinAsides(parts: readonly string[]): readonly string[] {
  const aside =
    /^(?:(?:oh|ah|no|ok|wait|sorry),? )*(?:oops|whoops|wait|sorry|oh|ah|hang on|hold on|actually|(?:can|could|would|will) you(?: possibly| please| maybe| kindly)*)\W*$/i;
  const joined: string[] = [];
  for (const part of parts) {
    const last = joined.at(-1) ?? "";
    if (aside.test(last)) joined[joined.length - 1] = `${last}, ${part}`;
    else joined.push(part);
  }
  return joined;
}

const afterTask =
  /[.!] +(?:it's |it is )?(?=(?:due\b|deadline\b|(?:top|high|medium|low)[- ]prio(?:rity)?\b|priority\b|urgent\b)[^.!?]{0,30}(?:[.!]|$))/gi;

const elided = new RegExp(
  "^((?:please |can you |could you )?(?:move|push|postpone|reschedule|shift|snooze|mark|set)) " +
    "((?:(?! to | until | as ).)+) (to|until|as) ((?:(?! and |,).)+)(?:,? and |, )" +
    `(?!${anyCommand}\\b)((?:(?! to | until | as ).){2,40}) \\3 `,
  "i",
);

const past =
  "(?!need|wanted|hundred)(?:\\w{2,}ed|bought|paid|sent|wrote|written|made|took|taken|got|met|found|brought|fed|done)";
const iDid = new RegExp(
  `^(?:(?:i|we)(?:'ve| have)?(?: just| already| finally)?|just|already|finally) ${past} (?!to\\b)`,
  "i",
);
const didToo = new RegExp(`\\s*,\\s*(?:and )?(?=${past} )|\\s+and (?=(?:also )?${past} )`, "i");
const isDone = new RegExp(
  `^(?!i |we |add )(?:[\\w'#]+ ){1,4}${past}(?: too| as well| already)?[.!]?$|^(?:i |we )?${past} (?:(?:the|my|our)\\b|[\\w']+$)`,
  "i",
);

/** Several reports in one sentence: "I paid the rent and called Tom", "plants watered, milk bought". */
function reports(sentence: string): readonly string[] {
  if (iDid.test(sentence)) {
    const [first = "", ...others] = sentence.split(didToo);
    return [first, ...others.map((other) => `I ${other}`)];
  }
  const parts = sentence.split(/\s*,\s*(?:and )?|\s+(?:and|&)\s+/i);
  if (parts.length < 2 || !parts.every((part) => isDone.test(part))) return [sentence];
  // "Rent's paid and dentist called": the second "is" is left out.
  const isElided = /(?:'s| is| are) \w+$/i.test(parts[0] ?? "");
  return isElided ? parts.map((part) => part.replace(/^([\w']+) (\w+)$/, isOf)) : parts;
}

function isOf(whole: string, what: string, participle: string): string {
  return what.endsWith("'s") ? whole : `${what} is ${participle}`;
}

/** A full stop after "Dr" or an initial doesn't end a sentence. */
const sentenceEnd =
  /(?<=(?:[^\s.]{3}|\d|[ap]m|\bit|\bme)[.!?])(?<!\b(?:urgent|important|asap)!+)(?<!\d\.\d{1,2}\.)(?<!\b(?:mrs|prof|inc|etc|approx|dept|tel|no|ref|ext|str|vol|fig)\.)\s+(?=\S)(?![^(]*\))|;\s+/i;

export const addCommand =
  /^(?:add|create|new(?=[:,]| (?:(?:urgent|important|\w+[- ]priority) )?(?:tasks?|todo|to-do|reminder|item|entry|note|one)\b)|make (?:me )?(?:an? )?(?:new )?(?:high[- ]priority |low[- ]priority |urgent |important )?(?:task|todo|to-do|reminder|note|item|entry)|put(?= "[^"]*" (?:on|down)\b)|(?:put|write|stick|pop|chuck|get|throw)(?!.* back (?:on|in|to)\b)(?= .+\b(?:down\b|(?:on|to|in|onto|into) (?:my|the|our)\b.*\blist\b))|put down|write down|jot down|(?:write|put)(?: (?:down|for me))?(?=:)|note(?: down| for me)?|make sure (?:that )?(?:i|to)|remember|remind(?= (?:me|us|to|about|that|of|on|at|in|every|again|next|later|today|tonight|tomorrow|\w+day)\b)|(?:one more|another)(?: thing| task| one)?(?=[:,])|(?:memo|note) to (?:my)?self(?=[:,])|schedule|(?:set (?:up )?(?:me )?)?an? (?:new )?reminder(?= (?:to|for|about)\b)|set (?:up )?(?:me )?an? (?:new )?(?:reminder|task)|don't let me forget|(?:i )?(?:must not|mustn't|don't|can't|shouldn't) forget|(?:i )?(?:really |also |still )?(?:need|have|want|ought|gotta|got) to|i(?:'ve| have) got to|(?:i )?gotta|pencil in|pencil me in for|put me down for|sign me up for|slot in|(?:(?:i|we) )?(?:really |probably |also |maybe )*(?:must|should)(?! (?:i|we|you|it)\b)|(?:i |we )?need|(?:todo|to-do|to do|tasks?|reminder)(?! (?:number )?#?\d))(?!\w)/i;

const startsStrongly = new RegExp(`^${strongCommand}\\b`, "i");
const startsLikeAny = new RegExp(`^${anyCommand}\\b`, "i");

/** Whether a phrase starts like a command that can hardly be a task. */
export const beginsWithCommand = (text: string): boolean => startsStrongly.test(text);

/** Whether a phrase starts like a command, even one that can be a task too. */
export const isMaybeCommand = (text: string): boolean => startsLikeAny.test(text);

function isAdd(sentence: string): boolean {
  return addCommand.test(stripPoliteness(sentence));
}

const politeEnd =
  /,? (?:please|pls|plz|actually|(?:many )?(?:thanks|thank you|thx|cheers|ta)(?: (?:so much|very much|a lot|a million|in advance|dear|mate|buddy|bot|love))*)[.!]*$/i;

export function stripPoliteness(text: string): string {
  let rest = text.trim();
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest.replace(politeness, "").replace(politeEnd, "");
  }
  return rest;
}
