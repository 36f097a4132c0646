import type { OpenAiConfig } from "../../config.ts";

/** The endpoint answered with an error status. Its words may quote what a person said, so they are no part of the message. */
export class EndpointRefused extends Error {
  readonly status: number;
  readonly body: string;
  /** Pause that the endpoint asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: string, retryAfterMs: number | undefined) {
    super(`the endpoint answered with status ${status}`);
    this.name = "EndpointRefused";
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The request did not get through. */
export class EndpointUnreachable extends Error {}

/** The answer ended before the model said that it was done, or is not what it should be. */
export class AnswerBroken extends Error {}

/**
 * Sends requests for completions. OpenAI's own client is not used: it drops the body of an error that
 * has another shape than OpenAI's, keep-alive comments, and answers that are no stream.
 */
export class Endpoint {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ apiKey, baseUrl }: Pick<OpenAiConfig, "apiKey" | "baseUrl">) {
    this.#url = `${baseUrl}/chat/completions`;
    this.#headers = {
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      "user-agent": "todo-chatbot",
    };
  }

  /**
   * Sends one request; gives the body of its answer as it comes.
   *
   * @throws EndpointRefused, EndpointUnreachable, AnswerBroken, or the reason of the signal
   */
  async *send(request: object, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const response = await this.#post(JSON.stringify(request), signal);
    try {
      if (!response.ok) throw await refusal(response);
      // A body of null can't be told from an empty one.
      if (response.body) yield* response.body;
    } catch (error) {
      if (signal.aborted || error instanceof EndpointRefused) throw error;
      throw new AnswerBroken("the connection broke within the answer", { cause: error });
    }
  }

  async #post(body: string, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(this.#url, { method: "POST", headers: this.#headers, body, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      // The message of fetch itself may quote the address, with a password in it.
      const { code, message } = ((error as Error).cause ?? {}) as Partial<NodeJS.ErrnoException>;
      throw new EndpointUnreachable(
        `the endpoint can't be reached: ${code ?? message ?? "no request"}`,
      );
    }
  }
}

async function refusal(response: Response): Promise<EndpointRefused> {
  return new EndpointRefused(
    response.status,
    await response.text(),
    retryAfterMs(response.headers),
  );
}

function retryAfterMs(headers: Headers): number | undefined {
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (exact >= 0) return exact;
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
