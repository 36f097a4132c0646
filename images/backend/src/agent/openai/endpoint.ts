import type { OpenAiConfig } from "../../config.ts";

/** An error status from the endpoint. The message omits the body, which may quote the user. */
export class EndpointRefused extends Error {
  readonly status: number;
  readonly body: string;
  /** Pause from Retry-After, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: string, retryAfterMs: number | undefined) {
    super(`the endpoint responded with status ${status}`);
    this.name = "EndpointRefused";
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The endpoint could not be reached. */
export class EndpointUnreachable extends Error {}

/** The answer ended early or is malformed. */
export class AnswerBroken extends Error {}

/**
 * Sends completion requests. OpenAI's own client is not used: it drops error bodies in a format
 * other than OpenAI's, keep-alive comments, and responses that are not streamed.
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
   * Sends one request and streams the response body.
   *
   * @param more headers
   * @throws EndpointRefused, EndpointUnreachable, AnswerBroken, or the reason of the signal
   */
  async *send(
    request: object,
    signal: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): AsyncGenerator<Uint8Array> {
    const headers = { ...more, ...this.#headers };
    const response = await this.#post({ headers, body: JSON.stringify(request), signal });
    try {
      if (!response.ok) throw await refusal(response);
      // null stands for an empty body.
      if (response.body) yield* response.body;
    } catch (error) {
      if (signal.aborted || error instanceof EndpointRefused) throw error;
      throw new AnswerBroken("the connection was lost during the answer", { cause: error });
    }
  }

  async #post(request: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
    try {
      return await fetch(this.#url, { ...request, method: "POST" });
    } catch (error) {
      if (request.signal.aborted) throw error;
      // fetch's own message may quote the URL, with a password in it.
      const { code, message, cause } = ((error as Error).cause ??
        {}) as Partial<NodeJS.ErrnoException>;
      // A proxy that refuses is the cause of the cause.
      const byProxy = (cause as Error | undefined)?.message;
      throw new EndpointUnreachable(
        `the endpoint can't be reached: ${byProxy ?? code ?? message ?? "no request"}`,
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
