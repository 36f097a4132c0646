import OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources";

import type { OpenAiConfig } from "../../config.ts";
import { isToolName, type ToolCall, type ToolResult } from "../../tools/tools.ts";
import type { Agent, AgentState, Answer, Question } from "../agent.ts";
import type { BuiltinAgent } from "../builtin/agent.ts";
import { nameTasks } from "../builtin/replies.ts";
import { CircuitBreaker, type BreakerState } from "./breaker.ts";
import { CompletionClient, ModelFailed, type Budget, type WantedCall } from "./completion.ts";
import { describeResult, promptFor } from "./prompt.ts";

/** Told of what the metrics count. */
export interface OpenAiObserver {
  onTokens(prompt: number, completion: number): void;
  onRequest(outcome: "ok" | ModelFailed["reason"] | "left alone"): void;
  onBreaker(state: BreakerState): void;
}

/** What the agent needs of a logger. */
interface Log {
  warn(details: object, message: string): void;
}

/** Limits of one answer; tests pass shorter times. */
export interface OpenAiLimits {
  /** Time for everything, in milliseconds; default 25 000. */
  readonly answerMs: number;
  /** Longest wait for the next piece of a stream, in milliseconds; default 10 000. */
  readonly stallMs: number;
}

/** Completions, calls of tools, and tokens of one answer. */
const mostRounds = 6;
const mostCalls = 20;
const mostTokens = 30_000;

const apology =
  "The language model can't be reached right now, so this answer comes from my built-in rules.";

/** Answers with a language model, and with the built-in agent when that one fails. */
export class OpenAiAgent implements Agent {
  readonly #completions: CompletionClient;
  readonly #fallback: BuiltinAgent;
  readonly #observer: OpenAiObserver;
  readonly #log: Log;
  readonly #limits: OpenAiLimits;
  readonly #breaker: CircuitBreaker;

  constructor(
    { apiKey, baseUrl, model }: OpenAiConfig,
    fallback: BuiltinAgent,
    observer: OpenAiObserver,
    log: Log,
    limits: OpenAiLimits = { answerMs: 25_000, stallMs: 10_000 },
  ) {
    // Tries and times are counted here, because the client's own know no budget for the whole.
    const client = new OpenAI({
      apiKey,
      baseURL: baseUrl,
      maxRetries: 0,
      timeout: limits.answerMs,
    });
    this.#completions = new CompletionClient(client, model);
    this.#fallback = fallback;
    this.#observer = observer;
    this.#log = log;
    this.#limits = limits;
    this.#breaker = new CircuitBreaker(observer.onBreaker);
  }

  async answer(question: Question): Promise<Answer> {
    // A yes to deleting is too weighty for a model to pass on.
    if (this.#fallback.settles(question)) return this.#fallback.answer(question);
    const turn = new ModelTurn(question, this.#completions, this.#observer, this.#limits);
    if (!this.#breaker.admit()) {
      this.#observer.onRequest("left alone");
      return this.#fallBack(question, turn);
    }
    try {
      const answer = await turn.answer();
      this.#breaker.succeed();
      return answer;
    } catch (error) {
      this.#breaker.fail();
      if (!(error instanceof ModelFailed)) throw error;
      this.#observer.onRequest(error.reason);
      this.#log.warn({ err: error }, "the built-in agent answers instead of the language model");
      return this.#fallBack(question, turn);
    }
  }

  /** The built-in agent's answer, unless the model has changed something already. */
  async #fallBack(question: Question, turn: ModelTurn): Promise<Answer> {
    const { toolCalls, text } = turn;
    const say = (piece: string): string => {
      question.onText(piece);
      return piece;
    };
    const lead = text === "" ? "" : text + say("\n\n");
    if (toolCalls.some(({ name, result }) => name !== "list_tasks" && !("error" in result))) {
      const reply =
        lead +
        say(
          "The language model broke off in the middle. What it did until then is in your list; " +
            "please look there, and ask again for the rest.",
        );
      return { reply, toolCalls, agent: "openai", degraded: true, state: turn.state };
    }
    const start = lead + say(`${apology}\n\n`);
    const answer = await this.#fallback.answer(question);
    return {
      ...answer,
      reply: start + answer.reply,
      toolCalls: [...toolCalls, ...answer.toolCalls],
      degraded: true,
    };
  }
}

/** One answer of the model in the making; what it did stays readable when it fails. */
class ModelTurn {
  readonly #question: Question;
  readonly #completions: CompletionClient;
  readonly #observer: OpenAiObserver;
  readonly #limits: OpenAiLimits;
  readonly #calls: ToolCall[] = [];
  readonly #toDelete: string[] = [];
  #deleted = 0;
  #text = "";

