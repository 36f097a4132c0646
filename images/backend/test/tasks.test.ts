import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { TestBackend, type Person } from "./support/backend.ts";

describe("tasks", () => {
  let backend: TestBackend;
  let ann: Person;
  let bob: Person;
  before(async () => {
    backend = await TestBackend.start();
    ann = await backend.register();
    bob = await backend.register();
  });
  after(() => backend.stop());

  it("begin with defaults, and answer with where they are", async () => {
    const { status, headers, body } = await backend.send("POST", "/api/tasks", {
      as: ann,
      body: { title: "  buy milk " },
    });
    const { id, createdAt, updatedAt, ...rest } = body;
    assert.equal(status, 201);
    assert.equal(headers["location"], `/api/tasks/${id}`);
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(updatedAt, createdAt);
    assert.equal(headers["etag"], '"1"');
    assert.deepEqual(rest, {
      version: 1,
      title: "buy milk",
      description: "",
      completed: false,
      priority: "medium",
      dueOn: null,
      dueAt: null,
      repeat: null,
    });
  });

  it("keep a due date of any offset as the same moment", async () => {
    const task = await backend.addTask(ann, "call", { dueAt: "2026-05-01T17:00:00+02:00" });
    assert.equal(task.dueAt, "2026-05-01T15:00:00.000Z");
  });

  it("can be due on a day, which is the same day in every time zone", async () => {
    const tokyo = { "x-timezone": "Asia/Tokyo" };
    const added = await backend.send("POST", "/api/tasks", {
      ...{ as: ann, headers: tokyo, body: { title: "due on a day", dueOn: "2026-05-01" } },
    });
    assert.equal(added.body.dueOn, "2026-05-01");
    // For clients that know no days: the day's last minute where it was set.
    assert.equal(added.body.dueAt, "2026-05-01T14:59:00.000Z");
    const patch = async (body: object, zone = "America/New_York") => {
      const headers = { "x-timezone": zone };
      const url = `/api/tasks/${added.body.id}`;
      const changed = (await backend.send("PATCH", url, { as: ann, body, headers })).body;
      return [changed.dueOn, changed.dueAt];
    };
    assert.deepEqual(await patch({ title: "renamed" }), ["2026-05-01", "2026-05-01T14:59:00.000Z"]);
    assert.deepEqual(await patch({ dueOn: "2026-05-01" }), [
      ...["2026-05-01", "2026-05-01T14:59:00.000Z"],
    ]);
    assert.deepEqual(await patch({ dueOn: "2026-05-02" }), [
      ...["2026-05-02", "2026-05-03T03:59:00.000Z"],
    ]);
    const timed = "2026-05-03T03:59:00.000Z";
    assert.deepEqual(await patch({ dueAt: timed, dueOn: null }), [null, timed]);
    assert.deepEqual(await patch({ dueOn: "2026-05-02", dueAt: null }), ["2026-05-02", timed]);
    assert.deepEqual(await patch({ dueAt: null }), [null, null]);
  });

  it("are refused with a day and a time", async () => {
    const due = { dueOn: "2026-05-01", dueAt: "2026-05-01T10:00:00Z" };
    const { id } = await backend.addTask(ann, "x");
    for (const { status, body } of [
      await backend.send("POST", "/api/tasks", { as: ann, body: { title: "x", ...due } }),
      await backend.send("PATCH", `/api/tasks/${id}`, { as: ann, body: due }),
    ]) {
      assert.equal(status, 400);
      assert.match(body.detail, /either dueOn, a day, or dueAt, a time, not both/);
    }
  });

  it("change field by field, and a due date can be taken away", async () => {
    const task = await backend.addTask(ann, "change me", { dueAt: "2026-05-01T17:00:00Z" });
    const patch = async (body: object) =>
      (await backend.send("PATCH", `/api/tasks/${task.id}`, { as: ann, body })).body;
    assert.equal((await patch({ priority: "high" })).dueAt, "2026-05-01T17:00:00.000Z");
    assert.equal((await patch({ dueAt: null })).dueAt, null);
    const changed = await patch({ completed: true, title: "changed", description: "really" });
    const { updatedAt, ...rest } = changed;
    assert.deepEqual(rest, {
      ...{ id: task.id, title: "changed", description: "really", completed: true },
      ...{
        priority: "high",
        dueOn: null,
        dueAt: null,
        repeat: null,
        createdAt: task.createdAt,
        version: 4,
      },
    });
    assert.ok(updatedAt > task.updatedAt);
  });

  it("are not changed or deleted on the basis of an older version", async () => {
    const { id } = await backend.addTask(ann, "original");
    const url = `/api/tasks/${id}`;
    const read = await backend.send("GET", url, { as: ann });
    assert.equal(read.headers["etag"], '"1"');
    const patch = (body: object, tag: string) =>
      backend.send("PATCH", url, { as: ann, body, headers: { "if-match": tag } });

    const first = await patch({ title: "theirs" }, '"1"');
    assert.deepEqual([first.status, first.headers["etag"]], [200, '"2"']);
    for (const refused of [
      await patch({ title: "mine" }, '"1"'),
      await backend.send("DELETE", url, { as: ann, headers: { "if-match": '"1", "7"' } }),
    ]) {
      assert.equal(refused.status, 409);
      assert.match(refused.body.detail, /has been changed since/);
      assert.deepEqual(refused.body.current, first.body);
    }
    assert.equal((await patch({ title: "mine" }, '"9", W/"2"')).body.version, 3);
    assert.equal((await patch({ title: "whatever" }, "*")).body.version, 4);
    assert.equal((await patch({ title: "x" }, "4")).status, 400);
    const gone = `/api/tasks/${randomUUID()}`;
    const missing = { as: ann, headers: { "if-match": '"1"' } };
    assert.equal((await backend.send("DELETE", gone, missing)).status, 404);
    assert.equal(
      (await backend.send("DELETE", url, { as: ann, headers: { "if-match": '"4"' } })).status,
      204,
    );
  });

  it("let one of many changes of the same version through", async () => {
    const { id } = await backend.addTask(ann, "contended");
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const change = { as: ann, body: { title: `${n}` }, headers: { "if-match": '"1"' } };
        return (await backend.send("PATCH", `/api/tasks/${id}`, change)).status;
      }),
    );
    assert.deepEqual(statuses.sort(), [200, ...Array<number>(9).fill(409)]);
  });

  it("go away for good", async () => {
    const { id } = await backend.addTask(ann, "delete me");
    const url = `/api/tasks/${id}`;
    const deleted = await backend.send("DELETE", url, { as: ann });
    assert.deepEqual([deleted.status, deleted.text], [204, ""]);
    assert.equal((await backend.send("GET", url, { as: ann })).status, 404);
    assert.equal((await backend.send("DELETE", url, { as: ann })).status, 404);
  });

  it("come pending first by due date, priority and age, then completed by last change", async () => {
    const cy = await backend.register();
    const add = (title: string, more: object = {}) => backend.addTask(cy, title, more);
    const first = await add("done first");
    await add("no date");
    await add("no date, urgent", { priority: "high" });
    await add("late", { dueAt: "2026-06-01T00:00:00Z" });
    await add("soon", { dueAt: "2026-05-01T00:00:00Z", priority: "low" });
    const second = await add("done last");
    for (const { id } of [first, second]) {
      await backend.send("PATCH", `/api/tasks/${id}`, { as: cy, body: { completed: true } });
    }
    const titles = async (query: string) =>
      (await backend.tasks(cy, query)).map(({ title }) => title);
    const pending = ["soon", "late", "no date, urgent", "no date"];
    const completed = ["done last", "done first"];
    assert.deepEqual(await titles(""), [...pending, ...completed]);
    assert.deepEqual(await titles("?status=all"), [...pending, ...completed]);
    assert.deepEqual(await titles("?status=pending"), pending);
    assert.deepEqual(await titles("?status=completed"), completed);
  });

  for (const [fault, body] of [
    ["no title", {}],
    ["an empty title", { title: "   " }],
    ["a long title", { title: "x".repeat(201) }],
    ["a long description", { title: "x", description: "x".repeat(2001) }],
    ["an unknown priority", { title: "x", priority: "urgent" }],
    ["a date without time", { title: "x", dueAt: "2026-05-01" }],
    ["a date without offset", { title: "x", dueAt: "2026-05-01T10:00:00" }],
    ["a day with a time", { title: "x", dueOn: "2026-05-01T10:00:00Z" }],
    ["a day that no month has", { title: "x", dueOn: "2026-02-30" }],
    ["a day that isn't", { title: "x", dueAt: "2026-02-30T10:00:00Z" }],
    ["a field of its own", { title: "x", userId: randomUUID() }],
    ["a number for a title", { title: 1 }],
  ] as const) {
    it(`are refused with ${fault}`, async () => {
      const { status, body: problem } = await backend.send("POST", "/api/tasks", { as: ann, body });
      assert.equal(status, 400);
      assert.ok(problem.errors.every(({ path }: { path: string }) => path.startsWith("body")));
    });
  }

  for (const dueAt of ["0020-02-29T00:00:00Z", "1899-12-31T23:59:59Z", "2201-01-01T00:00:00Z"]) {
    it(`are refused when due in ${dueAt.slice(0, 4)}, with a sentence`, async () => {
      const { id } = await backend.addTask(ann, "x");
      const sentence =
        /^The request is not valid\. body\.dueAt: must be in the years 1900 to 2200\.$/;
      const added = await backend.send("POST", "/api/tasks", {
        as: ann,
        body: { title: "x", dueAt },
      });
      const patch = await backend.send("PATCH", `/api/tasks/${id}`, { as: ann, body: { dueAt } });
      for (const { status, body } of [added, patch]) {
        assert.equal(status, 400);
        assert.match(body.detail, sentence);
      }
    });
  }

  for (const dueOn of ["0026-11-29", "1899-12-31", "2201-01-01"]) {
    it(`are refused when due on a day in ${dueOn.slice(0, 4)}, with a sentence`, async () => {
      const body = { title: "x", dueOn };
      const answer = await backend.send("POST", "/api/tasks", { as: ann, body });
      assert.equal(answer.status, 400);
      assert.match(answer.body.detail, /body\.dueOn: must be in the years 1900 to 2200\.$/);
    });
  }

  it("are accepted when due in 1900 and 2200", async () => {
    for (const dueAt of ["1900-01-01T00:00:00.000Z", "2200-12-31T23:59:59.999Z"]) {
      assert.equal((await backend.addTask(ann, "x", { dueAt })).dueAt, dueAt);
    }
  });

  it("are refused as a change of nothing", async () => {
    const { id } = await backend.addTask(ann, "x");
    assert.equal(
      (await backend.send("PATCH", `/api/tasks/${id}`, { as: ann, body: {} })).status,
      400,
    );
  });

  it("refuse ids and filters that can't be", async () => {
    assert.equal((await backend.send("GET", "/api/tasks/1", { as: ann })).status, 400);
    assert.equal((await backend.send("GET", "/api/tasks?status=open", { as: ann })).status, 400);
    assert.equal((await backend.send("GET", "/api/tasks?user=1", { as: ann })).status, 400);
  });

  it("of others don't exist, for any method", async () => {
    const { id } = await backend.addTask(ann, "ann's own");
    const url = `/api/tasks/${id}`;
    assert.equal((await backend.send("GET", url, { as: bob })).status, 404);
    assert.equal((await backend.send("DELETE", url, { as: bob })).status, 404);
    const patch = await backend.send("PATCH", url, { as: bob, body: { title: "bob's" } });
    assert.equal(patch.status, 404);
    assert.deepEqual(await backend.tasks(bob), []);
    assert.equal((await backend.send("GET", url, { as: ann })).body.title, "ann's own");
  });

  it("need someone who has signed in", async () => {
    assert.equal((await backend.send("GET", "/api/tasks")).status, 401);
    assert.equal((await backend.send("POST", "/api/tasks", { body: { title: "x" } })).status, 401);
  });

  it("have an end: ten thousand for a person, and tell how far it is", async function () {
    this.timeout(60_000);
    const dan = await backend.register();
    await backend.database.query(dan.id, {
      name: "fill",
      text: "INSERT INTO todo.tasks (title) SELECT 'errand ' || n FROM generate_series(1, 9999) n",
    });
    assert.equal(
      (await backend.send("POST", "/api/tasks", { as: dan, body: { title: "x" } })).status,
      201,
    );
    const { status, body } = await backend.send("POST", "/api/tasks", {
      as: dan,
      body: { title: "x" },
    });
    assert.equal(status, 409);
    assert.match(body.detail, /limit of 10000 tasks or 2 MiB/);
    assert.equal(
      (await backend.chat(dan, "add one more")).body.toolCalls[0].result.error,
      body.detail,
    );
    const usage = (await backend.send("GET", "/api/tasks/usage", { as: dan })).body;
    assert.ok(usage.textBytes > 100_000);
    assert.deepEqual(usage, {
      ...{ pending: 10_000, completed: 0, maximumTasks: 10_000, textBytes: usage.textBytes },
      maximumTextBytes: 2 * 1024 * 1024,
    });
    // Beyond what the chat reads of a long list.
    const { reply } = (await backend.chat(dan, 'rename "errand 9876" to far away')).body;
    assert.match(reply, /Renamed "errand 9876" to "far away"/);
    const all = (await backend.chat(dan, "mark everything as done")).body.reply;
    assert.match(all, /^That would complete 100\d tasks: .*\nThere may be more such tasks;/);
  });
});

