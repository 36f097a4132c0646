import assert from "node:assert/strict";

import type { ChatAnswer, StoredMessage, ToolCall } from "../../src/api/types.ts";
import { type ChatAction, chatReducer, type ChatState, emptyChat } from "../../src/state/chat.ts";

const call: ToolCall = { name: "add_task", arguments: { title: "milk" }, result: {} };
const answer: ChatAnswer = {
  conversationId: "c1",
  reply: "Added milk.",
  toolCalls: [call],
  agent: "builtin",
};
const sent: ChatAction = { type: "sent", key: "k1", text: "add milk" };
const started: ChatAction = { type: "started", conversationId: "c1" };

function run(...actions: ChatAction[]): ChatState {
  return actions.reduce(chatReducer, emptyChat);
}
const brief = ({ messages }: ChatState) =>
  messages.map(({ role, content, status }) => `${role}: ${content} (${status})`);

describe("a conversation", () => {
  it("shows a question at once, the answer as it comes, and the whole in the end", () => {
    const asked = run(sent);
    assert.equal(asked.phase, "answering");
    assert.deepEqual(brief(asked), ["user: add milk (pending)"]);

    const coming = run(
      sent,
      started,
      { type: "tool", call },
      { type: "delta", text: "Added" },
      { type: "delta", text: " mi" },
    );
    assert.equal(coming.conversationId, "c1");
    assert.deepEqual(brief(coming), ["user: add milk (complete)", "assistant: Added mi (pending)"]);
    assert.deepEqual(coming.messages[1]?.toolCalls, [call]);

    const done = chatReducer(coming, { type: "done", answer });
    assert.equal(done.phase, "idle");
    assert.deepEqual(brief(done), [
      "user: add milk (complete)",
      "assistant: Added milk. (complete)",
    ]);
    assert.equal(done.messages[1]?.agent, "builtin");
    assert.deepEqual(done.messages[1].toolCalls, [call]);
  });

  it("takes an answer that comes whole", () => {
    assert.deepEqual(brief(run(sent, { type: "done", answer })), [
      "user: add milk (complete)",
      "assistant: Added milk. (complete)",
    ]);
  });

  it("marks a message that the server never took as unsent, to be sent again", () => {
    const state = run(sent, { type: "broke", reason: "away" });
    assert.equal(state.phase, "idle");
    assert.deepEqual(brief(state), ["user: add milk (unsent)"]);
    assert.equal(state.messages[0]?.reason, "away");
    assert.deepEqual(brief(chatReducer(state, { type: "dropped", key: "k1" })), []);
  });

  it("marks an answer that broke off as cut, because it may have done something", () => {
    const state = run(sent, started, { type: "broke", reason: "lost" });
    assert.deepEqual(brief(state), ["user: add milk (complete)", "assistant:  (cut)"]);
  });

  it("shows unsent messages from before a reload one by one, after what was said", () => {
    const stored: StoredMessage = {
      ...{ id: "m1", role: "user", content: "add tea", createdAt: "2026-11-25T08:00:00Z" },
    } as StoredMessage;
    const state = run(
      { type: "loaded", messages: [stored] },
      {
        type: "recalled",
        unsent: [
          { key: "k1", text: "add milk", conversationId: "c1" },
          { key: "k2", text: "add bread", conversationId: "c1" },
        ],
      },
    );
    assert.deepEqual(brief(state), [
      "user: add tea (complete)",
      "user: add milk (unsent)",
      "user: add bread (unsent)",
    ]);
  });

  it("keeps an unsent message above what is said after it", () => {
    const again: ChatAction = { type: "sent", key: "k2", text: "hello" };
    const state = run(sent, { type: "broke", reason: "away" }, again, { type: "done", answer });
    assert.deepEqual(brief(state), [
      "user: add milk (unsent)",
      "user: hello (complete)",
      "assistant: Added milk. (complete)",
    ]);
  });

  it("stops", () => {
    const state = run(sent, started, { type: "delta", text: "Ad" }, { type: "stopped" });
    assert.equal(state.phase, "idle");
    assert.deepEqual(brief(state), ["user: add milk (complete)", "assistant: Ad (stopped)"]);
  });

  it("does not let the end of one conversation touch another", () => {
    const opened: ChatAction = { type: "opened", conversationId: "c2" };
    const state = run(sent, opened, { type: "stopped" }, { type: "broke", reason: "late" });
    assert.deepEqual(state, { ...emptyChat, conversationId: "c2", phase: "loading" });
    const old = { id: "1", role: "assistant", content: "old", toolCalls: [], agent: null } as const;
    const messages = [{ ...old, createdAt: "" }];
    const loaded = run(sent, opened, { type: "loaded", messages }, { type: "stopped" });
    assert.deepEqual(brief(loaded), ["assistant: old (complete)"]);
  });

  it("loads what was said before", () => {
    const state = run(
      { type: "opened", conversationId: "c1" },
      {
        type: "loaded",
        messages: [
          { id: "1", role: "user", content: "hi", toolCalls: null, agent: null, createdAt: "" },
          {
            id: "2",
            role: "assistant",
            content: "yes",
            toolCalls: [call],
            agent: "openai",
            createdAt: "",
          },
        ],
      },
    );
    assert.deepEqual(brief(state), ["user: hi (complete)", "assistant: yes (complete)"]);
    assert.deepEqual(
      state.messages.map(({ storedAt }) => storedAt === undefined),
      [false, false],
    );
  });

  it("begins anew", () => {
    assert.deepEqual(run(sent, { type: "opened", conversationId: undefined }), emptyChat);
    assert.equal(
      run({ type: "opened", conversationId: "c1" }, { type: "loadFailed" }).phase,
      "failed",
    );
  });

  describe("that was continued elsewhere", () => {
    const stored = (role: "user" | "assistant", content: string): StoredMessage => ({
      ...{ id: `${role} ${content}`, role, content },
      ...{ toolCalls: [], agent: null, createdAt: "2026-05-01T10:00:00Z" },
    });
    const here = run(sent, started, { type: "done", answer });
    const both = [stored("user", "add milk"), stored("assistant", "Added milk.")];
    const sync = (state: ChatState, messages: readonly StoredMessage[]) =>
      chatReducer(state, { type: "synced", conversationId: "c1", messages });

    it("shows what was said there, and keeps what was said here as it is", () => {
      assert.equal(sync(here, both), here, "nothing new");
      const later = sync(here, [...both, stored("user", "add tea"), stored("assistant", "Tea.")]);
      assert.deepEqual(later.messages.slice(0, 2), here.messages);
      assert.deepEqual(brief(later).slice(2), [
        "user: add tea (complete)",
        "assistant: Tea. (complete)",
      ]);
    });

    it("keeps unsent messages at the end", () => {
      const unsent = [
        { type: "sent", key: "k2", text: "more" },
        { type: "broke", reason: "away" },
      ] as const;
      const state = unsent.reduce(chatReducer, here);
      const later = sync(state, [...both, stored("user", "add tea")]);
      assert.deepEqual(brief(later).slice(2), ["user: add tea (complete)", "user: more (unsent)"]);
    });

    it("keeps what was said here since the server was asked", () => {
      const next = [
        { type: "sent", key: "k2", text: "done with milk" },
        { ...started },
        { type: "done", answer: { ...answer, reply: "Done." } },
      ] as const;
      const state = next.reduce<ChatState>(chatReducer, here);
      assert.equal(sync(state, both), state);
    });

    it("shows everything in the server's order when both said something", () => {
      const first = [stored("user", "add tea"), stored("assistant", "Tea.")];
      assert.equal(brief(sync(here, [...first, ...both])).length, 4);
    });

    it("waits for an answer, and leaves other conversations alone", () => {
      const answering = run(sent, started);
      assert.equal(sync(answering, both), answering);
      const other: ChatAction = { type: "synced", conversationId: "c2", messages: [] };
      assert.equal(chatReducer(here, other), here);
    });

    it("makes room for a new one when it was deleted", () => {
      const gone = chatReducer(here, { type: "gone", conversationId: "c1" });
      assert.deepEqual(
        [gone.conversationId, gone.isGone, gone.messages.length],
        [undefined, true, 2],
      );
      const next = chatReducer(gone, { type: "sent", key: "k3", text: "again" });
      assert.deepEqual(brief(next), ["user: again (pending)"]);
      assert.equal(next.isGone, false);
    });
  });
});
