import { endOfAnswer } from "./chunks.ts";
import { AnswerBroken } from "./endpoint.ts";
import { ThoughtFilter } from "./thoughts.ts";
import { ToolCallReader, type WantedCall } from "./tool-calls.ts";
import { asFields, asList, asText, isFields, type Fields } from "./wire.ts";

/** The model's answer in one round. */
export interface Completion {
  /** The text for the user, without thoughts. */
  readonly text: string;
  /** Why the model refuses, in its words; empty when it doesn't. */
  readonly refusal: string;
  readonly calls: readonly WantedCall[];
  readonly finish: Finish;
  /** Reasoning to send back to the model with the results of its calls. */
  readonly reasoning: Fields;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Why the model stopped; done: it is finished, or wants to call tools. */
export type Finish = "done" | "length" | "content_filter";

/** Limits of one answer: characters, calls, and characters of thoughts. */
const maxCharacters = 16_000;
const maxCalls = 32;
const maxThoughts = 64_000;

/** Message fields that some endpoints need back, like DeepSeek's thoughts between tool calls. */
const reasoningFields = ["reasoning_content", "reasoning", "reasoning_details", "extra_content"];

/** Assembles the chunks of an answer, with all the deviations of endpoints. */
export class CompletionReader {
  readonly #onText: (text: string) => void;
  readonly #thoughts: ThoughtFilter;
  readonly #calls = new ToolCallReader();
  #characters = 0;
  #refusal = "";
  #reasoning: Fields = {};
  #promptTokens = 0;
  #completionTokens = 0;
  #hasBegun = false;
  #finish: Finish | undefined;

  constructor(onText: (text: string) => void, beginsInThought: boolean) {
    this.#onText = onText;
    this.#thoughts = new ThoughtFilter(beginsInThought);
  }

  /** Whether the model has produced any output, thoughts included. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the answer is complete, so that later errors don't matter. */
  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  /** Whether the model's template opens a thought, so that answers only close it. */
  get lacksOpening(): boolean {
    return this.#thoughts.lacksOpening;
  }

  read(chunk: unknown): void {
    if (chunk === endOfAnswer) {
      if (this.#hasBegun) this.#finish ??= "done";
      return;
    }
    const { choices, usage, error } = asFields(chunk);
    if (isFields(usage)) this.#readUsage(usage);
    const { delta, message, finish_reason: reason } = asFields(asList(choices)[0]);
    if (!this.isFinished && (error || reason === "error")) {
      throw new AnswerBroken("the endpoint reported an error during the answer");
    }
    // Without streaming, a message replaces the deltas; some endpoints repeat it after the deltas.
    this.#readDelta(asFields(delta ?? (this.#hasBegun ? undefined : message)));
    if (asText(reason) !== "") this.#finish ??= finishOf(asText(reason));
  }

  result(): Completion {
    const finish = this.#finish;
    if (finish === undefined) throw new AnswerBroken("the answer ended early");
    this.#say(this.#thoughts.end(finish === "length"));
    return {
      text: this.#thoughts.text,
      refusal: this.#refusal,
      calls: this.#calls.result(),
      finish,
      reasoning: this.#reasoning,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
    };
  }

  #readDelta(delta: Fields): void {
    const text = textOf(delta.content);
    const refusal = asText(delta.refusal);
    this.#say(this.#thoughts.write(text));
    this.#refusal += refusal;
    for (const piece of asList(delta.tool_calls)) this.#calls.add(piece);
    const isReasoning = this.#readReasoning(delta);
    this.#hasBegun ||= isReasoning || text !== "" || refusal !== "" || this.#calls.count > 0;
    this.#characters += text.length + refusal.length;
    const shown = this.#thoughts.text.length + this.#refusal.length + this.#calls.size;
    if (shown > maxCharacters || this.#characters > maxThoughts || this.#calls.count > maxCalls) {
      throw new AnswerBroken("the answer is too long");
    }
  }

  #readReasoning(delta: Fields): boolean {
    let found = false;
    for (const name of reasoningFields) {
      const value = delta[name];
      if (value === undefined || value === null || value === "") continue;
      found = true;
      this.#reasoning = { ...this.#reasoning, [name]: joined(this.#reasoning[name], value) };
    }
    return found;
  }

  #readUsage({ prompt_tokens: prompt, completion_tokens: completion }: Fields): void {
    if (typeof prompt === "number") this.#promptTokens = prompt;
    if (typeof completion === "number") this.#completionTokens = completion;
  }

  #say(text: string): void {
    if (text !== "") this.#onText(text);
  }
}

/** Text, or a list of parts from Mistral's reasoning models. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return asText(content);
  return content
    .map(asFields)
    .filter(({ type }) => type === "text")
    .map(({ text }) => asText(text))
    .join("");
}

function finishOf(reason: string): Finish {
  // Gemini appends the category of content.
  if (reason.startsWith("content_filter")) return "content_filter";
  return reason === "length" ? "length" : "done";
}

/** Concatenates strings and lists; of other values the last wins. */
function joined(before: unknown, piece: unknown): unknown {
  if (typeof before === "string" && typeof piece === "string") return before + piece;
  return Array.isArray(piece) ? [...asList(before), ...asList(piece)] : piece;
}
