import { sameWord, stem } from "./matching.ts";
import { isTaskVerb } from "./task-verbs.ts";

/** Verbs with which people report the same work. */
const alike: readonly (readonly string[])[] = [
  ["buy", "get", "purchase", "order", "grab", "fetch", "pick", "collect", "bring"],
  ["submit", "send", "post", "file", "hand", "mail", "email", "deliver"],
  ["call", "phone", "ring", "speak", "talk", "contact", "reach", "book"],
  ["email", "mail", "message", "text", "write", "send"],
  ["write", "make", "draft", "type", "prepare"],
  ["clean", "tidy", "wash", "wipe", "mop", "scrub", "vacuum", "hoover"],
  ["pay", "settle", "transfer", "wire"],
];
const anyWork = ["do", "finish", "complete", "sort", "handle", "manage", "wrap", "tick", "check"];
/** What people do to others, who can do it too: "the dentist called". */
const mutual = [
  "call",
  "phone",
  "ring",
  "email",
  "mail",
  "text",
  "message",
  "write",
  "visit",
  "ask",
];

/**
 * Whether a report with this verb means that the task is done: "posted the tax forms" does for
 * "submit tax forms", "spilled the milk" doesn't for "buy milk".
 */
export function isDoneBy(verb: string, title: string): boolean {
  const first = /^[\p{Letter}-]+/u.exec(title.toLowerCase())?.[0] ?? "";
  const has = (verbs: readonly string[], word: string) =>
    verbs.some((one) => sameWord(stem(one), stem(word.toLowerCase())));
  return (
    has([first, ...anyWork], verb) ||
    !isTaskVerb(first) ||
    alike.some((verbs) => has(verbs, verb) && has(verbs, first))
  );
}

/** Whether who is named may have done it, not the person who writes. */
export function isMutual(verb: string): boolean {
  return verb !== "written" && mutual.some((one) => sameWord(stem(one), stem(verb.toLowerCase())));
}

/** Whether it is the past of a verb that reports work. */
export function isReported(verb: string): boolean {
  const past = stem(verb.toLowerCase());
  return past !== verb.toLowerCase() && alike.flat().some((one) => sameWord(stem(one), past));
}
