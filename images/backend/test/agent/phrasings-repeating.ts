import { ask, say, then, type Phrasing } from "./phrasing.ts";

/** What people say about tasks that repeat. */
export const repeating: readonly Phrasing[] = [
  say("water the plants every day", [
    ...["add", "water the plants"],
    { due: "2026-03-04", repeat: "FREQ=DAILY" },
  ] as const),
  say("add feed the cat every morning", [
    ...["add", "feed the cat"],
    { due: "2026-03-05 09:00", repeat: "FREQ=DAILY" },
  ] as const),
  say("remind me every evening to lock the door", [
    ...["add", "lock the door"],
    { due: "2026-03-04 18:00", repeat: "FREQ=DAILY" },
  ] as const),
  say("remind me to take my pills daily at 8pm", [
    ...["add", "take my pills"],
    { due: "2026-03-04 20:00", repeat: "FREQ=DAILY" },
  ] as const),
  say("add yoga every other day", [
    ...["add", "yoga"],
    { due: "2026-03-04", repeat: "FREQ=DAILY;INTERVAL=2" },
  ] as const),
  say("add change the filter every 3 months", [
    ...["add", "change the filter"],
    { due: "2026-03-04", repeat: "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=4" },
  ] as const),
  say("do the ironing every Sunday", [
    ...["add", "do the ironing"],
    { due: "2026-03-08", repeat: "FREQ=WEEKLY;BYDAY=SU" },
  ] as const),
  say("add take out the bins every second Friday", [
    ...["add", "take out the bins"],
    { due: "2026-03-06", repeat: "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR" },
  ] as const),
  say("add gym every monday, wednesday and friday at 7am", [
    ...["add", "gym"],
    { due: "2026-03-06 07:00", repeat: "FREQ=WEEKLY;BYDAY=MO,WE,FR" },
  ] as const),
  say("go swimming on tuesdays and thursdays", [
    ...["add", "go swimming"],
    { due: "2026-03-05", repeat: "FREQ=WEEKLY;BYDAY=TU,TH" },
  ] as const),
  say("add standup every weekday at 9:30", [
    ...["add", "standup"],
    { due: "2026-03-05 09:30", repeat: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" },
  ] as const),
  say("Every Monday: plan the week", [
    ...["add", "plan the week"],
    { due: "2026-03-09", repeat: "FREQ=WEEKLY;BYDAY=MO" },
  ] as const),
  say("every thursday evening I have to put out the recycling", [
    ...["add", "put out the recycling"],
    { due: "2026-03-05 18:00", repeat: "FREQ=WEEKLY;BYDAY=TH" },
  ] as const),
  say("add review the budget weekly", [
    ...["add", "review the budget"],
    { due: "2026-03-04", repeat: "FREQ=WEEKLY" },
  ] as const),
  say("add clean the gutters fortnightly starting saturday", [
    ...["add", "clean the gutters"],
    { due: "2026-03-07", repeat: "FREQ=WEEKLY;INTERVAL=2" },
  ] as const),
  say("water the ficus every second friday starting next week", [
    ...["add", "water the ficus"],
    { due: "2026-03-13", repeat: "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR" },
  ] as const),
  say("pay the piano teacher on the 15th of every month, starting in May", [
    ...["add", "pay the piano teacher"],
    { due: "2026-05-15", repeat: "FREQ=MONTHLY;BYMONTHDAY=15" },
  ] as const),
  say("add call grandma every two weeks on Sunday at 4pm", [
    ...["add", "call grandma"],
    { due: "2026-03-08 16:00", repeat: "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU" },
  ] as const),
  say("pay the credit card on the 1st of every month", [
    ...["add", "pay the credit card"],
    { due: "2026-04-01", repeat: "FREQ=MONTHLY;BYMONTHDAY=1" },
  ] as const),
  say("add back up the laptop every month on the 31st, low priority", [
    ...["add", "back up the laptop"],
    { due: "2026-03-31", priority: "low", repeat: "FREQ=MONTHLY;BYMONTHDAY=31" },
  ] as const),
  say("add send the timesheet on the last day of each month", [
    ...["add", "send the timesheet"],
    { due: "2026-03-31", repeat: "FREQ=MONTHLY;BYMONTHDAY=-1" },
  ] as const),
  say("add team lunch on the first monday of every month", [
    ...["add", "team lunch"],
    { due: "2026-04-06", repeat: "FREQ=MONTHLY;BYDAY=1MO" },
  ] as const),
  say("add book club every last thursday", [
    ...["add", "book club"],
    { due: "2026-03-26", repeat: "FREQ=MONTHLY;BYDAY=-1TH" },
  ] as const),
  say("add renew the domain every year on May 3", [
    ...["add", "renew the domain"],
    { due: "2026-05-03", repeat: "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3" },
  ] as const),
  say("add write the weekly report", ["add", "write the weekly report"]),
  say("add watch 'Every Sunday'", ["add", "watch 'Every Sunday'"]),
  ask("remind me to stretch every hour", /can't repeat tasks within a day/),
  say("repeat water the plants every week", [
    ...["update", "water the plants", { repeat: "FREQ=WEEKLY" }],
  ] as const),
  say("make the report repeat every friday", [
    ...["update", "write the report", { repeat: "FREQ=WEEKLY;BYDAY=FR" }],
  ] as const),
  say("make 4 every second Friday", [
    ...["update", "buy milk", { repeat: "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR" }],
  ] as const),
  say("pay rent repeats monthly", ["update", "pay rent", { repeat: "FREQ=MONTHLY" }]),
  say("move email Anna to every Tuesday", [
    ...["update", "email Anna", { repeat: "FREQ=WEEKLY;BYDAY=TU" }],
  ] as const),
  say("stop repeating pay rent", ["update", "pay rent", { repeat: null }]),
  say("the rent doesn't repeat anymore", ["update", "pay rent", { repeat: null }]),
  then(["what's left?", "repeat 4 every day"], "undo", [
    ...["update", "buy milk", { repeat: null, due: null }],
  ] as const),
  then(["add gym every day"], "delete it", ["delete", "gym"]),
];
