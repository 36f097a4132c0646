import type { Effect, Fair, Fields, Wish } from "./effects.ts";

export const add = (title: string | RegExp, more: Fields = {}): Effect => [
  "add",
  { title, ...more },
];
export const set = (title: string, fields: Fields): Effect => ["change", title, fields];
export const done = (title: string): Effect => set(title, { completed: true });
export const open = (title: string): Effect => set(title, { completed: false });
export const gone = (title: string): Effect => ["delete", title];
export const due = (title: string, when: string | RegExp): Effect => set(title, { due: when });

/** One fair outcome. */
export const say = (says: string, ...effects: readonly Effect[]): Wish => ({
  says,
  fair: [{ effects }],
});
/** Several fair outcomes. */
export const either = (says: string, ...fair: readonly (readonly Effect[] | Fair)[]): Wish => ({
  says,
  fair: fair.map((one) => ("effects" in one ? one : { effects: one })),
});
/** Nothing may change, and the answer says this. */
export const nothing = (says: string, reply?: RegExp): Wish => ({
  says,
  fair: [{ effects: [], ...(reply && { reply }) }],
});
export const then = (after: string | readonly string[], wish: Wish): Wish => ({
  ...wish,
  after: [after].flat(),
});

export const question = /\?|which|what do you|tell me|say /i;
export const unable = /can(?:'|’)?t|cannot|unable|not able|don['’]t|didn['’]t|only|without|sorry/i;
export const asks: Fair = { effects: [], reply: question };
export const refuses: Fair = { effects: [], reply: unable };
/** Asks back or refuses. */
export const abstains: Fair = {
  effects: [],
  reply: new RegExp(`${question.source}|${unable.source}`, "i"),
};

export const tax = "submit tax forms";
export const rent = "pay rent";
export const dentist = "call the dentist";
export const milk = "buy milk";
export const anna = "email Anna";
export const bob = "email Bob about the budget";
export const report = "write the report";
export const plants = "water the plants";
export const kitchen = "clean the kitchen";
export const invoice = "send invoice";
export const openTasks = [tax, rent, dentist, milk, anna, bob, report, plants];
export const except = (...titles: readonly string[]) =>
  openTasks.filter((title) => !titles.includes(title));
export const weekend = /^2026-03-0[78]/;

/** Repetition rules; the day that a rule has by itself may be named. */
export const weekly = (day: string) => new RegExp(`^FREQ=WEEKLY(;INTERVAL=1)?(;BYDAY=${day})?$`);
export const monthly = (day: number) =>
  new RegExp(`^FREQ=MONTHLY(;INTERVAL=1)?(;BYMONTHDAY=${day})?$`);
export const daily = /^FREQ=DAILY(;INTERVAL=1)?$/;
export const weekdays = /^FREQ=(WEEKLY|DAILY)(;INTERVAL=1)?;BYDAY=MO,TU,WE,TH,FR$/;

export const nextWeek = /^2026-03-(09|1[0-5])/;
export const tonight = /^2026-03-04( (18|19|20|21):00)?$/;
/** A date that was taken off. */
export const noDate = /^(null)?$/;
