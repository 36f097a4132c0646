import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";

import { BuiltinAgent } from "../src/agent/builtin/agent.ts";
import { OpenAiAgent } from "../src/agent/openai/agent.ts";
import { TestBackend, type Person } from "./support/backend.ts";
import { FakeModel, type ModelCall } from "./support/fake-model.ts";

/** Numbers that look random and are the same in every run. */
function sequence(seed: string): (below: number) => number {
  let count = 0;
  return (below) => {
    count += 1;
    return createHash("sha256").update(`${seed} ${count}`).digest().readUInt32BE() % below;
  };
}

/** Rows of everyone, read past row-level security. */
async function everything(backend: TestBackend, userId: string): Promise<unknown> {
  return backend.database.asOwner(async (sql) => {
    const rows = [];
    for (const table of ["tasks", "conversations", "messages"]) {
      rows.push(await sql(`SELECT * FROM todo.${table} WHERE user_id = $1 ORDER BY id`, [userId]));
    }
    return JSON.stringify(rows);
  });
}

const calls = 4000;

describe(`a hostile model with ${calls} tool calls`, () => {
  let model: FakeModel;
  let backend: TestBackend;
  let victim: Person;
  let attacked: Person;
  let secret: string;
  let theirs: readonly string[];

  before(async function () {
    this.timeout(60_000);
    model = await FakeModel.start();
    backend = await TestBackend.start({
      agent: ({ openai }) =>
        new OpenAiAgent(
          { apiKey: "sk-test", baseUrl: model.baseUrl, model: "evil", firstByteMs: 10_000 },
          new BuiltinAgent(),
          openai,
          { warn: () => undefined },
        ),
    });
    victim = await backend.register();
    attacked = await backend.register();
    secret = `secret ${randomUUID()}`;
    const ids = [];
    for (let index = 0; index < 20; index += 1) {
      ids.push((await backend.addTask(victim, `${secret} ${index}`, { description: secret })).id);
    }
    model.replies.push({ text: secret });
    await backend.chat(victim, secret);
    theirs = ids;
  });
  after(async () => {
    await backend.stop();
    await model.stop();
  });

  it("reads and changes no row of anyone else", async function () {
    this.timeout(120_000);
    const random = sequence("hostile");
    const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
    const mine = (await backend.addTask(attacked, "mine")).id;
    const sqlTexts = [
      `'; UPDATE todo.tasks SET user_id = '${attacked.id}'; --`,
      `' UNION SELECT title FROM todo.tasks WHERE user_id = '${victim.id}`,
      `$1; SET ROLE postgres; SELECT set_config('app.user_id', '${victim.id}', false)`,
      `x'; COMMIT; RESET ROLE; DELETE FROM todo.tasks; --`,
    ];
    const id = (): unknown =>
      pick<unknown>([
        ...[
          pick(theirs),
          pick(theirs),
          randomUUID(),
          mine,
          victim.id,
          pick(sqlTexts),
          null,
          1,
          [pick(theirs)],
        ],
        ...[
          { $ne: "" },
          "00000000-0000-0000-0000-000000000000",
          pick(theirs).toUpperCase(),
          `${pick(theirs)}\0`,
        ],
      ]);
    const value = (): unknown =>
      pick<unknown>([
        ...[
          pick(sqlTexts),
          "plain",
          "x".repeat(random(3000)),
          null,
          1e308,
          true,
          [],
          {},
          "\0",
          "\ud800",
        ],
        ...[victim.id, { toString: 1 }, "2026-05-01T00:00:00Z", "high", -1],
      ]);
    const names = ["add_task", "list_tasks", "complete_task", "update_task", "delete_task"];
    const strange = [
      "drop_table",
      "__proto__",
      "constructor",
      "toString",
      "sql",
      "",
      "list_tasks ",
      "x".repeat(300),
    ];
    const fields = [
      ...[
        "title",
        "description",
        "priority",
        "dueAt",
        "status",
        "search",
        "completed",
        "dueBefore",
      ],
      ...["userId", "user_id", "app.user_id", "__proto__", "constructor", "role", "sql", "where"],
    ];
    const call = (): ModelCall => {
      const kind = random(20);
      const name = kind === 0 ? pick(strange) : pick(names);
      if (kind === 1)
        return { name, arguments: pick(["{", "[[[[", '{"id":', "null", "", "\u0000", "}{"]) };
      if (kind === 2) return { name, arguments: `${"[".repeat(2000)}${"]".repeat(2000)}` };
      if (kind === 3)
        return {
          name,
          arguments: `{"id":"${pick(theirs)}","__proto__":{"userId":"${victim.id}"}}`,
        };
      const input = new Map<string, unknown>();
      if (random(4) > 0) input.set("id", id());
      for (let count = random(4); count > 0; count -= 1) {
        input.set(pick(fields), random(3) === 0 ? id() : value());
      }
      return { name, arguments: JSON.stringify(Object.fromEntries(input)) };
    };

    let sent = 0;
    model.otherwise = ({ tool_choice }) => {
      if (tool_choice === "none") return { text: "more" };
      const batch = Array.from({ length: 4 }, call);
      sent += batch.length;
      return { calls: batch };
    };
    const before = await everything(backend, victim.id);
    let seen = "";
    while (sent < calls) {
      // The limit for people is not what is tested here.
      await backend.database.asOwner((sql) => sql("DELETE FROM todo.rate_limits"));
      const answer = await backend.chat(attacked, "go on");
      assert.equal(answer.status, 200);
      seen += answer.text;
    }
    assert.equal(await everything(backend, victim.id), before, "a row of the victim has changed");
    assert.ok(!seen.includes(secret), "the victim's data was shown");
    const requests = JSON.stringify(model.requests.slice(1));
    assert.ok(!requests.includes(secret), "the victim's data went to the model");
    assert.ok(sent >= calls);
    console.log(
      `      ${sent} calls sent, ${model.requests.length} requests, 0 rows of others read or changed`,
    );
  });

  it("leaves the person's own list usable", async () => {
    await backend.database.asOwner((sql) => sql("DELETE FROM todo.rate_limits"));
    assert.ok((await backend.tasks(attacked)).length > 0);
    const { text } = await backend.send("GET", "/metrics");
    assert.match(text, /tool_calls_total\{tool="unknown",outcome="refused",agent="openai"\} \d+/);
    assert.doesNotMatch(text, /drop_table/);
  });
});
