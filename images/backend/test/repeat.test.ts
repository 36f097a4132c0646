import assert from "node:assert/strict";

import { dayOfIso, isoDay } from "../src/dates/due.ts";
import {
  anchored,
  describeRepeat,
  firstDay,
  nextDay,
  parseRepeat,
  repeatText,
  rruleOf,
} from "../src/dates/repeat.ts";
import { calendarOf } from "../src/calendar/todos.ts";
import type { Task } from "../src/tasks/schemas.ts";
import { TestBackend, type Person } from "./support/backend.ts";

const rule = (text: string) => parseRepeat(text) ?? assert.fail(text);

describe("the rule of a task that repeats", () => {
  for (const [text, first, days, words] of [
    ["FREQ=DAILY", "2026-03-04", "2026-03-05 2026-03-06", "every day"],
    ["FREQ=DAILY;INTERVAL=3", "2026-03-04", "2026-03-07 2026-03-10", "every 3 days"],
    ["FREQ=WEEKLY", "2026-03-04", "2026-03-11 2026-03-18", "every week"],
    ["FREQ=WEEKLY;BYDAY=MO,TH", "2026-03-05", "2026-03-09 2026-03-12", "every Monday and Thursday"],
    [
      ...["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-03-06", "2026-03-09 2026-03-10"],
      "every weekday",
    ],
    [
      ...["FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2026-03-06", "2026-03-20 2026-04-03"],
      "every 2 weeks on Friday",
    ],
    ["FREQ=MONTHLY;BYMONTHDAY=1", "2026-04-01", "2026-05-01 2026-06-01", "every month on the 1st"],
    [
      "FREQ=MONTHLY;BYMONTHDAY=31",
      "2027-01-31",
      "2027-02-28 2027-03-31",
      "every month on the 31st",
    ],
    [
      ...["FREQ=MONTHLY;BYMONTHDAY=-1", "2028-01-31", "2028-02-29 2028-03-31"],
      "every month on the last day",
    ],
    [
      ...["FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=15", "2026-12-15", "2027-02-15 2027-04-15"],
      "every 2 months on the 15th",
    ],
    [
      ...["FREQ=MONTHLY;BYDAY=1MO", "2026-04-06", "2026-05-04 2026-06-01"],
      "every month on the 1st Monday",
    ],
    [
      ...["FREQ=MONTHLY;BYDAY=-1FR", "2026-03-27", "2026-04-24 2026-05-29"],
      "every month on the last Friday",
    ],
    [
      ...["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29", "2029-02-28 2030-02-28"],
      "every year on 29 February",
    ],
  ] as const) {
    it(`${text} is ${words}`, () => {
      assert.equal(repeatText(rule(text)), text);
      assert.equal(describeRepeat(rule(text)), words);
      const start = dayOfIso(first);
      assert.equal(isoDay(firstDay(rule(text), start)), first);
      const second = nextDay(rule(text), start, start);
      assert.equal(`${isoDay(second)} ${isoDay(nextDay(rule(text), second, second))}`, days);
      assert.deepEqual(anchored(rule(text), start), rule(text));
    });
  }

  it("skips what was missed, and keeps to its interval", () => {
    const [last, today] = [dayOfIso("2026-03-06"), dayOfIso("2026-03-25")];
    const next = (text: string) => isoDay(nextDay(rule(text), last, today));
    assert.equal(next("FREQ=DAILY"), "2026-03-25");
    assert.equal(next("FREQ=DAILY;INTERVAL=2"), "2026-03-26");
    assert.equal(next("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"), "2026-04-03");
    assert.equal(next("FREQ=MONTHLY;BYMONTHDAY=6"), "2026-04-06");
  });

  for (const text of [
    ...["", "FREQ=HOURLY", "FREQ=DAILY;COUNT=3", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYDAY=MO"],
    ...["FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYMONTHDAY=32"],
    ...["FREQ=MONTHLY;BYDAY=MO", "FREQ=YEARLY;BYMONTH=2", "FREQ=DAILY;FREQ=DAILY", "every day"],
  ]) {
    it(`is not "${text}"`, () => {
      assert.equal(parseRepeat(text), undefined);
    });
  }

  it("is one that calendars read as the last day of a shorter month", () => {
    assert.equal(rruleOf(rule("FREQ=MONTHLY;BYMONTHDAY=28")), "FREQ=MONTHLY;BYMONTHDAY=28");
    assert.equal(
      rruleOf(rule("FREQ=MONTHLY;BYMONTHDAY=30")),
      "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
    );
  });
});

describe("tasks that repeat", () => {
  let backend: TestBackend;
  let ann: Person;
  before(async () => {
    backend = await TestBackend.start();
  });
  beforeEach(async () => {
    ann = await backend.register();
  });
  after(() => backend.stop());

  const headers = { "x-timezone": "America/New_York" };
  const patch = async (id: string, body: object, more: object = {}) =>
    backend.send("PATCH", `/api/tasks/${id}`, { as: ann, body, headers: { ...headers, ...more } });
  const pending = () => backend.tasks(ann, "?status=pending");

  it("make the next one when they are completed, in their own time zone", async () => {
    // Clocks change on 8 March 2099 in New York.
    const body = { title: "report", dueAt: "2099-03-06T14:00:00Z", repeat: "FREQ=WEEKLY" };
    const added = (await backend.send("POST", "/api/tasks", { as: ann, body, headers })).body;
    assert.equal(added.repeat, "FREQ=WEEKLY");
    const done = await patch(added.id, { completed: true }, { "x-timezone": "Asia/Tokyo" });
    assert.deepEqual([done.status, done.body.completed], [200, true]);
    const [next, ...others] = await pending();
    assert.deepEqual(others, []);
    assert.notEqual(next?.id, added.id);
    assert.equal(next?.dueAt, "2099-03-13T13:00:00.000Z");
    assert.deepEqual([next.title, next.repeat, next.version], ["report", "FREQ=WEEKLY", 1]);
    assert.equal((await patch(added.id, { completed: true })).status, 200);
    assert.equal((await pending()).length, 1);
  });

  it("take the next one back when they are reopened, unless that has been changed", async () => {
    const { id } = await backend.addTask(ann, "plants", {
      dueOn: "2099-01-31",
      repeat: "FREQ=MONTHLY",
    });
    await patch(id, { completed: true });
    assert.equal((await pending())[0]?.dueOn, "2099-02-28");
    await patch(id, { completed: false });
    assert.deepEqual(
      (await pending()).map((task) => [task.id, task.dueOn, task.repeat]),
      [[id, "2099-01-31", "FREQ=MONTHLY;BYMONTHDAY=31"]],
    );
    await patch(id, { completed: true, title: "palms" });
    const [next] = await pending();
    assert.deepEqual([next?.title, next?.dueOn], ["palms", "2099-02-28"]);
    await patch(next?.id ?? "", { priority: "high" });
    await patch(id, { completed: false });
    const repeats = (await pending()).map((task) => [task.id, task.repeat]);
    assert.deepEqual(repeats, [
      [id, null],
      [next?.id, "FREQ=MONTHLY;BYMONTHDAY=31"],
    ]);
  });

  it("make no other next one when a completed one comes back", async () => {
    await backend.chat(ann, "water the plants every day");
    const { body } = await backend.chat(ann, "plants are done");
    const say = (text: string) => backend.chat(ann, text, body.conversationId);
    await say("what's done?");
    await say("delete 1");
    assert.equal((await backend.tasks(ann, "?status=completed")).length, 0);
    await say("undo");
    assert.equal((await backend.tasks(ann, "?status=completed")).length, 1);
    assert.equal((await pending()).length, 1);
  });

  it("are completed once by two requests at the same time", async () => {
    const { id } = await backend.addTask(ann, "x", { dueOn: "2099-01-01", repeat: "FREQ=DAILY" });
    const answers = await Promise.all([1, 2, 3].map(() => patch(id, { completed: true })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal((await pending()).length, 1);
    assert.equal((await patch(id, { completed: false }, { "if-match": '"1"' })).status, 409);
  });

  it("have a date: the first one of the rule, and lose the rule with it", async () => {
    const task = await backend.addTask(ann, "x", { repeat: "FREQ=MONTHLY;BYMONTHDAY=1" });
    assert.match(task.dueOn ?? "", /-01$/);
    assert.equal((await patch(task.id, { dueOn: null })).body.repeat, null);
    const friday = (await patch(task.id, { repeat: "FREQ=WEEKLY;BYDAY=FR" })).body;
    assert.equal(new Date(friday.dueOn).getUTCDay(), 5);
    // A day that fits is kept, and so is the time.
    const dueAt = "2099-01-02T15:00:00.000Z";
    await patch(task.id, { dueAt });
    assert.equal((await patch(task.id, { repeat: "FREQ=WEEKLY;BYDAY=FR" })).body.dueAt, dueAt);
    const monday = (await patch(task.id, { repeat: "FREQ=WEEKLY;BYDAY=MO" })).body;
    assert.equal(monday.dueAt, "2099-01-05T15:00:00.000Z");
    assert.equal((await patch(task.id, { repeat: null })).body.dueAt, monday.dueAt);
  });

  it("are refused with a rule that can't be", async () => {
    const body = { title: "x", repeat: "FREQ=HOURLY" };
    const answer = await backend.send("POST", "/api/tasks", { as: ann, body });
    assert.equal(answer.status, 400);
    assert.match(answer.body.detail, /body\.repeat: must be a rule like FREQ=DAILY/);
  });

  it("work by chat, and have their rule in a calendar", async () => {
    await backend.chat(ann, "water the plants every day");
    assert.match(
      (await backend.chat(ann, "plants are done")).body.reply,
      /^Done: "water the plants"/,
    );
    const [next] = await pending();
    assert.deepEqual([next?.title, next?.repeat], ["water the plants", "FREQ=DAILY"]);
    let text = "";
    for await (const part of calendarOf([next as Task])) text += part;
    const day = next?.dueOn?.replaceAll("-", "") ?? "";
    assert.match(
      text,
      new RegExp(`DTSTART;VALUE=DATE:${day}\r\nDUE;VALUE=DATE:${day}\r\nRRULE:FREQ=DAILY`),
    );
  });
});
