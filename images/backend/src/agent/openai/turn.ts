import { isToolName, type ToolCall, type ToolResult } from "../../tools/tools.ts";
import type { AgentState, Answer, Question } from "../agent.ts";
import { nameTasks } from "../builtin/replies.ts";
import type { Completion } from "./completion-reader.ts";
import type { Budget, CompletionClient, ModelFailed } from "./completion.ts";
import { describeResult, promptFor } from "./prompt.ts";
import type { WantedCall } from "./tool-calls.ts";
import { isFields, type ChatMessage } from "./wire.ts";

/** Counts events for the metrics. */
export interface TurnObserver {
  onTokens(prompt: number, completion: number): void;
  onRequest(outcome: "ok" | ModelFailed["reason"] | "left alone"): void;
}

/** Limits of one answer: completions, tool calls and tokens. */
const maxRounds = 6;
const maxCalls = 20;
const maxTokens = 30_000;

/** One answer in progress; what it did stays readable after a failure. */
export class ModelTurn {
  readonly #question: Question;
  readonly #completions: CompletionClient;
  readonly #observer: TurnObserver;
  readonly #calls: ToolCall[] = [];
  readonly #toDelete: string[] = [];
  #deleted = 0;
  #text = "";

  constructor(question: Question, completions: CompletionClient, observer: TurnObserver) {
    this.#question = question;
    this.#completions = completions;
    this.#observer = observer;
  }

  get toolCalls(): readonly ToolCall[] {
    return this.#calls;
  }

  /** The text that the user has received. */
  get text(): string {
    return this.#text;
  }

  /** Whether a tool has changed the user's list. */
  get hasChanged(): boolean {
    return this.#calls.some(({ name, result }) => name !== "list_tasks" && !("error" in result));
  }

  /** @throws ModelFailed */
  async answer(budget: Budget): Promise<Answer> {
    const last = await this.#runRounds(budget);
    this.#explainEnd(last);
    await this.#askAboutDeleting();
    if (this.#text.trim() === "") {
      this.#say(this.hasChanged ? "Done." : "I have nothing to say to that; try other words.");
    }
    const { text: reply, toolCalls } = this;
    const state: AgentState | null =
      this.#toDelete.length > 0 ? { asked: "delete", ids: this.#toDelete } : null;
    return { reply, toolCalls, agent: "openai", degraded: false, state };
  }

  /** Runs the requested tools until the model requests none; returns its last completion. */
  async #runRounds(budget: Budget): Promise<Completion> {
    const messages = promptFor(this.#question);
    let tokens = 0;
    for (let round = 1; ; round += 1) {
      const mayCallTools = round < maxRounds && this.#calls.length < maxCalls && tokens < maxTokens;
      const before = this.#text;
      const completion = await this.#completions.complete(
        messages,
        { mayCallTools, budget },
        (piece) => {
          this.#say(piece);
        },
      );
      this.#text = before + completion.text;
      tokens += completion.promptTokens + completion.completionTokens;
      this.#observer.onTokens(completion.promptTokens, completion.completionTokens);
      this.#observer.onRequest("ok");
      if (completion.calls.length === 0 || !mayCallTools) return completion;
      messages.push(...(await this.#runCalls(completion)));
    }
  }

  /** Runs the calls of one round; returns the messages for the model. */
  async #runCalls({ text, calls, reasoning }: Completion): Promise<ChatMessage[]> {
    if (text !== "") this.#say("\n\n");
    const deletes = calls.filter(({ name }) => name === "delete_task").length;
    const isMany = this.#deleted + deletes > 1;
    const results: ChatMessage[] = [];
    for (const { id, name, arguments: input } of calls) {
      const result =
        this.#calls.length >= maxCalls
          ? { error: "Too many calls for one answer; tell the person what is done." }
          : await this.#run(name, parse(input), isMany);
      results.push({ role: "tool", tool_call_id: id, content: describeResult(result) });
    }
    // Text, even if empty: some endpoints refuse null together with calls.
    const request = { role: "assistant", content: text, tool_calls: calls.map(asSent) } as const;
    return [{ ...reasoning, ...request }, ...results];
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

  /** Several deletions need the user's confirmation, whatever the model says. */
  #postpone(input: unknown): ToolResult {
    const { id } = (input ?? {}) as { id?: unknown };
    if (typeof id === "string" && !this.#toDelete.includes(id)) this.#toDelete.push(id);
    return { error: "Deleting several tasks needs a yes; the person is asked after your answer." };
  }

  async #askAboutDeleting(): Promise<void> {
    if (this.#toDelete.length === 0) return;
    const named = await this.#question.tools.byIds(this.#toDelete);
    this.#toDelete.splice(0, Infinity, ...named.map(({ id }) => id));
    if (named.length === 0) return;
    this.#sayApart(
      `That would delete ${named.length === 1 ? "another task" : `${named.length} tasks`}: ` +
        `${nameTasks(named)}. Are you sure?`,
    );
  }

  /** Explains an empty or truncated answer. */
  #explainEnd({ refusal, finish, text }: Completion): void {
    if (refusal !== "") {
      this.#sayApart(`The language model declines: ${refusal}`);
    } else if (finish === "content_filter") {
      const what = text === "" ? "the answer" : "the rest of the answer";
      this.#sayApart(`The content filter of the language model withheld ${what}; try other words.`);
    } else if (finish === "length" && text === "") {
      this.#sayApart(
        "The language model used up its tokens for reasoning before it came to an answer; " +
          "ask for less at once.",
      );
    }
  }

  /** Adds a separate paragraph. */
  #sayApart(text: string): void {
    this.#say(this.#text === "" || this.#text.endsWith("\n\n") ? text : `\n\n${text}`);
  }

  #say(text: string): void {
    this.#text += text;
    this.#question.onText(text);
  }
}

/** A call as sent back to the model; endpoints refuse arguments that are not a JSON object. */
function asSent(call: WantedCall): object {
  const { id, name, arguments: text, fields, functionFields } = call;
  const isObject = isFields(parseOnce(text));
  return {
    ...fields,
    id,
    type: "function",
    function: { ...functionFields, name, arguments: isObject ? text : "{}" },
  };
}

/** Parses arguments, also double-encoded ones; undefined if they are not JSON. */
function parse(text: string): unknown {
  if (text.trim() === "") return {};
  const value = parseOnce(text);
  return typeof value === "string" ? parse(value) : value;
}

function parseOnce(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
