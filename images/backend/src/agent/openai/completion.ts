import { setTimeout as sleep } from "node:timers/promises";

import type OpenAI from "openai";
import { APIConnectionError, APIError } from "openai";
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from "openai/resources";

import { toolDefinitions } from "./prompt.ts";

/** Limits of one answer. */
export interface Budget {
  /** Aborted when the time of the whole answer is over. */
  readonly signal: AbortSignal;
  /** Longest wait for the next piece of a stream, in milliseconds. */
  readonly stallMs: number;
  /** When the time is over, in milliseconds since 1970. */
  readonly deadline: number;
}

/** A call that the model wants, with its arguments as the text that came. */
export interface WantedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What the model answered in one round. */
export interface Completion {
  readonly text: string;
  readonly calls: readonly WantedCall[];
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Tries of one request, the first one included. */
const mostTries = 3;
const firstPauseMs = 300;
/** Most tokens that one round may generate, and most characters that are taken of them. */
const mostTokens = 1000;
const mostCharacters = 16_000;
const mostCalls = 32;

/** The model did not answer as it should: away, too slow, cut off, or refusing. */
export class ModelFailed extends Error {
  /** Short name for metrics and logs. */
  readonly reason: "timeout" | "refused" | "unavailable" | "broken";

  constructor(reason: ModelFailed["reason"], cause: unknown) {
    super(`the language model failed: ${reason}`, { cause: withoutWords(cause) });
    this.name = "ModelFailed";
    this.reason = reason;
  }
}

/** What may be logged of an error: the endpoint's own words may quote what a person said. */
function withoutWords(error: unknown): unknown {
  if (error instanceof APIConnectionError) return error;
  if (error instanceof APIError) {
    return new Error(
      `the endpoint answered with status ${String(error.status ?? "200, and an error")}`,
    );
  }
  // Its message quotes the text that is no JSON.
  if (error instanceof SyntaxError) return new Error("the endpoint's answer is no JSON");
  return error;
}

/** Sends chat completions to one model and reads the stream of each. */
export class CompletionClient {
  readonly #client: OpenAI;
  readonly #model: string;

  constructor(client: OpenAI, model: string) {
    this.#client = client;
    this.#model = model;
  }

  /**
   * Asks for one completion. 429 and 5xx are tried again, after the pause that Retry-After asks for
   * if there is time for it, but never once a piece of text has been handed on.
   *
   * @param onText told of every piece of text as it comes.
   * @throws ModelFailed when that doesn't help.
   */
  async complete(
    messages: ChatCompletionMessageParam[],
    { mayCallTools, budget }: { readonly mayCallTools: boolean; readonly budget: Budget },
    onText: (text: string) => void,
  ): Promise<Completion> {
    const request: ChatCompletionCreateParamsStreaming = {
      model: this.#model,
      messages,
      tools: [...toolDefinitions],
      tool_choice: mayCallTools ? "auto" : "none",
      max_completion_tokens: mostTokens,
      stream: true,
      stream_options: { include_usage: true },
    };
    let handedOn = false as boolean;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(request, budget, (text) => {
          handedOn = true;
          onText(text);
        });
      } catch (error) {
        const pauseMs = pauseBefore(error, attempt);
        const late = pauseMs === undefined || Date.now() + pauseMs >= budget.deadline;
        if (handedOn || attempt >= mostTries || late) throw asFailure(error, budget);
        await sleep(pauseMs);
      }
    }
  }

  async #attempt(
    request: ChatCompletionCreateParamsStreaming,
    { signal, stallMs }: Budget,
    onText: (text: string) => void,
  ): Promise<Completion> {
    const stalled = new AbortController();
    const stop = (): void => {
      stalled.abort(new StreamStalled());
    };
    let timer = setTimeout(stop, stallMs);
    try {
      const stream = await this.#client.chat.completions.create(request, {
        signal: AbortSignal.any([signal, stalled.signal]),
      });
      const reader = new ChunkReader(onText);
      for await (const chunk of stream) {
        clearTimeout(timer);
        timer = setTimeout(stop, stallMs);
        reader.read(chunk);
      }
      // A stream that was aborted ends like a complete one.
      stalled.signal.throwIfAborted();
      signal.throwIfAborted();
      return reader.result();
    } catch (error) {
      stalled.signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      stalled.abort();
    }
  }
}

/** No piece of the stream came for too long. */
class StreamStalled extends Error {}
/** The stream ended before the model said that it was done, or is not what it should be. */
class StreamBroken extends Error {}

/** Puts the pieces of a stream together. */
class ChunkReader {
  readonly #onText: (text: string) => void;
  #text = "";
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  #promptTokens = 0;
  #completionTokens = 0;
  #finished = false;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  read({ choices, usage }: ChatCompletionChunk): void {
    if (usage) {
      this.#promptTokens = usage.prompt_tokens;
      this.#completionTokens = usage.completion_tokens;
    }
    // Endpoints differ: some send chunks without choices, or without a delta.
    const [choice] = choices as readonly Partial<ChatCompletionChunk.Choice>[];
    if (!choice) return;
    if (choice.finish_reason) this.#finished = true;
    const text = choice.delta?.content ?? "";
    if (text !== "") {
      this.#text += text;
      this.#onText(text);
    }
    for (const piece of choice.delta?.tool_calls ?? []) this.#readCall(piece);
    const size = this.#calls.reduce((sum, call) => sum + call.arguments.length, this.#text.length);
    if (size > mostCharacters || this.#calls.length > mostCalls) {
      throw new StreamBroken("the answer is too long");
    }
  }

  #readCall({ index, id, function: part }: ChatCompletionChunk.Choice.Delta.ToolCall): void {
    if (!Number.isInteger(index) || index < 0 || index > mostCalls) {
      throw new StreamBroken("a tool call has no proper index");
    }
    const call = (this.#calls[index] ??= { id: `call_${index}`, name: "", arguments: "" });
    if (id) call.id = id;
    if (part?.name) call.name ||= part.name;
    call.arguments += part?.arguments ?? "";
  }

  result(): Completion {
    if (!this.#finished) throw new StreamBroken("the stream ended early");
    return {
      text: this.#text,
      // An endpoint that leaves out an index leaves a hole.
      calls: Object.values(this.#calls),
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
    };
  }
}

/** Milliseconds to wait before the next try; undefined when another try makes no sense. */
function pauseBefore(error: unknown, attempt: number): number | undefined {
  const backoff = firstPauseMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  // A connection that breaks within a stream is reported by fetch itself, as a TypeError.
  const broken = [APIConnectionError, StreamBroken, TypeError].some(
    (kind) => error instanceof kind,
  );
  if (broken) return backoff;
  if (!(error instanceof APIError)) return undefined;
  const status = error.status as number | undefined;
  const again =
    status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
  if (!again) return undefined;
  return retryAfterMs(error.headers as Headers | undefined) ?? backoff;
}

function retryAfterMs(headers: Headers | undefined): number | undefined {
  const exact = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (exact >= 0) return exact;
  const text = headers?.get("retry-after");
  if (text == null) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function asFailure(error: unknown, { signal }: Budget): ModelFailed {
  if (signal.aborted || error instanceof StreamStalled) return new ModelFailed("timeout", error);
  if (error instanceof APIError && !(error instanceof APIConnectionError)) {
    const status = error.status as number | undefined;
    // Aborting has no status; so has an error that comes within the stream.
    if (status === undefined) return new ModelFailed("broken", error);
    return new ModelFailed(status === 429 || status >= 500 ? "unavailable" : "refused", error);
  }
  return new ModelFailed(error instanceof APIConnectionError ? "unavailable" : "broken", error);
}
