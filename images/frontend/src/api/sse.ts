/** Server-sent events over fetch, because EventSource can't send a body or a token. */

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Creates a parser that takes chunks of text, split anywhere, and returns the events completed so
 * far. An incomplete event at the end of the stream is dropped, as the standard requires.
 */
export function createSseParser(): (piece: string) => ServerSentEvent[] {
  let rest = "";
  let atStart = true;
  let event = "";
  let data: string[] = [];

  return (piece) => {
    const events: ServerSentEvent[] = [];
    let text = rest + piece;
    if (atStart && text !== "") {
      atStart = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }

    let from = 0;
    for (const { index: end } of text.matchAll(/[\r\n]/g)) {
      // The LF of a CRLF, already consumed with its CR.
      if (end < from) continue;
      // A CR at the very end may be half of a CRLF.
      if (text[end] === "\r" && end + 1 === text.length) break;
      takeLine(text.slice(from, end));
      from = end + (text.startsWith("\r\n", end) ? 2 : 1);
    }
    rest = text.slice(from);
    return events;

    function takeLine(line: string): void {
      if (line === "") {
        if (data.length > 0) events.push({ event: event || "message", data: data.join("\n") });
        event = "";
        data = [];
        return;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event = value;
      else if (field === "data") data.push(value);
    }
  };
}

/**
 * Reads a response body as events.
 *
 * @param silenceMs longest pause between two chunks; the server sends heartbeats, so a longer one
 * means that the connection is dead.
 * @throws Error after a longer pause.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<ServerSentEvent, void> {
  const parse = createSseParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(silenceMs, reader.read());
      if (done) return;
      yield* parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error("The stream timed out."));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
