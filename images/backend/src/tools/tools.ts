import * as z from "zod";

import type { Due } from "../dates/due.ts";
import type { WallClock } from "../dates/wall-clock.ts";
import { HttpProblem } from "../http/problem.ts";
import {
  bothDues,
  hasOneDue,
  newTask,
  task,
  taskChange,
  taskId,
  type Task,
} from "../tasks/schemas.ts";
import {
  dayAt,
  largestPage,
  search,
  taskFilter,
  type TaskPage,
  type TaskQuery,
} from "../tasks/list.ts";
import type { TaskStore } from "../tasks/store.ts";
import { inSpan } from "../telemetry/tracing.ts";

/** A tool call, as returned by the chat API and stored in conversations. */
export interface ToolCall {
  readonly name: string;
  /** As given; of any type if the call failed. */
  readonly arguments: unknown;
  readonly result: ToolResult;
}

/** One or more tasks, or an error. */
export type ToolResult =
  | { readonly task: Task }
  | {
      readonly tasks: readonly Task[];
      /** Number of all matching tasks, if `tasks` is truncated, and where it continues. */
      readonly total?: number;
      readonly cursor?: string;
    }
  | { readonly deleted: Task }
  | { readonly error: string };

/** A tool that an agent or an MCP client can call; none takes a user id. */
interface Tool<S extends z.ZodType> {
  readonly title: string;
  readonly description: string;
  readonly input: S;
  /** Shape of a result that is not an error. */
  readonly output: z.ZodType;
  /** True when it changes nothing. */
  readonly readOnly: boolean;
  /** True when a second call with the same arguments changes nothing more. */
  readonly idempotent: boolean;
  /** @param bytes longest result, in bytes of JSON. */
  run(tasks: TaskStore, user: ToolUser, input: z.output<S>, bytes: number): Promise<ToolResult>;
}

/** On whose behalf a tool runs. */
export interface ToolUser {
  readonly id: string;
  /** IANA name. */
  readonly timeZone: string;
}

function tool<S extends z.ZodType>(definition: Tool<S>): Tool<S> {
  return definition;
}

const oneTask = z.object({ task });

const noSuchTask: ToolResult = {
  error: "There is no task with this id; list_tasks gives the ids.",
};

/** Filters of a list besides the status. */
export interface TaskFilter extends Pick<TaskQuery, "dueBefore" | "dueAfter" | "priority"> {
  readonly search?: string | undefined;
}

/**
 * Whether a task matches a filter.
 *
 * @param clock with the user's time zone: a task without a time is due in it all day.
 */
export function passes(task: Task, filter: TaskFilter, clock: WallClock): boolean {
  const { search, dueBefore, dueAfter, priority } = filter;
  const text = `${task.title}\n${task.description}`.toLowerCase();
  const words = search?.toLowerCase().split(/\s+/) ?? [];
  return (
    words.every((word) => text.includes(word)) &&
    (dueBefore === undefined || isDueBefore(task, dueBefore, clock) === true) &&
    (dueAfter === undefined || isDueBefore(task, dueAfter, clock) === false) &&
    (priority === undefined || task.priority === priority)
  );
}

/** The five tools, for agents and MCP. */
export const tools = {
  add_task: tool({
    title: "Add a task",
    description: "Adds a task to the person's list.",
    input: newTask,
    output: oneTask,
    readOnly: false,
    idempotent: false,
    run: async (tasks, { id, timeZone }, input) => ({
      task: await tasks.add(id, input, timeZone),
    }),
  }),

  list_tasks: tool({
    title: "List tasks",
    description:
      "Lists the person's tasks: pending ones by due date, then completed ones. A long list is " +
      "cut; `total` then tells how many there are, `cursor` continues it, and the filters narrow it. " +
      "Call it to learn the ids that the other tools need.",
    input: z.strictObject({
      ...taskFilter,
      search: search.optional(),
      limit: taskFilter.limit.default(largestPage.tasks),
    }),
    output: z.object({
      tasks: z.array(task),
      total: z.int().optional().describe("Number of all matching tasks, if the list is cut"),
      cursor: z.string().optional().describe("Continues a list that is cut"),
    }),
    readOnly: true,
    idempotent: true,
    run: async (tasks, { id, timeZone }, { search: q, ...input }, bytes) => {
      const query = { ...input, q, bytes };
      const page = await tasks.list(id, query, timeZone);
      if (page.next === undefined) return { tasks: page.tasks };
      const total = await tasks.count(id, query, timeZone);
      return { tasks: page.tasks, total, cursor: page.next };
    },
  }),

  complete_task: tool({
    title: "Complete a task",
    description:
      "Marks a task as done, or as not done with completed: false. If it repeats, the next one is added.",
    input: z.strictObject({ id: taskId, completed: z.boolean().default(true) }),
    output: oneTask,
    readOnly: false,
    idempotent: true,
    run: async (tasks, user, { id, completed }) =>
      changed(await tasks.update(user.id, id, { completed }, user.timeZone)),
  }),

  update_task: tool({
    title: "Change a task",
    description:
      "Changes title, description, priority, due date or rule; dueOn: null removes date and rule.",
    input: z
      .strictObject({ id: taskId, ...taskChange.shape })
      .omit({ completed: true })
      .refine((input) => Object.keys(input).length > 1, {
        error: "must name at least one field to change",
      })
      .refine(hasOneDue, bothDues),
    output: oneTask,
    readOnly: false,
    idempotent: true,
    run: async (tasks, user, { id, ...change }) =>
      changed(await tasks.update(user.id, id, change, user.timeZone)),
  }),

  delete_task: tool({
    title: "Delete a task",
    description: "Deletes one task for good.",
    input: z.strictObject({ id: taskId }),
    output: z.object({ deleted: task }),
    readOnly: false,
    idempotent: true,
    run: async (tasks, user, { id }) => {
      const deleted = await tasks.delete(user.id, id);
      return deleted ? { deleted } : noSuchTask;
    },
  }),
} as const;

