import { isToolName, type ToolCall, type ToolResult } from "../../tools/tools.ts";
import type { AgentState, Answer, Question } from "../agent.ts";
import { nameTasks } from "../builtin/replies.ts";
import type { Completion } from "./completion-reader.ts";
import type { Budget, CompletionClient, ModelFailed } from "./completion.ts";
import { describeResult, promptFor } from "./prompt.ts";
import type { WantedCall } from "./tool-calls.ts";
import { isFields, type ChatMessage } from "./wire.ts";

/** Told of what the metrics count. */
export interface TurnObserver {
  onTokens(prompt: number, completion: number): void;
  onRequest(outcome: "ok" | ModelFailed["reason"] | "left alone"): void;
}

/** Completions, calls of tools, and tokens of one answer. */
const mostRounds = 6;
const mostCalls = 20;
const mostTokens = 30_000;

/** One answer of the model in the making; what it did stays readable when it fails. */
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

  /** What the person has been given of the answer. */
  get text(): string {
    return this.#text;
  }

  /** Whether a tool has changed the person's list. */
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

  /** Asks the model and runs the tools that it wants, until it wants none; gives its last words. */
  async #runRounds(budget: Budget): Promise<Completion> {
    const messages = promptFor(this.#question);
    let tokens = 0;
    for (let round = 1; ; round += 1) {
      const mayCallTools =
        round < mostRounds && this.#calls.length < mostCalls && tokens < mostTokens;
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

  /** Runs the calls of one round; gives what the model has to read of them. */
  async #runCalls({ text, calls, reasoning }: Completion): Promise<ChatMessage[]> {
    if (text !== "") this.#say("\n\n");
    const deletes = calls.filter(({ name }) => name === "delete_task").length;
    const isMany = this.#deleted + deletes > 1;
    const results: ChatMessage[] = [];
    for (const { id, name, arguments: input } of calls) {
      const result =
        this.#calls.length >= mostCalls
          ? { error: "That were too many calls for one answer; tell the person what is done." }
          : await this.#run(name, parse(input), isMany);
      results.push({ role: "tool", tool_call_id: id, content: describeResult(result) });
    }
    // Text, even if empty: some endpoints refuse null beside calls.
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
    this.#sayApart(
      `That would delete ${named.length === 1 ? "another task" : `${named.length} tasks`}: ` +
        `${nameTasks(named)}. Are you sure?`,
    );
  }

  /** Says why the model said nothing, or no more. */
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

  /** Says something in a paragraph of its own. */
  #sayApart(text: string): void {
    this.#say(this.#text === "" || this.#text.endsWith("\n\n") ? text : `\n\n${text}`);
  }

  #say(text: string): void {
    this.#text += text;
    this.#question.onText(text);
  }
}

/** A call as the model reads it again; endpoints refuse arguments that are no JSON object. */
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

/** Arguments as the model wrote them, also when it wrote them as JSON within a text; undefined when they are no JSON. */
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