describe("tasks from one line of text", () => {
  let backend: TestBackend;
  let ann: Person;
  before(async () => {
    backend = await TestBackend.start();
    ann = await backend.register();
  });
  after(() => backend.stop());
  const text = "pay rent on 1 May 2099 at 9am !high every month";
  const headers = { "x-timezone": "Europe/Paris" };
  const quick = (path: string, body: object, more = {}) =>
    backend.send("POST", `/api/tasks/quick${path}`, {
      ...{ as: ann, headers: { ...headers, ...more }, body },
    });

  it("are shown before they are added", async () => {
    assert.deepEqual((await quick("/preview", { text })).body, {
      ...{ title: "pay rent", dueOn: null, dueAt: "2099-05-01T07:00:00.000Z" },
      ...{ repeat: "FREQ=MONTHLY;BYMONTHDAY=1", priority: "high" },
    });
    const plain = (await quick("/preview", { text: "milk" })).body;
    assert.deepEqual(plain, {
      ...{ title: "milk", dueOn: null, dueAt: null, repeat: null, priority: null },
    });
    assert.deepEqual(await backend.tasks(ann), []);
  });

  it("are added as they were shown, once", async () => {
    const key = { "idempotency-key": randomUUID() };
    const first = await quick("", { text }, key);
    assert.equal(first.status, 201);
    assert.equal(first.headers["location"], `/api/tasks/${first.body.id}`);
    assert.equal((await quick("", { text }, key)).body.id, first.body.id);
    assert.equal((await quick("", { text, keep: ["due"] }, key)).status, 422);
    const [task, ...others] = await backend.tasks(ann);
    assert.deepEqual(others, []);
    assert.equal(task?.title, "pay rent");
    assert.equal(task.dueAt, "2099-05-01T07:00:00.000Z");
  });

  it("keep what is not to be read", async () => {
    const keep = ["due", "repeat", "priority"];
    const { body } = await quick("", { text, keep });
    assert.equal(body.title, text);
    assert.equal(body.priority, "medium");
    assert.equal((await quick("", { text, keep: ["title"] })).status, 400);
  });

  it("have the day or the month of 3/4 first, as the user's language has it", async () => {
    const text = "pay rent on 3/4/2099";
    const due = async (language: string) =>
      (await quick("/preview", { text }, { "accept-language": language })).body.dueOn;
    assert.equal(await due("en-GB,en;q=0.9"), "2099-04-03");
    assert.equal(await due("en-US"), "2099-03-04");
    const chat = await backend.send("POST", "/api/chat", {
      as: ann,
      headers: { "accept-language": "de-DE" },
      body: { message: "add pay rent on 3/4/2099" },
    });
    assert.equal(chat.body.toolCalls[0].result.task.dueOn, "2099-04-03");
  });
});
