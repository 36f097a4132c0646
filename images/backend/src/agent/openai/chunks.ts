import { AnswerBroken } from "./endpoint.ts";

/** Comes last when the endpoint says that the answer is whole. */
export const endOfAnswer = Symbol("end of answer");

/** Most bytes of one answer, chunks and comments together. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The JSON values of an answer: the data of server-sent events, or the one document of an endpoint that
 * doesn't stream. The content type is no help to tell them apart: some name the wrong one.
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

/** The text may quote what a person said; the error's own message would quote the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("the endpoint's answer is no JSON");
  }
}

async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let size = 0;
  for await (const bytes of body) {
    size += bytes.length;
    if (size > mostBytes) throw new AnswerBroken("the answer has too many bytes");
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest + decoder.decode();
}