export type ToolName = keyof typeof tools;
export type ToolInput<N extends ToolName> = z.input<(typeof tools)[N]["input"]>;

/** Callers of tools: the chat's agents, or a client of /mcp. */
export const toolCallers = ["openai", "builtin", "mcp"] as const;
export type ToolCaller = (typeof toolCallers)[number];

/** refused: the caller's error; failed: ours, such as an unavailable database. */
export const toolOutcomes = ["ok", "refused", "failed"] as const;

/** A tool call for the metrics. */
export interface ToolEvent {
  readonly tool: ToolName | "unknown";
  readonly outcome: (typeof toolOutcomes)[number];
  readonly agent: ToolCaller;
}

const tooMuch: ToolResult = {
  error: "That is too much at once; continue in another message.",
};

/** Longest list of one call, in bytes of JSON, and what of it is not tasks. */
const longestList = 64 * 1024;
const aroundList = 1024;
/** Room for one task of any length. */
const longestTask = 16 * 1024;
/** Most bytes of all results of one toolbox; enough to change about a thousand tasks. */
const maxResults = 640 * 1024;

/**
 * The tools for one message or request, on behalf of the user from the token. All results together
 * have at most {@link maxResults} bytes.
 */
export class Toolbox {
  #bytesLeft = maxResults;
  #last: Promise<unknown> = Promise.resolve();
  readonly #tasks: TaskStore;
  readonly #user: ToolUser;
  readonly #observe: (event: ToolEvent) => void;

  constructor(
    tasks: TaskStore,
    userId: string,
    timeZone: string,
    observe: (event: ToolEvent) => void,
  ) {
    this.#tasks = tasks;
    this.#user = { id: userId, timeZone };
    this.#observe = observe;
  }

  /** The first tasks of the user in list order, without a recorded tool call; all, as a rule. */
  async peek(): Promise<readonly Task[]> {
    return (await this.list({ status: "all" })).tasks;
  }

  /** The tasks with these ids that exist, in this order. */
  async byIds(ids: readonly string[]): Promise<readonly Task[]> {
    const wellFormed = ids.filter((id) => taskId.safeParse(id).success);
    const found = await this.#tasks.findAll(this.#user.id, wellFormed);
    return ids
      .map((id) => found.find((task) => task.id === id))
      .filter((task) => task !== undefined);
  }

  /** A page of tasks, without a recorded tool call. */
  async list(query: TaskQuery): Promise<TaskPage> {
    return this.#tasks.list(this.#user.id, query, this.#user.timeZone);
  }

  /**
   * Calls a tool with unchecked arguments, as from a model. If they are invalid, the result has an
   * `error` for the caller to correct them.
   *
   * @throws DatabaseUnavailable and other errors that are not the caller's.
   */
  async call(agent: ToolCaller, name: string, input: unknown): Promise<ToolResult> {
    if (!isToolName(name)) {
      this.#observe({ tool: "unknown", outcome: "refused", agent });
      const known = Object.keys(tools).join(", ");
      return { error: `Unknown tool "${name.slice(0, 100)}"; the tools are ${known}.` };
    }
    // All five have the same shape, which TypeScript can't see through the union.
    const { input: schema, run } = tools[name] as Tool<z.ZodType>;
    const parsed = schema.safeParse(input);
    try {
      const attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name };
      const result = parsed.success
        ? await inSpan(`execute_tool ${name}`, "internal", attributes, () =>
            this.#inTurn(() => this.#run(run, parsed.data)),
          )
        : { error: `The arguments are not valid. ${explain(parsed.error)}` };
      this.#observe({ tool: name, outcome: "error" in result ? "refused" : "ok", agent });
      return result;
    } catch (error) {
      this.#observe({ tool: name, outcome: "failed", agent });
      throw error;
    }
  }

  /** Serializes calls: a large batch would take all database connections. */
  async #inTurn(call: () => Promise<ToolResult>): Promise<ToolResult> {
    const result = this.#last.then(call);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run(run: Tool<z.ZodType>["run"], input: unknown): Promise<ToolResult> {
    if (this.#bytesLeft < longestTask) return tooMuch;
    const room = Math.min(longestList, this.#bytesLeft) - aroundList;
    const result = await run(this.#tasks, this.#user, input, room).catch(asResult);
    this.#bytesLeft -= byteLength(result);
    return result;
  }
}

function byteLength(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}

export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(tools, name);
}

/** Errors for the caller, such as a full list, become results; others are rethrown. */
function asResult(error: unknown): ToolResult {
  if (error instanceof HttpProblem && error.status < 500) return { error: error.message };
  throw error;
}

function changed(task: Task | undefined): ToolResult {
  return task ? { task } : noSuchTask;
}

/** Undefined for a task without a due date. */
function isDueBefore({ dueOn, dueAt }: Due, limit: string, clock: WallClock): boolean | undefined {
  if (dueOn != null) return dueOn < dayAt(limit, clock);
  return dueAt == null ? undefined : Date.parse(dueAt) < Date.parse(limit);
}

function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => [path.map(String).join("."), message].filter(Boolean).join(": "))
    .join("; ");
}
