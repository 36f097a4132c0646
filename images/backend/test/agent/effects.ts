import type { Task } from "../../src/tasks/schemas.ts";
import { reactionTo, type Reaction } from "./phrasing-check.ts";
import { timeZone } from "./phrasing.ts";

/** Text that a field must have, in any case; with `*` at its end, its beginning. */
type Text = string | RegExp;

/** Fields of a task; `due` is `YYYY-MM-DD` or `YYYY-MM-DD HH:MM` in Berlin, or "". */
export interface Fields {
  readonly title?: Text;
  readonly description?: Text;
  readonly completed?: boolean;
  readonly priority?: Text;
  readonly due?: Text;
  readonly repeat?: Text;
}

/** What a message does to the list. */
export type Effect =
  readonly ["add", Fields] | readonly ["change", string, Fields] | readonly ["delete", string];

/** Effects that a reasonable user accepts, and what the answer must say with them. */
export interface Fair {
  readonly effects: readonly Effect[];
  readonly reply?: RegExp;
}

/** A message, and every outcome that is fair. */
export interface Wish {
  readonly says: string;
  readonly after?: readonly string[];
  readonly isDayFirst?: boolean;
  readonly fair: readonly Fair[];
}

/** What a message led to. */
export interface Seen extends Pick<Reaction, "before" | "after"> {
  /** The reply, and the titles of the tasks listed with it. */
  readonly reply: string;
}

/** Says a message to a fresh list. */
export async function see({ says, after = [], isDayFirst }: Wish): Promise<Seen> {
  const { answer, ...tasks } = await reactionTo([...after, says], { isDayFirst });
  const listed = answer.toolCalls.flatMap(({ result }) =>
    "tasks" in result ? result.tasks.map(({ title }) => title) : [],
  );
  return { ...tasks, reply: [answer.reply, ...listed].join("\n") };
}

/** Whether an outcome is one of the fair ones. */
export function isFair({ before, after, reply }: Seen, { fair }: Wish): boolean {
  return fair.some(
    (one) => isEffect(before, after, one.effects) && (one.reply?.test(reply) ?? true),
  );
}

/** The changes, for people. */
export function describeChanges({ before, after }: Seen): string {
  const added = after.filter(({ id }) => !before.some((task) => task.id === id));
  const gone = before.filter(({ id }) => !after.some((task) => task.id === id));
  const changed = after.flatMap((task) => {
    const was = before.find(({ id }) => id === task.id);
    if (!was) return [];
    const [from, to] = [fieldsOf(was), fieldsOf(task)];
    const keys = (Object.keys(to) as (keyof typeof to)[]).filter((key) => from[key] !== to[key]);
    return keys.map((key) => `~ ${was.title}: ${key} ${String(from[key])} -> ${String(to[key])}`);
  });
  const show = (task: Task) =>
    Object.entries(fieldsOf(task))
      .filter(
        ([key, value]) => value !== "" && value !== false && `${key}${value}` !== "prioritymedium",
      )
      .map(([key, value]) => `${key}=${value}`)
      .join(" ");
  return [...added.map((t) => `+ ${show(t)}`), ...gone.map((t) => `- ${t.title}`), ...changed].join(
    "; ",
  );
}

function isEffect(
  before: readonly Task[],
  after: readonly Task[],
  effects: readonly Effect[],
): boolean {
  const rest = [...after];
  const take = (wanted: Fields, id?: string): boolean => {
    const index = rest.findIndex(
      (task) => (id === undefined || task.id === id) && matches(fieldsOf(task), wanted),
    );
    if (index >= 0) rest.splice(index, 1);
    return index >= 0;
  };
  const kept = before.every((task) => {
    const mine = effects.filter(([kind, title]) => kind !== "add" && title === task.title);
    if (mine.some(([kind]) => kind === "delete")) return !after.some(({ id }) => id === task.id);
    const changes = mine.map((effect) => (effect[0] === "change" ? effect[2] : {}));
    return take(Object.assign(fieldsOf(task), ...changes) as Fields, task.id);
  });
  const isNew = (task: Task) => !before.some(({ id }) => id === task.id);
  return (
    kept &&
    rest.every(isNew) &&
    effects.every(([kind, fields]) => kind !== "add" || take({ ...plain, ...fields })) &&
    rest.length === 0
  );
}

const plain = { description: "", completed: false, priority: "medium", due: "", repeat: "" };

function fieldsOf(task: Task) {
  const { title, description, completed, priority, dueOn, dueAt, repeat } = task;
  const wall = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
  });
  const due = dueOn ?? (dueAt === null ? "" : wall.format(new Date(dueAt)));
  return { title, description, completed, priority, due, repeat: repeat ?? "" };
}

function matches(has: ReturnType<typeof fieldsOf>, wanted: Fields): boolean {
  return Object.entries(wanted).every(([key, want]) => {
    const value = has[key as keyof typeof has];
    if (typeof want === "boolean" || typeof value === "boolean") return value === want;
    if (want instanceof RegExp) return want.test(value);
    if (want.endsWith("*")) return value.startsWith(want.slice(0, -1));
    return value.toLowerCase() === want.toLowerCase();
  });
}
