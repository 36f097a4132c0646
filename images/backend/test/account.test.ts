import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { TokenAuthority } from "../src/auth/token.ts";
import { hashPassword, verifyPassword } from "../src/auth/password.ts";
import { calendarOf } from "../src/calendar/todos.ts";
import type { Task } from "../src/tasks/schemas.ts";
import { signingKey, TestBackend, type Person } from "./support/backend.ts";

const password = "correct horse";

describe("accounts", () => {
  let backend: TestBackend;
  let replica: TestBackend;
  let ann: Person;
  before(async () => {
    backend = await TestBackend.start();
    replica = await TestBackend.start({ database: backend.database });
  });
  beforeEach(async () => {
    ann = await backend.register();
  });
  after(async () => {
    await replica.app.close();
    await backend.stop();
  });

  const post = (url: string, body?: object, as = ann) => backend.send("POST", url, { as, body });
  const login = async (given = password, client = "Firefox"): Promise<Person> => {
    const { body } = await backend.send("POST", "/api/auth/login", {
      body: { email: ann.email, password: given },
      headers: { "user-agent": client },
    });
    return { ...ann, token: body.token };
  };
  /** At both replicas, again and again, so that what they remember counts. */
  const statuses = async (as: Person) => {
    const seen = [];
    for (const pod of [backend, replica, backend, replica]) {
      seen.push((await pod.send("GET", "/api/tasks", { as })).status);
    }
    return [...new Set(seen)];
  };

  it("sign out at once, at all replicas, and only that session", async () => {
    const other = await login();
    assert.deepEqual([await statuses(ann), await statuses(other)], [[200], [200]]);
    assert.equal((await post("/api/auth/logout")).status, 204);
    await sleep(50);
    assert.deepEqual([await statuses(ann), await statuses(other)], [[401], [200]]);
  });

  it("list their sessions, and end one or all others", async () => {
    const phone = await login(password, "Phone");
    const tablet = await login(password, "Tablet");
    const { body } = await backend.send("GET", "/api/auth/sessions", { as: phone });
    assert.equal(body.length, 3);
    const [mine] = body.filter(({ isThis }: { isThis: boolean }) => isThis);
    assert.equal(mine.client, "Phone");
    const end = (id: string, as: Person) =>
      backend.send("DELETE", `/api/auth/sessions/${id}`, { as });
    const { id } = body.find(({ client }: { client: string }) => client === "Tablet");
    const bob = await backend.register();
    assert.equal((await end(id, bob)).status, 404, "of somebody else");
    assert.equal((await end(id, phone)).status, 204);
    await sleep(50);
    assert.deepEqual([await statuses(tablet), await statuses(ann)], [[401], [200]]);
    await backend.send("DELETE", "/api/auth/sessions", { as: phone });
    await sleep(50);
    assert.deepEqual([await statuses(ann), await statuses(phone)], [[401], [200]]);
  });

  it("have at most 50 sessions; the oldest end", async function () {
    this.timeout(60_000);
    for (let turn = 0; turn < 50; turn += 1) await login();
    await sleep(50);
    assert.deepEqual(await statuses(ann), [401]);
    const last = await login();
    const { body } = await backend.send("GET", "/api/auth/sessions", { as: last });
    assert.equal(body.length, 50);
  });

  it("renew a token, also an expired one, until the session ends", async () => {
    const [, payload = ""] = ann.token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const forge = (more: object, key = signingKey) => {
      const parts = [{ alg: "HS256" }, { ...claims, ...more }];
      const content = parts
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      return `${content}.${createHmac("sha256", key).update(content).digest("base64url")}`;
    };
    const refresh = (token: string) => post("/api/auth/refresh", undefined, { ...ann, token });
    const hourAgo = Math.floor(Date.now() / 1000) - 3600;
    const expired = forge({ exp: hourAgo });
    assert.equal(
      (await backend.send("GET", "/api/tasks", { as: { ...ann, token: expired } })).status,
      401,
    );
    for (const token of [ann.token, expired]) {
      const { status, body } = await refresh(token);
      assert.equal(status, 200);
      assert.deepEqual(body.user, { id: ann.id, email: ann.email });
      assert.deepEqual(await statuses({ ...ann, token: body.token }), [200]);
    }
    const withoutSession = forge({ exp: hourAgo, sid: undefined });
    const strange = forge({}, "another key that is also long enough");
    const old = forge({ exp: hourAgo - 31 * 24 * 3600 });
    for (const token of [withoutSession, strange, old, "", "x"]) {
      assert.equal((await refresh(token)).status, 401);
    }
    await post("/api/auth/logout");
    assert.equal((await refresh(expired)).status, 401);
  });

  it("change the password, which ends all other sessions and old tokens", async () => {
    const other = await login();
    const old = { ...ann, token: await new TokenAuthority(signingKey, undefined).sign(ann.id) };
    assert.deepEqual(await statuses(old), [200], "of the previous release");
    const change = (given: string, newPassword: string) =>
      post("/api/auth/password", { password: given, newPassword });
    assert.equal((await change("wrong horse", "new battery")).status, 403);
    assert.equal((await change(password, "password1")).status, 400);
    assert.equal((await change(password, "new battery")).status, 204);
    await sleep(50);
    assert.deepEqual(
      [await statuses(ann), await statuses(other), await statuses(old)],
      [[200], [401], [401]],
    );
    assert.equal((await login()).token, undefined);
    assert.ok((await login("new battery")).token);
  });

  it("don't let the holder of a token guess the password without end", async () => {
    const guesses = [];
    for (let turn = 0; turn < 11; turn += 1) {
      guesses.push((await post("/api/account/deletion", { password: `guess ${turn}` })).status);
    }
    assert.deepEqual(guesses, [...Array<number>(10).fill(403), 429]);
  });

  it("are deleted with all their data, and nobody else's", async () => {
    const bob = await backend.register();
    for (const as of [ann, bob]) {
      await backend.addTask(as, "milk");
      await backend.chat(as, "add bread");
      const token = { name: "script", scopes: ["read"] };
      await backend.send("POST", "/api/auth/tokens", { as, body: token });
    }
    assert.equal((await post("/api/account/deletion", { password })).status, 204);
    await sleep(50);
    assert.deepEqual(await statuses(ann), [401]);
    const tables = [
      "tasks",
      "conversations",
      "messages",
      "sessions",
      "requests",
      "grants",
      "grant_tokens",
    ];
    for (const table of tables) {
      const rows = await backend.database.asOwner((sql) =>
        sql(`SELECT 1 FROM todo.${table} WHERE user_id = $1`, [ann.id]),
      );
      assert.deepEqual(rows, [], table);
    }
    assert.equal((await backend.tasks(bob)).length, 2);
    const again = await backend.register(ann.email);
    assert.deepEqual(await backend.tasks(again), []);
  });

  it("export everything as JSON, in pages, and nothing of others", async () => {
    const bob = await backend.register();
    await backend.addTask(bob, "of bob");
    const task = await backend.addTask(ann, "milk", { dueAt: "2026-05-01T15:00:00Z" });
    const { body } = await backend.chat(ann, "what is left?");
    for (let turn = 0; turn < 4; turn += 1) await backend.chat(ann, "hello", body.conversationId);
    await backend.chat(ann, "add bread");
    const answer = await backend.send("GET", "/api/account/export.json", { as: ann });
    assert.match(String(answer.headers["content-disposition"]), /todo-chatbot\.json/);
    assert.equal(answer.body.account.email, ann.email);
    assert.deepEqual(answer.body.tasks[0], task);
    assert.equal(answer.body.tasks.length, 2);
    const lengths = answer.body.conversations.map((each: { messages: [] }) => each.messages.length);
    assert.deepEqual(lengths.sort(), [10, 2]);
    assert.doesNotMatch(answer.text, /of bob|argon2/);
  });

  it("export tasks as a calendar", async () => {
    const long = "ж".repeat(60);
    await backend.addTask(ann, "milk; bread, tea", {
      description: `a\nb\\c ${long}`,
      priority: "high",
    });
    const answer = await backend.send("GET", "/api/account/export.ics", { as: ann });
    assert.match(String(answer.headers["content-type"]), /^text\/calendar/);
    const lines = answer.text.split("\r\n");
    assert(lines.every((line) => Buffer.byteLength(line) <= 75));
    const unfolded = answer.text.replaceAll("\r\n ", "").split("\r\n");
    assert(unfolded.includes("SUMMARY:milk\\; bread\\, tea"));
    assert(unfolded.includes(`DESCRIPTION:a\\nb\\\\c ${long}`));
    assert(unfolded.includes("PRIORITY:1"));
    assert.equal(unfolded.at(-2), "END:VCALENDAR");
    const due = { ...(await backend.tasks(ann))[0]!, dueAt: "2026-05-01T15:00:00.000Z" };
    const calendar = async (task: Task) => {
      let written = "";
      for await (const part of calendarOf([task])) written += part;
      return written;
    };
    assert.match(await calendar(due), /\r\nDUE:20260501T150000Z\r\n/);
    const onDay = { ...due, dueOn: "2026-05-01" };
    assert.match(await calendar(onDay), /\r\nDUE;VALUE=DATE:20260501\r\n/);
  });

  it("keep hashes of earlier releases, of letters as they were typed", async () => {
    const typed = "café-café".normalize("NFD");
    assert.equal(await verifyPassword("café-café", await hashPassword(typed)), true);
  });
});
