import { setTimeout as sleep } from "node:timers/promises";

import { startSpan } from "../../telemetry/tracing.ts";
import { readChunks } from "./chunks.ts";
import { CompletionReader, type Completion } from "./completion-reader.ts";
import { AnswerBroken, EndpointUnreachable, EndpointRefused, type Endpoint } from "./endpoint.ts";
import { toolDefinitions } from "./prompt.ts";
import { namedInRefusal, withoutRefused } from "./refusable.ts";
import type { ChatMessage, CompletionRequest } from "./wire.ts";

/** Time limits of one answer. */
export interface Budget {
  /** Aborted when the answer's time is up. */
  readonly signal: AbortSignal;
  /** Timeout for the first byte, in milliseconds. */
  readonly firstByteMs: number;
  /** Timeout between two chunks, in milliseconds. */
  readonly stallMs: number;
  /** When the time is up, in milliseconds since 1970. */
  readonly deadline: number;
}

/** Attempts per request, including the first. */
const maxAttempts = 3;
const firstPauseMs = 300;
/** Most tokens that one round may generate, thoughts included. */
const maxTokens = 4000;

/** The model was unreachable or too slow, refused the request, or its answer was cut off. */
export class ModelFailed extends Error {
  /** Short name for metrics and logs. */
  readonly reason: "timeout" | "refused" | "unavailable" | "broken";

  constructor(reason: ModelFailed["reason"], cause: unknown) {
    super(`the language model failed: ${reason}`, { cause: forLog(cause) });
    this.name = "ModelFailed";
    this.reason = reason;
  }
}

/** Strips an error's body for the log, because it may quote the user. */
function forLog(error: unknown): unknown {
  return error instanceof EndpointRefused ? new Error(error.message) : error;
}

/** Requests chat completions from one model. */
export class CompletionClient {
  readonly #endpoint: Endpoint;
  readonly #model: string;
  /** Learned from the endpoint: refused fields, and whether answers start in a thought. */
  #refused: ReadonlySet<string> = new Set();
  #beginsInThought = false;

  constructor(endpoint: Endpoint, model: string) {
    this.#endpoint = endpoint;
    this.#model = model;
  }

  /**
   * Requests one completion. Retries 429 and 5xx, after the pause from Retry-After if there is
   * time, but never after any text was passed on. Retries without fields that the endpoint refuses.
   *
   * @param onText called with every chunk of text.
   * @throws ModelFailed if retries don't help.
   */
  async complete(
    messages: readonly ChatMessage[],
    { mayCallTools, budget }: { readonly mayCallTools: boolean; readonly budget: Budget },
    onText: (text: string) => void,
  ): Promise<Completion> {
    const whole: CompletionRequest = {
      model: this.#model,
      messages,
      tools: toolDefinitions,
      tool_choice: mayCallTools ? "auto" : "none",
      max_completion_tokens: maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    };
    let handedOn = false as boolean;
    let refused = this.#refused;
    for (let attempt = 1; ;) {
      const request = withoutRefused(whole, refused);
      try {
        const completion = await this.#attempt(request, budget, (text) => {
          handedOn = true;
          onText(text);
        });
        // Only after success: a refusal may mention unrelated fields.
        this.#refused = refused;
        return completion;
      } catch (error) {
        const named = namedInRefusal(error, request);
        if (named.length > 0) {
          refused = new Set([...refused, ...named]);
          continue;
        }
        const pauseMs = pauseBefore(error, attempt);
        const late = pauseMs === undefined || Date.now() + pauseMs >= budget.deadline;
        if (handedOn || attempt >= maxAttempts || late) throw asFailure(error, budget);
        attempt += 1;
        await sleep(pauseMs);
      }
    }
  }

  async #attempt(request: object, budget: Budget, onText: (text: string) => void) {
    const reader = new CompletionReader(onText, this.#beginsInThought);
    const silence = new SilenceLimit(() => (reader.hasBegun ? budget.stallMs : budget.firstByteMs));
    const signal = AbortSignal.any([budget.signal, silence.signal]);
    const span = startSpan(`chat ${this.#model}`, "client", {
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": this.#model,
    });
    let failure: unknown;
    try {
      const body = silence.watch(this.#endpoint.send(request, signal, span?.headers));
      for await (const chunk of readChunks(body)) {
        reader.read(chunk);
        silence.restart();
      }
    } catch (error) {
      failure = error;
      // A complete answer was passed on already: a retry would repeat it.
      if (!reader.isFinished) throw error;
    } finally {
      silence.stop();
      span?.end(failure);
    }
    this.#beginsInThought ||= reader.lacksOpening;
    return reader.result();
  }
}

/** The endpoint sent nothing for too long. */
class EndpointSilent extends Error {}

/** Aborts after too long without data; keep-alive comments count as data. */
class SilenceLimit {
  readonly #limitMs: () => number;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: () => number) {
    this.#limitMs = limitMs;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async *watch(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      this.restart();
      yield bytes;
    }
  }

  restart(): void {
    clearTimeout(this.#timer);
    const limitMs = this.#limitMs();
    this.#timer = setTimeout(() => {
      this.#controller.abort(new EndpointSilent(`no data for ${limitMs / 1000} s`));
    }, limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Milliseconds to wait before the next attempt; undefined if a retry makes no sense. */
function pauseBefore(error: unknown, attempt: number): number | undefined {
  const backoff = firstPauseMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  if (error instanceof EndpointUnreachable || error instanceof AnswerBroken) return backoff;
  if (!(error instanceof EndpointRefused)) return undefined;
  const { status, retryAfterMs = backoff } = error;
  const again = status === 408 || status === 409 || status === 429 || status >= 500;
  return again ? retryAfterMs : undefined;
}

function asFailure(error: unknown, { signal }: Budget): ModelFailed {
  if (signal.aborted || error instanceof EndpointSilent) return new ModelFailed("timeout", error);
  if (error instanceof EndpointUnreachable) return new ModelFailed("unavailable", error);
  if (!(error instanceof EndpointRefused)) return new ModelFailed("broken", error);
  const isPassing = error.status === 429 || error.status >= 500;
  return new ModelFailed(isPassing ? "unavailable" : "refused", error);
}
