import { months, weekdays } from "../../dates/names.ts";

/** Words that decide what a sentence means; a misspelt one would change that. */
const commands = [
  ...["remember", "remind", "create", "delete", "remove", "rename", "complete", "finish"],
  ...["reschedule", "postpone", "schedule", "change", "update", "reopen", "please", "snooze"],
  ...["finished", "completed"],
];
const dates = [...weekdays, ...months.filter(({ length }) => length > 5), "tomorrow", "tonight"];
/** Corrected wherever they are. */
const anywhere = [...dates, "priority", "deadline"];
/** Too far from the right word to be found by letters. */
const common: Readonly<Record<string, string>> = {
  ...{
    rember: "remember",
    remeber: "remember",
    rememeber: "remember",
    ad: "add",
    del: "delete",
    actualy: "actually",
    acutally: "actually",
    actaully: "actually",
    dleete: "delete",
  },
  ...{ tommorrow: "tomorrow", tommorow: "tomorrow", tomorow: "tomorrow", "2morrow": "tomorrow" },
  ...{ wensday: "wednesday", wendsday: "wednesday", wednsday: "wednesday", thrusday: "thursday" },
  ...{ tonite: "tonight", shwo: "show", lsit: "list", mvoe: "move", markt: "mark", toady: "today" },
  ...{ dont: "don't", doesnt: "doesn't", didnt: "didn't", isnt: "isn't", arent: "aren't" },
  ...{ wasnt: "wasn't", havent: "haven't", hasnt: "hasn't", cant: "can't", ive: "I've" },
  ...{
    "2nite": "tonight",
    "2day": "today",
    thats: "that's",
    payed: "paid",
    im: "I'm",
    forgte: "forget",
    todya: "today",
    tody: "today",
    wich: "which",
    whats: "what's",
  },
  ...{ waht: "what", "waht's": "what's", whta: "what", doen: "done", dnoe: "done", hihg: "high" },
};
/** Words of their own, close to one that matters. */
const itself = new Set(
  "sundae charge deplete crate charger rewind changed changes updated finished finishes deleted removed renamed removes completed reminds created creates reminded completes tonights marcher".split(
    " ",
  ),
);

/** Corrects misspelt words of dates, and misspelt commands; leaves quotes and all else alone. */
export function correctTypos(text: string): string {
  let isFirst = true;
  const plain = text
    .replace(/^((?:please |pls )?)remember (?=me (?:to|of|about)\b)/i, "$1remind ")
    .replaceAll(/(?<=\w) n (?=[a-z])/g, " and ")
    // "Set 3 2 high", "move the rent 2 friday".
    .replace(
      /(?<=^(?:please |pls )?(?:set|move|push|make|change|postpone|reschedule|put|bump) \S.*?(?<! (?:for|at|in|of|by|to|task|number|item))) 2 (?=(?:high|low|medium|top|urgent|today|tomorrow|next|\w+day)\b)/i,
      " to ",
    )
    .replaceAll(/(?<=\s)'?til(?= (?:the |next |this )*(?:\w+day|to|the|\d|week|month))/gi, "till");
  return plain.replaceAll(/"[^"]*"|[\p{Letter}\d']+|[.;,:\n]/gu, (word) => {
    if (!/^[\p{Letter}\d]/u.test(word)) {
      isFirst ||= /^[.;,:\n]/.test(word);
      return word;
    }
    const fixed = correct(word, isFirst);
    // "Please", "can you" and the like come before the command.
    isFirst &&=
      /^(?:please|pls|plz|can|could|would|you|and|then|also|i|to|me|just|ok|hey|hi)$/i.test(fixed);
    return fixed;
  });
}

function correct(word: string, isFirst: boolean): string {
  const lower = word.toLowerCase();
  const known = common[lower];
  if (known !== undefined) {
    const isClear =
      anywhere.includes(known) ||
      /^(?:today|what|what's|done|paid|high|forget)$|n't$|'(?:ve|s|m)$/.test(known);
    return isClear || isFirst ? known : word;
  }
  if (lower.length < 5 || itself.has(lower) || lower.endsWith("s") || lower.endsWith("'s"))
    return word;
  const candidates = isFirst ? [...anywhere, ...commands] : anywhere;
  if (candidates.includes(lower)) return word;
  return (
    candidates.find(
      (right) => right[0] === lower[0] && lower !== `${right}d` && isTypo(lower, right),
    ) ?? word
  );
}

/** One letter missing, doubled, or two swapped; another letter only in long words. */
function isTypo(word: string, right: string): boolean {
  if (Math.abs(word.length - right.length) > 1 || word === right) return false;
  let start = 0;
  while (start < word.length && word[start] === right[start]) start += 1;
  const [a, b] = [word.slice(start), right.slice(start)];
  return (
    a === b.slice(1) ||
    a.slice(1) === b ||
    (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2)) ||
    (right.length >= 7 && a.slice(1) === b.slice(1))
  );
}
