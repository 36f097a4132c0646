import type { OpenAiConfig } from "../../config.ts";
import type { Agent, Answer, Question } from "../agent.ts";
import type { BuiltinAgent } from "../builtin/agent.ts";
import { CircuitBreaker, type BreakerState } from "./breaker.ts";
import { CompletionClient, ModelFailed, type Budget } from "./completion.ts";
import { Endpoint } from "./endpoint.ts";
import { ModelTurn, type TurnObserver } from "./turn.ts";

/** Counts events for the metrics. */
export interface OpenAiObserver extends TurnObserver {
  onBreaker(state: BreakerState): void;
}

/** The logger methods that are used here. */
interface Log {
  warn(details: object, message: string): void;
}

/** Time limits of one answer; tests pass shorter ones. */
export interface OpenAiLimits {
  /** For the whole answer, in milliseconds; default the first-byte timeout plus 25 000. */
  readonly answerMs: number;
  /** Between two chunks, in milliseconds; default 10 000. */
  readonly stallMs: number;
}

const apology =
  "The language model can't be reached right now, so this answer comes from my built-in rules.";
const brokenOff = "The language model was cut off mid-answer.";

/** Answers with a language model, and falls back to the built-in agent if it fails. */
export class OpenAiAgent implements Agent {
  readonly #completions: CompletionClient;
  readonly #firstByteMs: number;
  readonly #fallback: BuiltinAgent;
  readonly #observer: OpenAiObserver;
  readonly #log: Log;
  readonly #limits: OpenAiLimits;
  readonly #breaker: CircuitBreaker;

  constructor(
    config: OpenAiConfig,
    fallback: BuiltinAgent,
    observer: OpenAiObserver,
    log: Log,
    limits: OpenAiLimits = { answerMs: 25_000 + config.firstByteMs, stallMs: 10_000 },
  ) {
    this.#completions = new CompletionClient(new Endpoint(config), config.model);
    this.#firstByteMs = config.firstByteMs;
    this.#fallback = fallback;
    this.#observer = observer;
    this.#log = log;
    this.#limits = limits;
    this.#breaker = new CircuitBreaker(observer.onBreaker);
  }

  async answer(question: Question): Promise<Answer> {
    // A confirmed deletion is too important to leave to a model.
    if (this.#fallback.settles(question)) return this.#fallback.answer(question);
    if (!this.#breaker.admit()) {
      this.#observer.onRequest("left alone");
      return this.#fallBack(question);
    }
    const turn = new ModelTurn(question, this.#completions, this.#observer);
    try {
      const answer = await turn.answer(this.#budget());
      this.#breaker.succeed();
      return answer;
    } catch (error) {
      this.#breaker.fail();
      if (!(error instanceof ModelFailed)) throw error;
      this.#observer.onRequest(error.reason);
      const hasBegun = turn.text !== "" || turn.toolCalls.length > 0;
      this.#log.warn(
        { err: error },
        hasBegun
          ? "the language model failed during an answer"
          : "the language model failed; falling back to the built-in agent",
      );
      // The fallback could repeat what this answer already said or did.
      return hasBegun ? breakOff(question, turn) : this.#fallBack(question);
    }
  }

  #budget(): Budget {
    const { answerMs, stallMs } = this.#limits;
    const signal = AbortSignal.timeout(answerMs);
    const deadline = Date.now() + answerMs;
    return { signal, deadline, stallMs, firstByteMs: this.#firstByteMs };
  }

  async #fallBack(question: Question): Promise<Answer> {
    const lead = `${apology}\n\n`;
    question.onText(lead);
    const answer = await this.#fallback.answer(question);
    return { ...answer, reply: lead + answer.reply, degraded: true };
  }
}

/** Ends an answer that the user has already seen a part of. */
function breakOff({ onText }: Question, { text, toolCalls, hasChanged }: ModelTurn): Answer {
  const rest = hasChanged
    ? "What it did until then is in your list; please look there, and ask again for the rest."
    : "Nothing in your list has changed; please ask again.";
  const end = `${text === "" ? "" : "\n\n"}${brokenOff} ${rest}`;
  onText(end);
  return { reply: text + end, toolCalls, agent: "openai", degraded: true, state: null };
}
