import assert from "node:assert/strict";

import { toolDefinitions } from "../src/agent/openai/prompt.ts";
import { readEvents, TestBackend } from "./support/backend.ts";
import { chunk, done, line, type FakeModel } from "./support/fake-model.ts";
import { ModelBackend } from "./support/model-backend.ts";

const added = (title: string): object => ({
  name: "add_task",
  arguments: JSON.stringify({ title }),
});

/** Endpoints that people use and that differ from OpenAI's, each as it was reported. */
describe("endpoints that only resemble OpenAI's", () => {
  let embedded: TestBackend;
  let asked: ModelBackend;
  let model: FakeModel;
  before(async () => {
    embedded = await TestBackend.start();
  });
  after(() => embedded.stop());
  beforeEach(async () => {
    asked = await ModelBackend.start(embedded.database);
    model = asked.model;
  });
  afterEach(() => asked.stop());

  describe("tool calls", () => {
    for (const [difference, pieces] of [
      [
        "have no index",
        [
          { id: "a", function: added("one") },
          { id: "b", function: added("two") },
        ],
      ],
      ["have neither index nor id", [{ function: added("one") }, { function: added("two") }]],
      [
        "all have the index 0",
        [
          { index: 0, id: "a", function: added("one") },
          { index: 0, id: "b", function: added("two") },
        ],
      ],
      [
        "all have the same id",
        [
          { index: 0, id: "a", function: added("one") },
          { index: 1, id: "a", function: added("two") },
        ],
      ],
      [
        "come in pieces without an index",
        [
          { id: "a", function: { name: "add_task", arguments: '{"title":' } },
          { function: { arguments: '"one"}' } },
          { id: "b", function: { name: "add_task", arguments: '{"title":' } },
          { id: "b", function: { arguments: '"two"}' } },
        ],
      ],
      [
        "come in pieces with the name and a new id in one, and an id alone in the other",
        [
          { index: 0, id: "a", function: { name: "add_task", arguments: '{"title":' } },
          { index: 0, id: "x", function: { arguments: '"one"}' } },
          { index: 1, id: "b", function: added("two") },
        ],
      ],
      [
        "have an object for arguments",
        [
          { index: 0, id: "a", function: { name: "add_task", arguments: { title: "one" } } },
          { index: 1, id: "b", function: { name: "add_task", arguments: { title: "two" } } },
        ],
      ],
      [
        "have arguments that were encoded twice",
        [
          {
            index: 0,
            id: "a",
            function: { name: "add_task", arguments: JSON.stringify('{"title":"one"}') },
          },
          { index: 1, id: "b", function: added("two") },
        ],
      ],
    ] as const) {
      it(`run once each when they ${difference}`, async () => {
        const calls = pieces.map((piece) => chunk({ tool_calls: [piece] }));
        model.replies.push(
          { raw: [...calls, chunk({}, "tool_calls"), done], then: "end" },
          { text: "Added both." },
        );
        const { body } = await asked.chat("add one and two");
        assert.deepEqual([body.reply, body.agent], ["Added both.", "openai"]);
        assert.deepEqual(await asked.titles(), ["one", "two"]);

        const sent = model.requests[1]?.messages ?? [];
        const ids = sent.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id));
        const answered = sent.flatMap(({ tool_call_id: id }) => id ?? []);
        assert.equal(new Set(ids).size, 2);
        assert.deepEqual(answered, ids);
      });
    }

    it("go back with the fields that only the endpoint knows", async () => {
      const extra = { extra_content: { google: { thought_signature: "c2lnbmF0dXJl" } } };
      model.replies.push(
        {
          raw: [
            chunk({
              tool_calls: [
                { id: "c1", type: "function", ...extra, function: { ...added("one"), strict: 1 } },
              ],
            }),
            chunk({}, "tool_calls"),
            done,
          ],
          then: "end",
        },
        { text: "Added." },
      );
      assert.equal((await asked.chat("add one")).body.reply, "Added.");
      assert.deepEqual(model.requests[1]?.messages.at(-2)?.tool_calls, [
        { ...extra, id: "c1", type: "function", function: { strict: 1, ...added("one") } },
      ]);
    });

    it("go back with arguments that are an object, whatever the model wrote", async () => {
      const texts = ["", '{"title": "x', "null", "[]", '{"title":"one"}'];
      model.replies.push(
        { calls: texts.map((text) => ({ name: "add_task", arguments: text })) },
        { text: "Done." },
      );
      await asked.chat("add one");
      assert.deepEqual(await asked.titles(), ["one"]);
      assert.deepEqual(
        model.requests[1]?.messages
          .flatMap(({ tool_calls = [] }) => tool_calls)
          .map((call) => call.function.arguments),
        ["{}", "{}", "{}", "{}", '{"title":"one"}'],
      );
    });

    it("go back beside text that is empty, not null", async () => {
      model.otherwise = ({ messages }) => {
        if (messages.some(({ content }) => typeof content !== "string")) return { status: 400 };
        return messages.at(-1)?.role === "tool"
          ? { text: "Added." }
          : { calls: [{ name: "add_task", arguments: { title: "one" } }] };
      };
      assert.equal((await asked.chat("add one")).body.reply, "Added.");
    });

    it("go back with the thoughts that DeepSeek wants to read again", async () => {
      model.otherwise = ({ messages }) => {
        if (messages.at(-1)?.role !== "tool") {
          return {
            raw: [
              chunk({ reasoning_content: "First the " }),
              chunk({ reasoning_content: "task." }),
              chunk({ tool_calls: [{ index: 0, id: "a", function: added("one") }] }, "tool_calls"),
              done,
            ],
            then: "end",
          };
        }
        return messages.at(-2)?.reasoning_content === "First the task."
          ? { text: "Added." }
          : { status: 400, error: "Missing `reasoning_content` field" };
      };
      const { body } = await asked.chat("add one");
      assert.deepEqual([body.reply, await asked.titles()], ["Added.", ["one"]]);
    });
  });

  describe("requests", () => {
    for (const field of ["max_completion_tokens", "stream_options"] as const) {
      it(`are made again without ${field} where it is refused, and at once the next time`, async () => {
        model.otherwise = (request) =>
          field in request
            ? { status: 422, error: { detail: [{ loc: ["body", field], msg: "not permitted" }] } }
            : { text: "Here I am." };
        assert.equal((await asked.chat("hi")).body.reply, "Here I am.");
        assert.equal(model.requests.length, 2);
        assert.equal((await asked.chat("hi")).body.reply, "Here I am.");
        assert.equal(model.requests.length, 3);
        assert.equal(
          model.requests[2]?.max_tokens,
          field === "max_completion_tokens" ? model.requests[0]?.max_completion_tokens : undefined,
        );
      });
    }

    it("are made again where one field after the other is refused", async () => {
      model.otherwise = ({ max_completion_tokens: limit, stream_options: options }) => {
        if (options) return { status: 400, error: "Unrecognized request argument: stream_options" };
        return limit
          ? { status: 422, error: "max_completion_tokens: extra fields not permitted" }
          : { text: "Here I am." };
      };
      assert.equal((await asked.chat("hi")).body.reply, "Here I am.");
      assert.equal(model.requests.length, 3);
    });

    it("have their fields again when a refusal meant something else", async () => {
      model.replies.push(
        { status: 400, error: "no: 'what is max_completion_tokens?'" },
        { status: 400, error: "no: 'what is max_completion_tokens?'" },
        { text: "Here I am." },
      );
      assert.equal((await asked.chat("what is max_completion_tokens?")).body.agent, "builtin");
      assert.equal((await asked.chat("hi")).body.reply, "Here I am.");
      assert.ok(model.requests[2]?.max_completion_tokens);
    });

    it("go on without thoughts where those are refused", async () => {
      model.otherwise = ({ messages }) => {
        if (messages.some((message) => "reasoning_content" in message)) {
          return { status: 400, error: "property 'reasoning_content' is unsupported" };
        }
        if (messages.at(-1)?.role === "tool") return { text: "Added." };
        const call = { index: 0, id: "a", function: added("one") };
        const delta = { reasoning_content: "Well.", tool_calls: [call] };
        return { raw: [chunk(delta, "tool_calls"), done], then: "end" };
      };
      const { body } = await asked.chat("add one");
      assert.deepEqual([body.reply, await asked.titles()], ["Added.", ["one"]]);
    });

    it("describe the tools without formats and patterns that Gemini and llama.cpp refuse", () => {
      const text = JSON.stringify(toolDefinitions);
      assert.deepEqual([...new Set(text.match(/"format":"[^"]*"/g))], ['"format":"date-time"']);
      assert.doesNotMatch(text, /"pattern":/);
    });
  });

  describe("answers", () => {
    it("may have chunks without choices at any place, and are given once", async () => {
      model.replies.push({
        raw: [
          line({ choices: null }),
          line({}),
          line({ choices: [] }),
          "data: null\n\n",
          line({ choices: [null] }),
          chunk({ content: "Added " }),
          line({ choices: [{ index: 0, delta: null }] }),
          line({ choices: null, usage: null }),
          chunk({ content: "it." }, "stop"),
          line({ choices: null, usage: { prompt_tokens: 1, completion_tokens: null } }),
          done,
        ],
        then: "end",
      });
      const { body } = await asked.chat("add buy milk");
      assert.deepEqual([body.reply, body.agent], ["Added it.", "openai"]);
      assert.deepEqual([model.requests.length, await asked.titles()], [1, []]);
    });

    for (const [fault, rest, then] of [
      ["a chunk that is no JSON", ["data: {broken\n\n"], "end"],
      ["an error", [line({ error: { message: "too late" } })], "end"],
      ["a cut", [], "cut"],
      ["silence", [], "stall"],
    ] as const) {
      it(`are given once when ${fault} follows their end`, async () => {
        model.replies.push({ raw: [chunk({ content: "Added it." }, "stop"), ...rest], then });
        const { body } = await asked.chat("add buy milk");
        assert.deepEqual([body.reply, body.agent], ["Added it.", "openai"]);
        assert.deepEqual([model.requests.length, await asked.titles()], [1, []]);
      });
    }

    it("may end with [DONE] alone", async () => {
      model.replies.push(
        {
          raw: [chunk({ tool_calls: [{ index: 0, id: "a", function: added("one") }] }), done],
          then: "end",
        },
        { raw: [chunk({ content: "Added it." }), done], then: "end" },
      );
      const { body } = await asked.chat("add one");
      assert.deepEqual([body.reply, body.agent], ["Added it.", "openai"]);
      assert.deepEqual([model.requests.length, await asked.titles()], [2, ["one"]]);
    });

    it("may be one document, as if nobody had asked for a stream", async () => {
      const message = (more: object, reason: string): object => ({
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", ...more }, finish_reason: reason }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      });
      const call = { id: "a", type: "function", function: added("one") };
      model.replies.push(
        { json: message({ content: null, tool_calls: [call] }, "tool_calls") },
        { json: message({ content: "Added it." }, "stop") },
      );
      const { body } = await asked.chat("add one");
      assert.deepEqual([body.reply, body.agent], ["Added it.", "openai"]);
      assert.deepEqual([model.requests.length, await asked.titles()], [2, ["one"]]);
    });

    it("may repeat themselves whole in the last chunk", async () => {
      const message = { role: "assistant", content: "Hello." };
      model.replies.push({
        raw: [
          chunk({ content: "Hello." }),
          line({ choices: [{ message, finish_reason: "stop" }] }),
          done,
        ],
        then: "end",
      });
      assert.equal((await asked.chat("hi")).body.reply, "Hello.");
    });

    it("may be lists of parts", async () => {
      const thinking = { type: "thinking", thinking: [{ type: "text", text: "Hm." }] };
      const text = { type: "text", text: "Hello." };
      model.replies.push({
        raw: [chunk({ content: [thinking, text] }, "stop"), done],
        then: "end",
      });
      assert.equal((await asked.chat("hi")).body.reply, "Hello.");
    });
  });

  describe("an answer without text", () => {
    for (const [reason, delta, finish, reply] of [
      [
        "all tokens went into reasoning",
        { content: "" },
        "length",
        "The language model used up its tokens for reasoning before it came to an answer; ask for less at once.",
      ],
      [
        "all tokens went into a thought that is part of the text",
        { content: "<think>Let me see" },
        "length",
        "The language model used up its tokens for reasoning before it came to an answer; ask for less at once.",
      ],
      [
        "the content filter stopped it",
        { content: null },
        "content_filter",
        "The content filter of the language model withheld the answer; try other words.",
      ],
      [
        "the content filter stopped it within the text",
        { content: "Well," },
        "content_filter: OTHER",
        "Well,\n\nThe content filter of the language model withheld the rest of the answer; try other words.",
      ],
      [
        "the model refuses",
        { refusal: "I won't help with that." },
        "stop",
        "The language model declines: I won't help with that.",
      ],
      [
        "the model has nothing to say",
        { content: "" },
        "stop",
        "I have nothing to say to that; try other words.",
      ],
    ] as const) {
      it(`says so when ${reason}`, async () => {
        model.replies.push({
          raw: [chunk({ role: "assistant" }), chunk(delta, finish), done],
          then: "end",
        });
        const { body } = await asked.chat("hi");
        assert.deepEqual([body.reply, model.requests.length], [reply, 1]);
      });
    }

    it("says that it is done when a tool has run", async () => {
      model.replies.push(
        { calls: [{ name: "add_task", arguments: { title: "one" } }] },
        { text: "" },
      );
      assert.equal((await asked.chat("add one")).body.reply, "Done.");
    });
  });

  describe("the time to the first byte", () => {
    const again = async (limits: { firstByteMs: number; stallMs: number }): Promise<void> => {
      await asked.stop();
      asked = await ModelBackend.start(embedded.database, { ...limits, answerMs: 20_000 });
      model = asked.model;
    };

    it("is not limited by how long a stall may take", async () => {
      await again({ firstByteMs: 15_000, stallMs: 300 });
      const beginning = chunk({ role: "assistant", content: "" });
      model.replies.push({
        raw: [600, beginning, 600, chunk({ content: "Loaded." }, "stop"), done],
        then: "end",
      });
      assert.equal((await asked.chat("hi")).body.reply, "Loaded.");
    });

    it("begins again with every comment, as a stall does", async () => {
      await again({ firstByteMs: 1000, stallMs: 1000 });
      const comments = Array.from({ length: 12 }, () => [": PROCESSING\n\n", 100]).flat();
      const still = chunk({ content: "Still " });
      const here = chunk({ content: "here." }, "stop");
      model.replies.push({ raw: [...comments, still, ...comments, here, done], then: "end" });
      assert.equal((await asked.chat("hi")).body.reply, "Still here.");
      assert.equal(model.requests.length, 1);
    });
  });

  describe("thoughts in the text", () => {
    const answer = (text: string): void => {
      const pieces = text.match(/[\s\S]{1,3}/g) ?? [];
      model.replies.push({
        raw: [...pieces.map((content) => chunk({ content })), chunk({}, "stop"), done],
        then: "end",
      });
    };
    const shownOf = async (): Promise<{ deltas: string; reply: string }> => {
      const { text } = await asked.backend.send("POST", "/api/chat", {
        as: asked.ann,
        body: { message: "hi" },
        headers: { accept: "text/event-stream" },
      });
      const events = readEvents(text);
      const deltas = events.filter(({ event }) => event === "delta").map(({ data }) => data.text);
      return { deltas: deltas.join(""), reply: events.at(-1)?.data.reply };
    };

    it("are not shown, neither as they come nor later", async () => {
      answer("<think>\nThey greet me.\n</think>\n\nHello.");
      assert.deepEqual(await shownOf(), { deltas: "Hello.", reply: "Hello." });
    });

    it("are not in the answer where only their end is marked, and from then on not shown as they come", async () => {
      const text = "They greet me.\n</think>\n\nHello.";
      answer(text);
      assert.equal((await shownOf()).reply, "Hello.");
      answer(text);
      assert.deepEqual(await shownOf(), { deltas: "Hello.", reply: "Hello." });
    });

    it("don't count as an answer that was given: the model is asked again", async () => {
      model.replies.push({ raw: [chunk({ content: "<think>Hm" })], then: "cut" });
      answer("Hello.");
      assert.equal((await asked.chat("hi")).body.reply, "Hello.");
    });
  });
});
