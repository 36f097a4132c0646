const politeness =
  /^(?:(?:please|pls|plz|hey|hi|hello|ok|okay|alright|so|well|and|then|also|now|oh|actually|yes|great|cool|thanks|thank you|sorry|first(?=[,:])|just(?! (?:\w+ed|bought|paid|sent|wrote|made|took|got|went|did|done)\b)|next|finally)(?:[,!.:]+|(?= ))\s*(?:there[,!.]?\s+)?|(?:can|could|would|will) (?:you|u|ya) (?:please |kindly |also |just )*|(?:i(?:'d| would) like (?:you )?to|i want (?:you )?to|i wanna|let's|let us|let me|you can|go ahead and|help me(?: to)?|i'd love to|is it possible to|can we|could we|can i|could i|may i)\s+(?:please )?)/i;

/** Starts of commands that can hardly be tasks, so they end the previous command. */
const strongCommand =
  "(?:please |also |then |can you |could you )*(?:add|create|remind me|delete|remove|mark|show|list|rename|reschedule|reopen|uncheck|undo|set (?:the )?(?:priority|due)|what(?:'s| is| do| are| else)|how many|i(?:'ve| have)? (?:already )?(?:finished|completed)|(?:i )?(?:also |still )?(?:need|have) to|i'm done|tell me what)";
/** Starts of commands, some of which can be tasks too ("finish homework", "move the sofa"). */
const anyCommand = `(?:${strongCommand}|complete|finish|check off|tick off|cross off|close|change|update|edit|move|postpone|push|delay|make|prioriti[sz]e|snooze|clear|drop|trash|erase|get rid of|put|i did|display|view|find|search)`;

/** Splits a message into commands. */
export function clauses(text: string): readonly string[] {
  const quoted: string[] = [];
  // Mask quoted text, because it may contain anything.
  const masked = text.replaceAll(/"[^"]*"/g, (quote) => `"${quoted.push(quote) - 1}"`);
  const parts: string[] = [];
  for (const sentence of masked.split(sentenceEnd)) {
    const command = isAdd(sentence) ? strongCommand : anyCommand;
    const joint = new RegExp(
      `(?:\\n|\\s*,\\s*(?:and |then |also |but )*|\\s+(?:and|then|but)\\s+(?:then |also |please )*)(?=${command}\\b)`,
      "i",
    );
    parts.push(...sentence.split(joint));
  }
  return parts
    .map((part) => part.replaceAll(/"(\d+)"/g, (_, index) => quoted[Number(index)] ?? "").trim())
    .filter((part) => /[\p{Letter}\p{Number}?]/u.test(part));
}

/** A full stop after "Dr" or an initial doesn't end a sentence. */
const sentenceEnd =
  /(?<=(?:[^\s.]{3}|\d|[ap]m|\bit|\bme)[.!?])(?<!\b(?:mrs|prof|inc|etc|approx|dept|tel|no)\.)\s+(?=\S)|;\s+/i;

export const addCommand =
  /^(?:add|create|new|make (?:me )?(?:an? )?(?:new )?(?:high[- ]priority |low[- ]priority |urgent |important )?(?:task|todo|to-do|reminder|note|item|entry)|put(?! .*\b(?:off|back)\b)|write down|jot down|note(?: down)?|remember|remind|(?:one more|another)(?: thing| task| one)?[:,]|schedule|set (?:up )?(?:me )?an? (?:new )?(?:reminder|task)|don't let me forget|(?:i )?(?:must not|mustn't|don't|can't|shouldn't) forget|(?:i )?(?:really |also |still )?(?:need|have|want|ought|gotta|got) to|i(?:'ve| have) got to|i gotta|(?:i|we) (?:really )?(?:must|should)|i need|we need to|(?:todo|to-do|to do|tasks?|reminder)(?! (?:number )?#?\d))(?!\w)/i;

function isAdd(sentence: string): boolean {
  return addCommand.test(stripPoliteness(sentence));
}

export function stripPoliteness(text: string): string {
  let rest = text.trim();
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest.replace(politeness, "");
  }
  return rest;
}
