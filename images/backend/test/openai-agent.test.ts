import assert from "node:assert/strict";

import { CircuitBreaker } from "../src/agent/openai/breaker.ts";
import { readEvents, TestBackend, type Person } from "./support/backend.ts";
import { chunk, done, line, type FakeModel } from "./support/fake-model.ts";
import { ModelBackend } from "./support/model-backend.ts";

const apology =
  /^The language model can't be reached right now, so this answer comes from my built-in rules\.\n\n/;

describe("the language model's agent", () => {
  let model: FakeModel;
  let embedded: TestBackend;
  let asked: ModelBackend;
  let backend: TestBackend;
  let ann: Person;
  before(async () => {
    embedded = await TestBackend.start();
  });
  after(() => embedded.stop());

  // An agent of its own for each test, because the breaker remembers.
  beforeEach(async () => {
    asked = await ModelBackend.start(embedded.database);
    ({ model, backend, ann } = asked);
  });
  afterEach(() => asked.stop());

  const metric = async (name: string): Promise<string> => {
    const { text } = await backend.send("GET", "/metrics");
    return text.split("\n").find((line) => line.startsWith(name)) ?? "";
  };
  const titles = () => asked.titles();

  it("calls tools and answers from their results", async () => {
    model.replies.push(
      { calls: [{ name: "add_task", arguments: { title: "buy milk", priority: "high" } }] },
      { text: "I added buy milk." },
    );
    const { body } = await backend.chat(ann, "we're out of milk!");
    assert.deepEqual([body.reply, body.agent], ["I added buy milk.", "openai"]);
    assert.equal(body.toolCalls[0].result.task.title, "buy milk");
    assert.deepEqual(await titles(), ["buy milk"]);

    const [first, second] = model.requests;
    assert.equal(first?.authorization, "Bearer sk-test");
    assert.deepEqual(
      first.tools.map((tool) => tool.function.name),
      [...["add_task", "list_tasks", "complete_task", "update_task", "delete_task"]],
    );
    assert.doesNotMatch(JSON.stringify(first.tools), /user/i);
    const last = second?.messages.at(-1);
    assert.equal(last?.role, "tool");
    assert.match(last.content ?? "", /"title":"buy milk"/);
    assert.equal(
      await metric('openai_tokens_total{kind="prompt"}'),
      'openai_tokens_total{kind="prompt"} 200',
    );
    assert.match(
      await metric('tool_calls_total{tool="add_task",outcome="ok",agent="openai"'),
      /\{tool="add_task",outcome="ok",agent="openai"\} 1/,
    );
  });

  it("streams text as it comes", async () => {
    model.replies.push({ text: "A longer answer in several pieces." });
    const answer = await backend.send("POST", "/api/chat", {
      as: ann,
      body: { message: "hi" },
      headers: { accept: "text/event-stream" },
    });
    const deltas = readEvents(answer.text).filter(({ event }) => event === "delta");
    assert.ok(deltas.length > 3);
    assert.equal(
      deltas.map(({ data }) => (data as { text: string }).text).join(""),
      "A longer answer in several pieces.",
    );
  });

  it("knows the conversation, cut to what fits", async () => {
    const long = "word ".repeat(700);
    let id: string | undefined;
    for (let round = 0; round < 6; round += 1) {
      model.replies.push({ text: `answer ${round} ${long}` });
      id = (await backend.chat(ann, `question ${round}`, id)).body.conversationId as string;
    }
    const messages = model.requests.at(-1)?.messages ?? [];
    assert.equal(messages[0]?.role, "system");
    assert.equal(messages[1]?.content, "question 2");
    assert.equal(messages.at(-1)?.content, "question 5");
  });

  it("lets the model correct arguments that are wrong", async () => {
    model.replies.push(
      { calls: [{ name: "add_task", arguments: '{"title": "x", ' }] },
      { calls: [{ name: "add_task", arguments: { name: "x" } }] },
      { calls: [{ name: "add_task", arguments: { title: "right" } }] },
      { text: "Done." },
    );
    const { body } = await backend.chat(ann, "add something");
    assert.match(body.toolCalls[0].result.error, /not valid JSON/);
    assert.match(body.toolCalls[1].result.error, /title: /);
    assert.deepEqual(await titles(), ["right"]);
  });

  for (const [fault, reply] of [
    ["401", { status: 401 }],
    ["404 for the model", { status: 404 }],
    ["a stall before the answer", { stall: true }],
    [
      "a stall within the answer",
      {
        raw: [
          chunk({
            tool_calls: [{ index: 0, id: "a", function: { name: "add_task", arguments: "{" } }],
          }),
        ],
        then: "stall",
      },
    ],
    ["chunks that are no JSON", { raw: ["data: {broken\n\n"], then: "end" }],
    ["a Retry-After beyond the time there is", { status: 429, retryAfter: "60" }],
  ] as const) {
    it(`falls back to the built-in agent on ${fault}, and says so`, async () => {
      model.replies.push(reply);
      const start = Date.now();
      const { status, body } = await backend.chat(ann, "add buy milk");
      assert.equal(status, 200);
      assert.equal(body.agent, "builtin");
      assert.match(body.reply, apology);
      assert.match(body.reply, /Added "buy milk"\.$/);
      assert.deepEqual(await titles(), ["buy milk"]);
      assert.ok(Date.now() - start < 2500);
      assert.equal(model.requests.length, 1, "it was not asked again");
      assert.match(await metric('chat_messages_total{agent="builtin",outcome="fallback"'), / 1$/);
    });
  }

  for (const [fault, reply] of [
    ["429", { status: 429, retryAfter: "0" }],
    ["500", { status: 500 }],
    ["503", { status: 503, retryAfter: new Date(Date.now() + 1000).toUTCString() }],
    ["an error within the stream", { raw: [line({ error: { message: "no" } })], then: "end" }],
    ["a stream that ends before it begins", { raw: [done], then: "end" }],
    ["a stream that is cut before any text", { raw: [chunk({ role: "assistant" })], then: "cut" }],
    [
      "a stream that ends before the model is done",
      { raw: [chunk({ role: "assistant" })], then: "end" },
    ],
  ] as const) {
    it(`asks again after ${fault}`, async () => {
      model.replies.push(reply, { text: "Here I am." });
      const { body } = await backend.chat(ann, "hi");
      assert.deepEqual(
        [body.reply, body.agent, model.requests.length],
        ["Here I am.", "openai", 2],
      );
    });
  }

  it("waits as long as Retry-After says", async () => {
    model.replies.push({ status: 429, retryAfter: "1" }, { text: "Here I am." });
    const start = Date.now();
    assert.equal((await backend.chat(ann, "hi")).body.reply, "Here I am.");
    assert.ok(Date.now() - start >= 1000);
  });

  it("keeps what people say out of the log, even where the model's error quotes it", async () => {
    const said = "call doctor Miller about the rash";
    model.otherwise = ({ messages }) => ({ status: 400, error: messages.at(-1)?.content ?? "" });
    assert.equal((await backend.chat(ann, `add ${said}`)).body.agent, "builtin");
    assert.deepEqual(await titles(), [said]);
    const log = backend.log.join("");
    assert.match(log, /falling back to the built-in agent/);
    for (const secret of ["Miller", ann.email, ann.token]) assert.ok(!log.includes(secret), log);
  });

  it("gives up after three tries", async () => {
    model.otherwise = () => ({ status: 500 });
    assert.match((await backend.chat(ann, "hi")).body.reply, apology);
    assert.equal(model.requests.length, 3);
  });

  for (const [fault, reply] of [
    ["a stream that is cut", { raw: [chunk({ content: "I will now " })], then: "cut" }],
    ["a stall", { raw: [chunk({ content: "I will now " })], then: "stall" }],
    [
      "more text than is taken",
      { raw: Array<string>(3000).fill(chunk({ content: "I will now " })), then: "end" },
    ],
  ] as const) {
    it(`neither asks again nor answers by rules after ${fault} within the text`, async () => {
      model.replies.push(reply);
      const { body } = await backend.chat(ann, "add buy milk");
      assert.equal(
        body.reply.replace(/^(I will now )+/, ""),
        "\n\nThe language model was cut off mid-answer. " +
          "Nothing in your list has changed; please ask again.",
      );
      assert.deepEqual([model.requests.length, body.agent], [1, "openai"]);
      assert.deepEqual(await titles(), []);
      assert.match(await metric('chat_messages_total{agent="openai",outcome="fallback"'), / 1$/);
    });
  }

  for (const [fault, reply] of [
    ["a refusal", { status: 401 }],
    ["a stall", { stall: true }],
    ["a stream that is cut", { raw: [chunk({ content: "Now " })], then: "cut" }],
  ] as const) {
    it(`runs no tool a second time after ${fault} that follows a tool`, async () => {
      model.replies.push(
        { calls: [{ name: "add_task", arguments: { title: "buy milk" } }] },
        reply,
      );
      const { body } = await backend.chat(ann, "add buy milk");
      assert.match(body.reply, /cut off mid-answer.*in your list/);
      assert.equal(body.toolCalls.length, 1);
      assert.deepEqual(await titles(), ["buy milk"]);
    });
  }

  it("says that nothing has changed when the model breaks off after looking", async () => {
    model.replies.push({ calls: [{ name: "list_tasks", arguments: {} }] }, { status: 401 });
    const { body } = await backend.chat(ann, "add buy milk");
    assert.match(body.reply, /^The language model was cut off mid-answer\. Nothing .* changed/);
    assert.deepEqual([body.toolCalls.length, await titles()], [1, []]);
  });

  it("takes no yes to a question that the model didn't come to ask", async () => {
    const tasks = [await backend.addTask(ann, "one"), await backend.addTask(ann, "two")];
    model.replies.push(
      { calls: tasks.map(({ id }) => ({ name: "delete_task", arguments: { id } })) },
      { status: 401 },
      { text: "Yes what?" },
    );
    const first = (await backend.chat(ann, "clean up")).body;
    assert.match(first.reply, /cut off/);
    assert.equal((await backend.chat(ann, "yes", first.conversationId)).body.reply, "Yes what?");
    assert.equal((await titles()).length, 2);
  });

  it("leaves a model alone that keeps failing", async () => {
    model.otherwise = () => ({ status: 401 });
    for (let round = 0; round < 5; round += 1) await backend.chat(ann, "hi");
    assert.equal(model.requests.length, 3);
    assert.equal(await metric("openai_breaker_state"), "openai_breaker_state 2");
  });

  it("stops a model that calls tools without end", async () => {
    model.otherwise = ({ tool_choice }) =>
      tool_choice === "none"
        ? { text: "Enough." }
        : { calls: Array.from({ length: 5 }, () => ({ name: "list_tasks", arguments: {} })) };
    const { body } = await backend.chat(ann, "go on");
    assert.equal(body.reply, "Enough.");
    assert.ok(body.toolCalls.length <= 20);
    assert.ok(model.requests.length <= 6);
  });

  it("asks the person before it deletes several, whatever the model says", async () => {
    const tasks = [];
    for (const title of ["one", "two", "three"]) tasks.push(await backend.addTask(ann, title));
    model.replies.push(
      { calls: tasks.map(({ id }) => ({ name: "delete_task", arguments: { id } })) },
      { text: "All gone!" },
    );
    const first = (await backend.chat(ann, "clean up")).body;
    assert.match(
      first.reply,
      /^All gone!\n\nThat would delete 3 tasks: "one", "two" and "three"\. Are you sure\?$/,
    );
    assert.equal((await titles()).length, 3);
    const second = (await backend.chat(ann, "yes", first.conversationId)).body;
    assert.equal(second.agent, "builtin");
    assert.deepEqual(await titles(), []);
    assert.equal(model.requests.length, 2, "the yes is not for the model to hear");
  });

  it("lets a model delete one task for each message, not one for each round", async () => {
    const [one, two] = [await backend.addTask(ann, "one"), await backend.addTask(ann, "two")];
    model.replies.push(
      { calls: [{ name: "delete_task", arguments: { id: one.id } }] },
      { calls: [{ name: "delete_task", arguments: { id: two.id } }] },
      { text: "Gone." },
    );
    const { body } = await backend.chat(ann, "delete one");
    assert.match(body.reply, /another task: "two"\. Are you sure\?$/);
    assert.deepEqual(await titles(), ["two"]);
  });

  it("keeps what Postgres can't store out of the history, and the answer", async () => {
    model.replies.push(
      { calls: [{ name: "add_task", arguments: { title: "nul\0 and \ud800" } }] },
      { text: "nul \0 lone \ud800 end" },
    );
    const { status, body } = await backend.chat(ann, "hi");
    assert.equal(status, 200);
    const history = await backend.send(
      "GET",
      `/api/conversations/${body.conversationId}/messages`,
      { as: ann },
    );
    assert.equal(history.body[1].content, "nul \ufffd lone \ufffd end");
  });
});

describe("the breaker", () => {
  const states: string[] = [];
  let time = 0;
  const breaker = new CircuitBreaker(
    (state) => states.push(state),
    () => time,
  );
  const fail = (times: number): void => {
    for (let count = 0; count < times; count += 1) {
      assert.ok(breaker.admit());
      breaker.fail();
    }
  };

  it("opens after three failures in a row, lets one try after a pause, and closes when that works", () => {
    fail(2);
    assert.ok(breaker.admit());
    breaker.succeed();
    fail(3);
    assert.equal(breaker.admit(), false);
    time += 29_999;
    assert.equal(breaker.admit(), false);
    time += 1;
    assert.equal(breaker.admit(), true);
    assert.equal(breaker.admit(), false, "only one try at a time");
    breaker.fail();
    assert.equal(breaker.admit(), false);
    time += 30_000;
    assert.equal(breaker.admit(), true);
    breaker.succeed();
    fail(2);
    assert.deepEqual(states, ["closed", "open", "half-open", "open", "half-open", "closed"]);
  });
});