  constructor(
    question: Question,
    completions: CompletionClient,
    observer: OpenAiObserver,
    limits: OpenAiLimits,
  ) {
    this.#question = question;
    this.#completions = completions;
    this.#observer = observer;
    this.#limits = limits;
  }

  get toolCalls(): readonly ToolCall[] {
    return this.#calls;
  }

  get text(): string {
    return this.#text;
  }

  get state(): AgentState | null {
    return this.#toDelete.length > 0 ? { asked: "delete", ids: this.#toDelete } : null;
  }

  /** @throws ModelFailed */
  async answer(): Promise<Answer> {
    const { answerMs, stallMs } = this.#limits;
    const signal = AbortSignal.timeout(answerMs);
    const budget: Budget = { signal, stallMs, deadline: Date.now() + answerMs };
    const messages = promptFor(this.#question);
    let tokens = 0;
    for (let round = 1; round <= mostRounds; round += 1) {
      const mayCallTools =
        round < mostRounds && this.#calls.length < mostCalls && tokens < mostTokens;
      const completion = await this.#completions.complete(
        messages,
        { mayCallTools, budget },
        (piece) => {
          this.#say(piece);
        },
      );
      tokens += completion.promptTokens + completion.completionTokens;
      this.#observer.onTokens(completion.promptTokens, completion.completionTokens);
      this.#observer.onRequest("ok");
      if (completion.calls.length === 0 || !mayCallTools) break;
      messages.push(...(await this.#runCalls(completion.text, completion.calls)));
    }
    await this.#askAboutDeleting();
    if (this.#text.trim() === "") this.#say("I have nothing to say to that; try other words.");
    return {
      reply: this.#text,
      toolCalls: this.#calls,
      agent: "openai",
      degraded: false,
      state: this.state,
    };
  }

  /** Runs the calls of one round; gives what the model has to read of them. */
  async #runCalls(
    content: string,
    calls: readonly WantedCall[],
  ): Promise<ChatCompletionMessageParam[]> {
    if (content !== "") this.#say("\n\n");
    const deletes = calls.filter(({ name }) => name === "delete_task").length;
    const isMany = this.#deleted + deletes > 1;
    const results: ChatCompletionMessageParam[] = [];
    for (const { id, name, arguments: text } of calls) {
      const input = parse(text);
      const result =
        this.#calls.length >= mostCalls
          ? { error: "That were too many calls for one answer; tell the person what is done." }
          : await this.#run(name, input, isMany);
      results.push({ role: "tool", tool_call_id: id, content: describeResult(result) });
    }
    return [
      {
        role: "assistant",
        content: content === "" ? null : content,
        tool_calls: calls.map(({ id, name, arguments: text }) => ({
          id,
          type: "function",
          function: { name, arguments: text },
        })),
      },
      ...results,
    ];
  }

  async #run(name: string, input: unknown, isMany: boolean): Promise<ToolResult> {
    const { tools, onTool } = this.#question;
    const postponed = name === "delete_task" && isMany;
    const result = postponed
      ? this.#postpone(input)
      : input === undefined
        ? { error: "The arguments are not valid JSON." }
        : await tools.call("openai", name, input);
    if (name === "delete_task" && "deleted" in result) this.#deleted += 1;
    const call: ToolCall = {
      name: isToolName(name) ? name : "unknown",
      arguments: input ?? {},
      result,
    };
    this.#calls.push(call);
    if (!postponed) onTool(call);
    return result;
  }

  /** More than one deletion waits for a yes, whatever the model says the person wants. */
  #postpone(input: unknown): ToolResult {
    const { id } = (input ?? {}) as { id?: unknown };
    if (typeof id === "string" && !this.#toDelete.includes(id)) this.#toDelete.push(id);
    return { error: "Deleting several tasks needs a yes; the person is asked after your answer." };
  }

  async #askAboutDeleting(): Promise<void> {
    if (this.#toDelete.length === 0) return;
    const tasks = await this.#question.tools.peek();
    const named = tasks.filter(({ id }) => this.#toDelete.includes(id));
    this.#toDelete.splice(0, Infinity, ...named.map(({ id }) => id));
    if (named.length === 0) return;
    const gap = this.#text === "" ? "" : "\n\n";
    this.#say(
      `${gap}That would delete ${named.length === 1 ? "another task" : `${named.length} tasks`}: ` +
        `${nameTasks(named)}. Are you sure?`,
    );
  }

  #say(text: string): void {
    this.#text += text;
    this.#question.onText(text);
  }
}

/** Arguments as the model wrote them; undefined when they are no JSON. */
function parse(text: string): unknown {
  try {
    return text.trim() === "" ? {} : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
