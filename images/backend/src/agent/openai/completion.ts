import { setTimeout as sleep } from "node:timers/promises";

import { readChunks } from "./chunks.ts";
import { CompletionReader, type Completion } from "./completion-reader.ts";
import { AnswerBroken, EndpointUnreachable, EndpointRefused, type Endpoint } from "./endpoint.ts";
import { toolDefinitions } from "./prompt.ts";
import { namedInRefusal, withoutRefused } from "./refusable.ts";
import type { ChatMessage, CompletionRequest } from "./wire.ts";

/** Limits of one answer. */
export interface Budget {
  /** Aborted when the time of the whole answer is over. */
  readonly signal: AbortSignal;
  /** Longest silence before the model says anything, in milliseconds. */
  readonly firstByteMs: number;
  /** Longest silence after that, in milliseconds. */
  readonly stallMs: number;
  /** When the time is over, in milliseconds since 1970. */
  readonly deadline: number;
}

/** Tries of one request, the first one included. */
const mostTries = 3;
const firstPauseMs = 300;
/** Most tokens that one round may generate, thoughts included. */
const mostTokens = 4000;

/** The model did not answer as it should: away, too slow, cut off, or refusing. */
export class ModelFailed extends Error {
  /** Short name for metrics and logs. */
  readonly reason: "timeout" | "refused" | "unavailable" | "broken";

  constructor(reason: ModelFailed["reason"], cause: unknown) {
    super(`the language model failed: ${reason}`, { cause: forLog(cause) });
    this.name = "ModelFailed";
    this.reason = reason;
  }
}

/** What may be logged of an error: not the body, whose words may quote what a person said. */
function forLog(error: unknown): unknown {
  return error instanceof EndpointRefused ? new Error(error.message) : error;
}

/** Sends chat completions to one model and reads the answer of each. */
export class CompletionClient {
  readonly #endpoint: Endpoint;
  readonly #model: string;
  /** What is known of the endpoint: the fields that it refuses, and whether its answers begin in a thought. */
  #refused: ReadonlySet<string> = new Set();
  #beginsInThought = false;

  constructor(endpoint: Endpoint, model: string) {
    this.#endpoint = endpoint;
    this.#model = model;
  }

  /**
   * Asks for one completion. 429 and 5xx are tried again, after the pause that Retry-After asks for
   * if there is time for it, but never once a piece of text has been handed on. A request with fields
   * that the endpoint refuses is made again without them.
   *
   * @param onText told of every piece of text as it comes.
   * @throws ModelFailed when that doesn't help.
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
      max_completion_tokens: mostTokens,
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
        // Only now: the words of a refusal may name a field that they don't mean.
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
        if (handedOn || attempt >= mostTries || late) throw asFailure(error, budget);
        attempt += 1;
        await sleep(pauseMs);
      }
    }
  }

  async #attempt(request: object, budget: Budget, onText: (text: string) => void) {
    const reader = new CompletionReader(onText, this.#beginsInThought);
    const silence = new SilenceLimit(() => (reader.hasBegun ? budget.stallMs : budget.firstByteMs));
    const signal = AbortSignal.any([budget.signal, silence.signal]);
    try {
      const body = silence.watch(this.#endpoint.send(request, signal));
      for await (const chunk of readChunks(body)) {
        reader.read(chunk);
        silence.restart();
      }
    } catch (error) {
      // What is whole was handed on: asking again would give it twice.
      if (!reader.isFinished) throw error;
    } finally {
      silence.stop();
    }
    this.#beginsInThought ||= reader.lacksOpening;
    return reader.result();
  }
}

/** Nothing came for too long. */
class EndpointSilent extends Error {}

/** Aborts when nothing comes for too long; comments that keep a connection alive are something. */
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
      this.#controller.abort(new EndpointSilent(`nothing came for ${limitMs / 1000} s`));
    }, limitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Milliseconds to wait before the next try; undefined when another try makes no sense. */
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
