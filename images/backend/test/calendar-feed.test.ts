import assert from "node:assert/strict";

import { timeZoneLines } from "../src/calendar/time-zone.ts";
import { TestBackend, type Json, type Person } from "./support/backend.ts";

describe("the calendar feed", () => {
  let backend: TestBackend;
  let ann: Person;
  before(async () => {
    backend = await TestBackend.start();
  });
  beforeEach(async () => {
    ann = await backend.register();
  });
  after(() => backend.stop());

  const account = (method: "GET" | "POST" | "DELETE", as = ann) =>
    backend.send(method, "/api/account/calendar", {
      as,
      headers: {
        "x-timezone": "Europe/Berlin",
        "x-forwarded-host": "todo.example.com",
        "x-forwarded-proto": "https",
      },
    });
  const create = async (): Promise<string> => (await account("POST")).body.url;
  const read = (url: string, headers = {}) =>
    backend.send("GET", new URL(url).pathname, { headers });

  it("shows open tasks with a due date, without a sign-in", async () => {
    await backend.addTask(ann, "Day; all of it", { dueOn: "2027-05-01", description: "a, b" });
    await backend.addTask(ann, "Time", { dueAt: "2027-05-01T15:00:00Z", priority: "high" });
    await backend.addTask(ann, "Stand-up", {
      dueAt: "2027-01-04T08:30:00Z",
      repeat: "FREQ=WEEKLY;BYDAY=MO",
    });
    await backend.addTask(ann, "No date");
    const done = await backend.addTask(ann, "Done", { dueOn: "2027-05-01" });
    await backend.send("PATCH", `/api/tasks/${done.id}`, { as: ann, body: { completed: true } });
    const url = await create();
    assert.match(url, /^https:\/\/todo\.example\.com\/api\/calendar\/todo_cal_[0-9a-z]{50}\.ics$/);
    const { status, headers, text } = await read(url);
    assert.equal(status, 200);
    assert.match(String(headers["content-type"]), /^text\/calendar/);
    const lines = text.split("\r\n");
    assert.ok(lines.every((line) => Buffer.byteLength(line) <= 75));
    assert.deepEqual(lines.filter((line) => line.startsWith("SUMMARY:")).sort(), [
      "SUMMARY:Day\\; all of it",
      "SUMMARY:Stand-up",
      "SUMMARY:Time",
    ]);
    for (const line of [
      "DTSTART;VALUE=DATE:20270501",
      "DTSTART:20270501T150000Z",
      "DTSTART;TZID=Europe/Berlin:20270104T093000",
      "RRULE:FREQ=WEEKLY;BYDAY=MO",
      "TZID:Europe/Berlin",
      "TZOFFSETTO:+0200",
    ]) {
      assert.ok(lines.includes(line), line);
    }
    const count = (line: string) => lines.filter((each) => each === line).length;
    assert.deepEqual([count("BEGIN:VEVENT"), count("END:VEVENT")], [3, 3]);
    assert.equal(lines.at(-2), "END:VCALENDAR");
  });

  it("is sent again only after a change", async () => {
    const url = await create();
    const { etag } = (await read(url)).headers as { etag: string };
    const again = await read(url, { "if-none-match": `"x", ${etag}` });
    assert.deepEqual([again.status, again.text], [304, ""]);
    assert.equal(again.headers["cache-control"], "private, no-cache");
    const task = await backend.addTask(ann, "New", { dueOn: "2027-05-01" });
    const changed = await read(url, { "if-none-match": etag });
    assert.equal(changed.status, 200);
    assert.match(changed.text, /New/);
    await backend.send("DELETE", `/api/tasks/${task.id}`, { as: ann });
    const next = changed.headers["etag"] as string;
    assert.equal((await read(url, { "if-none-match": next })).status, 200);
  });

  it("has one address, which can be renewed and revoked, and nothing else opens", async () => {
    assert.deepEqual((await account("GET")).body, { createdAt: null, lastUsedAt: null });
    const old = await create();
    await read(old);
    const { body } = await account("GET");
    assert.ok(body.createdAt && body.lastUsedAt);
    const url = await create();
    assert.equal((await read(old)).status, 404);
    assert.equal((await read(url)).status, 200);
    const { status, text } = await read(url.replace(/.\.ics$/, "0000.ics"));
    assert.equal(status, 404);
    assert.doesNotMatch(text, /todo_cal/);
    assert.equal((await read(url.replace(".ics", ""))).status, 404);
    const bob = await backend.register();
    assert.equal((await account("DELETE", bob)).status, 404);
    assert.equal((await account("DELETE")).status, 204);
    assert.equal((await read(url)).status, 404);
  });

  it("gives no other access, and its address is neither stored nor logged", async () => {
    const url = await create();
    await read(url);
    await read(url.replace("todo_cal_", "todo_cal_x"));
    const token = /todo_cal_\w+/.exec(url)?.[0] ?? "";
    for (const path of ["/api/tasks", "/api/account/calendar"]) {
      const { status } = await backend.send("GET", path, { as: { ...ann, token } });
      assert.equal(status, 401);
    }
    const script: Json = (
      await backend.send("POST", "/api/auth/tokens", {
        as: ann,
        body: { name: "x", scopes: ["write"] },
      })
    ).body;
    assert.equal((await account("POST", { ...ann, token: script.token })).status, 403);
    const rows = await backend.database.asOwner((sql) =>
      sql("SELECT json_agg(t)::text AS all FROM todo.grant_tokens t"),
    );
    assert.doesNotMatch(JSON.stringify(rows) + backend.log.join(""), /todo_cal/);
  });

  it("ends with the account", async () => {
    const url = await create();
    await backend.send("POST", "/api/account/deletion", {
      as: ann,
      body: { password: "correct horse" },
    });
    assert.equal((await read(url)).status, 404);
  });
});

describe("time zones of calendars", () => {
  const now = new Date("2026-11-29T12:00:00Z");

  it("have their clock changes, in the local time before", () => {
    const lines = timeZoneLines("Europe/Berlin", now);
    const spring = lines.indexOf("DTSTART:20270328T020000");
    assert.deepEqual(lines.slice(spring - 1, spring + 4), [
      ...["BEGIN:DAYLIGHT", "DTSTART:20270328T020000", "TZOFFSETFROM:+0100"],
      ...["TZOFFSETTO:+0200", "END:DAYLIGHT"],
    ]);
    assert.ok(lines.includes("DTSTART:20271031T030000"));
    const south = timeZoneLines("America/Santiago", now);
    assert.ok(south.includes("TZOFFSETTO:-0300") && south.includes("TZOFFSETTO:-0400"));
  });

  it("are short where clocks never change", () => {
    const lines = timeZoneLines("Asia/Kolkata", now);
    assert.equal(lines.filter((line) => line.startsWith("BEGIN:")).length, 2);
    assert.ok(lines.includes("TZOFFSETTO:+0530"));
  });
});
