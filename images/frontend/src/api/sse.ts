/** Server-sent events out of a byte stream; EventSource can't send a body or a token. */

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Makes a parser that takes text in pieces, cut anywhere, and gives back the events that are whole.
 * An event that the stream ends in the middle of is dropped, as the standard has it.
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
      // The LF of a CRLF, which was taken with its CR.
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
 * Reads a response's body to its end as events.
 *
 * @param silenceMs how long may pass between two pieces; the server sends a comment now and then,
 * so that silence means that the connection is dead.
 * @throws Error when there was silence for longer.
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
      reject(new Error("The stream has gone silent."));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
