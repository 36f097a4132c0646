import { AnswerBroken } from "./endpoint.ts";

/** Yielded last if the endpoint marks the answer as complete. */
export const endOfAnswer = Symbol("end of answer");

/** Most bytes of one answer, including comments. */
const maxBytes = 4 * 1024 * 1024;

/**
 * The JSON values of an answer: the data of server-sent events, or the document of an endpoint that
 * doesn't stream. The content type can't tell them apart, because some endpoints send a wrong one.
 */
export async function* readChunks(body: AsyncIterable<Uint8Array>): AsyncGenerator {
  let document = "";
  for await (const line of readLines(body)) {
    if (document !== "" || line.trimStart().startsWith("{")) {
      document += `${line}\n`;
    } else if (line.startsWith("data:")) {
      const data = line.slice("data:".length).trim();
      if (data === "[DONE]") {
        yield endOfAnswer;
        return;
      }
      if (data !== "") yield parse(data);
    }
  }
  if (document === "") return;
  yield parse(document);
  yield endOfAnswer;
}

/** Hides the parser's message, which would quote the text, and so possibly the user. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("the endpoint's answer is not JSON");
  }
}

async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let size = 0;
  for await (const bytes of body) {
    size += bytes.length;
    if (size > maxBytes) throw new AnswerBroken("the answer is too large");
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest + decoder.decode();
}
