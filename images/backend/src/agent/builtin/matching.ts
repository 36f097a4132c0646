import type { Task } from "../../tasks/schemas.ts";

/** Words that don't help to identify a task. */
const fillers = new Set(
  (
    "a an the teh my our your this that these those to of for about on in with and or at from by it is " +
    "be her his their him them me us both all one ones task tasks todo todos item items thing things entry reminder called named titled saying"
  ).split(" "),
);

/** Kinds of matches, best first. */
export type Match = "title" | "words" | "similar";

/**
 * Finds the tasks that a phrase can mean: those with exactly this title, else those whose title or
 * description has all its words, else those with some of its words or misspelt ones.
 */
export function matchTasks(
  phrase: string,
  tasks: readonly Task[],
): { readonly tasks: readonly Task[]; readonly by: Match } {
  const wanted = tokens(phrase);
  const plain = wanted.join(" ");
  const exact = tasks.filter(({ title }) => tokens(title).join(" ") === plain && plain !== "");
  if (exact.length > 0) return { tasks: exact, by: "title" };
  if (wanted.length === 0) return { tasks: [], by: "words" };

  const having = (texts: (task: Task) => string, same: (a: string, b: string) => boolean) =>
    tasks.filter((task) => {
      const there = tokens(texts(task));
      return wanted.every((word) => there.some((other) => same(word, other)));
    });
  const inTitle = having(({ title }) => title, sameWord);
  if (inTitle.length > 0) return { tasks: inTitle, by: "words" };
  const misspelt = having(({ title }) => title, almostSameWord);
  if (misspelt.length > 0) return { tasks: misspelt, by: "words" };
  const inDescription = having(({ title, description }) => `${title} ${description}`, sameWord);
  if (inDescription.length > 0) return { tasks: inDescription, by: "words" };

  const overlap = tasks.filter(({ title }) => {
    const there = tokens(title);
    const shared = wanted.filter((word) => there.some((other) => almostSameWord(word, other)));
    return shared.length * 2 >= Math.min(wanted.length, there.length) && shared.length > 0;
  });
  return { tasks: overlap, by: "similar" };
}

/** Whether a phrase gives all the telling words of a title, and no others. */
export function isSameTitle(phrase: string, title: string): boolean {
  return tokens(phrase).join(" ") === tokens(title).join(" ");
}

/** Whether two texts share a telling word. */
export function sharesWord(a: string, b: string): boolean {
  return tokens(a).some((word) => tokens(b).some((other) => sameWord(word, other)));
}

/** Whether a text says nothing that the title of a task doesn't. */
export function isPartOf(text: string, task: Task): boolean {
  const there = tokens(task.title);
  const words = tokens(text);
  return (
    words.length > 0 &&
    !/\p{Extended_Pictographic}/u.test(text) &&
    words.every((word) => there.some((other) => sameWord(word, other)))
  );
}

/** Lower-case words without endings, fillers and punctuation. */
function tokens(text: string): readonly string[] {
  const words = text
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll(/['’]s\b|['’]/g, "")
    .split(/[^\p{Letter}\p{Number}]+/u)
    .filter((word) => word !== "");
  const telling = words.filter((word) => !fillers.has(word));
  return (telling.length > 0 ? telling : words).map(stem);
}

/** Removes inflections, so that "groceries", "called" and "calling" match their base form. */
export function stem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && /[^su]s$/.test(word)) return word.slice(0, -1);
  if (word.length > 5 && word.endsWith("ing")) return undouble(word.slice(0, -3));
  if (word.length > 4 && word.endsWith("ied")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && word.endsWith("ed")) return undouble(word.slice(0, -2));
  return word;
}

function undouble(word: string): string {
  return /([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
}

/** Irregular past tenses of verbs in reports. */
const irregular = new Map(
  Object.entries({
    bought: "buy",
    paid: "pay",
    sent: "send",
    wrote: "write",
    written: "write",
    made: "make",
    took: "take",
    taken: "take",
    got: "get",
    did: "do",
    done: "do",
    went: "go",
    gone: "go",
    met: "meet",
    read: "read",
    told: "tell",
    spoke: "speak",
    found: "find",
    brought: "bring",
    fed: "feed",
    swept: "sweep",
    ran: "run",
    gave: "give",
    built: "build",
    sold: "sell",
    chose: "choose",
    drove: "drive",
    hung: "hang",
    put: "put",
    set: "set",
    kids: "kid",
    rang: "ring",
    mail: "email",
    mails: "email",
  }),
);

/** Equal up to a silent e that the stem lost: "write" and "writ" of "writing". */
export function sameWord(a: string, b: string): boolean {
  return a === b || `${a}e` === b || `${b}e` === a;
}

/** Equal up to one typo in a word of at least five letters. */
function almostSameWord(a: string, b: string): boolean {
  if (sameWord(a, b)) return true;
  return Math.min(a.length, b.length) >= 5 && isOneEditAway(a, b);
}

/** Whether a word of some length is another one but for one letter. */
export function isMisspelt(word: string, right: string): boolean {
  return word.length > 2 && isOneEditAway(word.toLowerCase(), right.toLowerCase());
}

function isOneEditAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    restA.slice(1) === restB.slice(1) ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB ||
    // Two adjacent letters swapped.
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
