import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** A request as the fake endpoint got it. */
export interface ModelRequest {
  readonly authorization: string;
  readonly traceparent: string;
  readonly model: string;
  readonly tool_choice: string;
  readonly max_completion_tokens?: number;
  readonly max_tokens?: number;
  readonly stream_options?: object;
  readonly messages: readonly {
    readonly role: string;
    readonly content: string | null;
    readonly tool_call_id?: string;
    readonly tool_calls?: readonly SentCall[];
    readonly reasoning_content?: string;
  }[];
  readonly tools: readonly {
    readonly function: { readonly name: string; readonly parameters: object };
  }[];
}

/** A call as it is sent back with its result. */
interface SentCall {
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

/** What the fake endpoint does with one request. */
export type ModelReply =
  | { readonly text: string; readonly calls?: readonly ModelCall[] }
  | { readonly calls: readonly ModelCall[] }
  | { readonly status: number; readonly retryAfter?: string; readonly error?: string | object }
  /** Sends these lines as they are, pauses for so many milliseconds, then ends or breaks off or never ends. */
  | { readonly raw: readonly (string | number)[]; readonly then: "end" | "cut" | "stall" }
  /** Answers with one document, whatever the request says of streaming. */
  | { readonly json: object }
  | { readonly stall: true };

/** A tool call; text for arguments goes out as it is. */
export interface ModelCall {
  readonly name: string;
  readonly arguments: object | string;
}

interface Tls {
  readonly key: string;
  readonly cert: string;
}

export const done = "data: [DONE]\n\n";

/** An endpoint for chat completions that speaks the real protocol and does what the test says. */
export class FakeModel {
  readonly #server: Server;
  readonly #scheme: string;
  /** Answers to come, in order; when they are used up, `otherwise` decides. */
  readonly replies: ModelReply[] = [];
  readonly requests: ModelRequest[] = [];
  otherwise: (request: ModelRequest) => ModelReply = () => ({ text: "Fine." });

  private constructor(tls: Tls | undefined) {
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.#answer(request, response);
    this.#scheme = tls ? "https" : "http";
    this.#server = tls ? createTlsServer(tls, answer) : createServer(answer);
  }

  static async start(tls?: Tls): Promise<FakeModel> {
    const model = new FakeModel(tls);
    await new Promise<void>((resolve) => model.#server.listen(0, "127.0.0.1", resolve));
    return model;
  }

  get baseUrl(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await readText(incoming)) as ModelRequest;
    const request = {
      ...body,
      authorization: incoming.headers.authorization ?? "",
      traceparent: String(incoming.headers["traceparent"]),
    };
    this.requests.push(request);
    const reply = this.replies.shift() ?? this.otherwise(request);

    if ("stall" in reply) return;
    if ("status" in reply) {
      response.writeHead(reply.status, {
        "content-type": "application/json",
        ...(reply.retryAfter !== undefined && { "retry-after": reply.retryAfter }),
      });
      const { error = "no" } = reply;
      response.end(
        JSON.stringify(
          typeof error === "object" ? error : { error: { message: error, type: "error" } },
        ),
      );
      return;
    }
    if ("json" in reply) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(reply.json));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    if ("raw" in reply) {
      for (const part of reply.raw) {
        if (typeof part === "number") await sleep(part);
        else response.write(part);
      }
      if (reply.then === "end") response.end();
      await sleep(20);
      if (reply.then === "cut") response.destroy();
      return;
    }
    for (const line of chunksOf(reply)) response.write(line);
    response.end();
  }
}

/** One line of a stream, as the API sends it. */
export function chunk(delta: object, finish: string | null = null): string {
  const choice = { index: 0, delta, finish_reason: finish };
  return line({ choices: [choice] });
}

/** One line of a stream with any content. */
export function line(more: object): string {
  const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "fake" };
  return `data: ${JSON.stringify({ ...head, ...more })}\n\n`;
}

/** A whole stream: text in small pieces, arguments of tools in two halves, usage at the end. */
function chunksOf(reply: {
  readonly text?: string;
  readonly calls?: readonly ModelCall[];
}): readonly string[] {
  const pieces = (reply.text ?? "").match(/[\s\S]{1,7}/g) ?? [];
  const calls = (reply.calls ?? []).flatMap(({ name, arguments: input }, index) => {
    const text = typeof input === "string" ? input : JSON.stringify(input);
    const half = Math.ceil(text.length / 2);
    return [
      chunk({
        tool_calls: [
          { index, id: `call_${index}`, type: "function", function: { name, arguments: "" } },
        ],
      }),
      chunk({ tool_calls: [{ index, function: { arguments: text.slice(0, half) } }] }),
      chunk({ tool_calls: [{ index, function: { arguments: text.slice(half) } }] }),
    ];
  });
  return [
    chunk({ role: "assistant", content: "" }),
    ...pieces.map((content) => chunk({ content })),
    ...calls,
    chunk({}, calls.length > 0 ? "tool_calls" : "stop"),
    line({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } }),
    done,
  ];
}
