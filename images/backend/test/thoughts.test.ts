import assert from "node:assert/strict";

import { ThoughtFilter } from "../src/agent/openai/thoughts.ts";

describe("the filter of thoughts", () => {
  for (const [what, text, expected, cutOff] of [
    ["takes out a thought at the beginning", "\n<think>a\n</think>\n\nHello.", "Hello."],
    ["takes out an empty thought", "<think>\n\n</think>\n\nHello.", "Hello."],
    ["takes out one thought after the other", "<think>a</think><think>b</think>Hi.", "Hi."],
    ["takes out a thought in the middle", "One <THINK>a</THINK>two", "One two"],
    ["knows other names", "<thinking>a</thinking>b<thought>c</thought>", "b"],
    ["takes a thought that never ends for no answer", "<think>Let me see", ""],
    ["takes what comes before a stray closing tag for a thought", "Hm, a.\n</think>\n\nHi.", "Hi."],
    ["leaves a tag that is only spoken of", "A <think> tag opens it.", "A <think> tag opens it."],
    ["takes a cut thought in the middle for a thought", "One <think>a", "One ", true],
    ["leaves a closing tag that is only spoken of", 'Say "</think>" then.', 'Say "</think>" then.'],
    ["leaves other tags and comparisons", "1 < 2 <b>x</b> <thin", "1 < 2 <b>x</b> <thin"],
  ] as const) {
    it(`${what}, wherever the pieces are cut`, () => {
      for (let size = 1; size <= text.length; size += 1) {
        const filter = new ThoughtFilter(false);
        const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
        const shown = [...pieces.map((piece) => filter.write(piece)), filter.end(cutOff ?? false)];
        assert.equal(filter.text, expected, `pieces of ${size}`);
        if (!filter.lacksOpening) assert.equal(shown.join(""), expected, `pieces of ${size}`);
      }
    });
  }

  it("passes text on as soon as it can't be a tag", () => {
    const filter = new ThoughtFilter(false);
    assert.deepEqual(
      ["Hello <", "thi", "s> is ", "it"].map((piece) => filter.write(piece)),
      ["Hello ", "", "<this> is ", "it"],
    );
  });

  it("shows an answer without thoughts at its end when answers used to begin in one", () => {
    const filter = new ThoughtFilter(true);
    assert.deepEqual([filter.write("Hello."), filter.end(false)], ["", "Hello."]);
  });
});
