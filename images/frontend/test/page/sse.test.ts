import assert from "node:assert/strict";

import { createSseParser, readEvents } from "../../src/api/sse.ts";

/** All events of a text that arrives in pieces of the given size. */
function parse(text: string, size = text.length || 1) {
  const parser = createSseParser();
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces.flatMap((piece) => parser(piece));
}

function streamOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

describe("the parser of server-sent events", () => {
  const text =
    "\uFEFFevent: start\ndata: {}\n\n: a comment\n\nid: 7\nevent:delta\r\ndata: a\r\ndata:  b\r\n\r\nretry: 5\rdata\r\rdata: cut off";

  for (let size = 1; size <= 12; size++) {
    it(`gives the same events for pieces of ${size}`, () => {
      assert.deepEqual(parse(text, size), [
        { event: "start", data: "{}" },
        { event: "delta", data: "a\n b" },
        { event: "message", data: "" },
      ]);
    });
  }

  it("gives an event as soon as its empty line is there", () => {
    const parser = createSseParser();
    assert.deepEqual(parser("data: 1\n"), []);
    assert.deepEqual(parser("\n"), [{ event: "message", data: "1" }]);
  });

  it("drops an event without data, and forgets its name", () => {
    assert.deepEqual(parse("event: ghost\n\ndata: 1\n\n"), [{ event: "message", data: "1" }]);
  });

  it("copes with a very long line in many pieces", () => {
    const long = "x".repeat(200_000);
    const started = performance.now();
    assert.equal(parse(`data: ${long}\n\n`, 1000)[0]?.data, long);
    assert(performance.now() - started < 2000);
  });
});

describe("reading events from a response", () => {
  it("joins characters that the network cut", async () => {
    const bytes = new TextEncoder().encode("data: ☕ é\n\n");
    for (let cut = 1; cut < bytes.length; cut++) {
      const events = readEvents(streamOf(bytes.slice(0, cut), bytes.slice(cut)), 1000);
      assert.deepEqual(await Array.fromAsync(events), [{ event: "message", data: "☕ é" }]);
    }
  });

  it("gives up on a stream that has gone silent, and lets go of it", async () => {
    let cancelled = false;
    const silent = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    await assert.rejects(Array.fromAsync(readEvents(silent, 20)), /timed out/);
    assert.equal(cancelled, true);
  });

  it("lets go of the stream when nobody wants more", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode("data: 1\n\n"));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const event of readEvents(endless, 1000)) {
      assert.equal(event.data, "1");
      break;
    }
    assert.equal(cancelled, true);
  });
});
