/** Client of the backend's API, on the page's own origin. */
import { createAccessApi } from "./access.ts";
import { readEvents } from "./sse.ts";
import type {
  AuthOptions,
  Change,
  ChatAnswer,
  ClientSession,
  ChatEvent,
  Conversation,
  Credentials,
  Problem,
  ReadLine,
  SignedIn,
  StoredMessage,
  Task,
  TaskFields,
  TaskLine,
  TaskPage,
  TaskPatch,
  TaskUsage,
  TaskView,
  ToolCall,
} from "./types.ts";

/** An error response, or no response at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  /** The task as it is now, when a change was based on an older version. */
  readonly current: Task | undefined;
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;

  constructor(
    status: number,
    message: string,
    more: {
      readonly retryAfterSeconds?: number;
      readonly current?: Task | undefined;
      readonly requestId?: string | undefined;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.current = more.current;
    this.requestId = more.requestId;
  }

  /** The server can't be reached, or is temporarily unable to serve anyone. */
  get isUnavailable(): boolean {
    return isUnavailable(this.status);
  }
}

export interface ApiOptions {
  readonly fetch: typeof fetch;
  readonly token: () => string | undefined;
  readonly timezone: () => string;
  /** The language for the order of dates; undefined for the browser's. */
  readonly language?: () => string | undefined;
  /** Renews a refused token; resolves to whether there is a new one. */
  readonly renew: () => Promise<boolean>;
  /** The server refused the token, and it can't be renewed. */
  readonly onExpired: () => void;
  /** Called after each request with whether it reached the server. */
  readonly onReach: (reached: boolean) => void;
}

interface RequestOptions {
  readonly body?: unknown;
  readonly accept?: string;
  /** The version that a change is based on. */
  readonly version?: number;
  /** Lets the server recognize a retry, so that the request takes effect once. */
  readonly key?: string;
  readonly signal?: AbortSignal;
  /** Doesn't report whether the server was reached. */
  readonly quiet?: boolean;
}

/** Until a response begins. */
const answerTimeoutMs = 30_000;
/** Between two chunks of a stream; the server sends one at least every 10 s. */
const silenceMs = 30_000;

/** Characters of a body; browsers refuse more than 64 KiB of all requests that outlive a page. */
const keepaliveLength = 10_000;

function isUnavailable(status: number): boolean {
  return status === 0 || status === 502 || status === 503 || status === 504;
}

const openPaths = new Set(
  ["login", "register", "options", "forgot", "reset"].map((path) => `/auth/${path}`),
);

export type Api = ReturnType<typeof createApi>;

/** Creates the client; every method rejects with `ApiError`. */
export function createApi(options: ApiOptions) {
  async function send(method: string, path: string, request: RequestOptions = {}) {
    // Before signing in there is no token, or an expired one.
    const isOpen = openPaths.has(path);
    let response = await sendOnce(method, path, request, isOpen);
    if (response.status === 401 && !isOpen && (await options.renew())) {
      response = await sendOnce(method, path, request, isOpen);
    }
    if (response.ok) return response;
    if (response.status === 401 && !isOpen) options.onExpired();
    throw await errorOf(response);
  }

  async function sendOnce(method: string, path: string, request: RequestOptions, isOpen: boolean) {
    const token = isOpen ? undefined : options.token();
    const language = options.language?.();
    const limit = new AbortController();
    const timer = setTimeout(() => {
      limit.abort();
    }, answerTimeoutMs);
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    let response: Response;
    try {
      response = await options.fetch(`/api${path}`, {
        method,
        headers: {
          accept: request.accept ?? "application/json",
          "x-timezone": options.timezone(),
          ...(language === undefined ? {} : { "accept-language": language }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(request.body === undefined ? {} : { "content-type": "application/json" }),
          ...(request.version === undefined ? {} : { "if-match": `"${request.version}"` }),
          ...(request.key === undefined ? {} : { "idempotency-key": request.key }),
        },
        body,
        // A change is made also when the page is left at once. An answer that is streamed is not.
        keepalive:
          method !== "GET" &&
          request.accept === undefined &&
          (body?.length ?? 0) <= keepaliveLength,
        signal: AbortSignal.any([limit.signal, request.signal ?? []].flat()),
        credentials: "omit",
        cache: "no-store",
      });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      if (!request.quiet) options.onReach(false);
      throw new ApiError(0, "The server can’t be reached.");
    } finally {
      clearTimeout(timer);
    }
    if (!request.quiet) options.onReach(!isUnavailable(response.status));
    return response;
  }

  async function json<T>(
    method: string,
    path: string,
    body?: unknown,
    more: RequestOptions = {},
  ): Promise<T> {
    const response = await send(method, path, { body, ...more });
    return (await response.json()) as T;
  }

  async function* chat(
    message: string,
    conversationId: string | undefined,
    key: string,
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent, void> {
    const response = await send("POST", "/chat", {
      body: { message, ...(conversationId === undefined ? {} : { conversationId }) },
      accept: "text/event-stream",
      key,
      signal,
    });
    if (response.body === null || !isEventStream(response)) {
      yield { type: "done", answer: (await response.json()) as ChatAnswer };
      return;
    }
    for await (const { event, data } of readEvents(response.body, silenceMs)) {
      const parsed = toChatEvent(event, data);
      if (parsed !== undefined) yield parsed;
    }
  }

  /** Yields undefined once changes are being watched, then each change; ends at any time. */
  async function* changes(signal: AbortSignal): AsyncGenerator<Change | undefined, void> {
    const accept = "text/event-stream";
    const response = await send("GET", "/events", { accept, signal, quiet: true });
    if (response.body === null) return;
    for await (const { event, data } of readEvents(response.body, silenceMs)) {
      if (event === "ready") yield undefined;
      if (event === "change") yield JSON.parse(data) as Change;
    }
  }

  const id = encodeURIComponent;
  return {
    register: (credentials: Credentials) => json<SignedIn>("POST", "/auth/register", credentials),
    login: (credentials: Credentials) => json<SignedIn>("POST", "/auth/login", credentials),
    authOptions: () => json<AuthOptions>("GET", "/auth/options", undefined, { quiet: true }),
    /** Asks for a mail with a link to set a new password. */
    forgotPassword: async (email: string): Promise<void> => {
      await send("POST", "/auth/forgot", { body: { email } });
    },
    /** Sets a new password. @param token of a link for that. */
    resetPassword: (token: string, password: string) =>
      json<SignedIn>("POST", "/auth/reset", { token, password }),
    /** The response to a renewal, whatever it is; for `renew`. */
    refresh: () => sendOnce("POST", "/auth/refresh", { quiet: true }, false),
    /** Ends the session; the page is signed out whether the server hears of it or not. */
    logout: () => sendOnce("POST", "/auth/logout", { quiet: true }, false),
    sessions: () => json<ClientSession[]>("GET", "/auth/sessions"),
    endSession: async (session: string): Promise<void> => {
      await send("DELETE", `/auth/sessions/${id(session)}`);
    },
    endOtherSessions: async (): Promise<void> => {
      await send("DELETE", "/auth/sessions");
    },
    changePassword: async (password: string, newPassword: string): Promise<void> => {
      await send("POST", "/auth/password", { body: { password, newPassword } });
    },
    deleteAccount: async (password: string): Promise<void> => {
      await send("POST", "/account/deletion", { body: { password } });
    },
    exportData: async (format: "json" | "ics"): Promise<Blob> =>
      (await send("GET", `/account/export.${format}`, { accept: "*/*" })).blob(),
    tasks: async (view: TaskView, limit: number, cursor?: string): Promise<TaskPage> => {
      const query = new URLSearchParams({ ...view, limit: String(limit) });
      if (cursor !== undefined) query.set("cursor", cursor);
      const response = await send("GET", `/tasks?${query}`);
      const next = response.headers.get("x-next-cursor") ?? undefined;
      return { tasks: (await response.json()) as Task[], next };
    },
    taskUsage: () => json<TaskUsage>("GET", "/tasks/usage"),
    /** @param key the same for a retry, see `newKey`. */
    addTask: (fields: Partial<TaskFields>, key: string) =>
      json<Task>("POST", "/tasks", fields, { key }),
    addLine: (line: TaskLine, key: string) => json<Task>("POST", "/tasks/quick", line, { key }),
    /** What `addLine` would add. */
    previewLine: (line: TaskLine, signal: AbortSignal) =>
      json<ReadLine>("POST", "/tasks/quick/preview", line, { signal, quiet: true }),
    /** Rejects with `current` if the task no longer has the given version. */
    editTask: (task: string, patch: TaskPatch, version?: number) =>
      json<Task>("PATCH", `/tasks/${id(task)}`, patch, version === undefined ? {} : { version }),
    deleteTask: async (task: string): Promise<void> => {
      await send("DELETE", `/tasks/${id(task)}`);
    },
    /** @param q what the title or a message has to contain; empty for all. */
    conversations: (q: string) =>
      json<Conversation[]>("GET", `/conversations?${new URLSearchParams({ q })}`),
    renameConversation: (conversation: string, title: string) =>
      json<Conversation>("PATCH", `/conversations/${id(conversation)}`, { title }),
    messages: (conversation: string) =>
      json<StoredMessage[]>("GET", `/conversations/${id(conversation)}/messages`),
    deleteConversation: async (conversation: string): Promise<void> => {
      await send("DELETE", `/conversations/${id(conversation)}`);
    },
    chat,
    changes,
    ...createAccessApi(async <T>(method: string, path: string, body?: unknown) => {
      const response = await send(method, path, { body });
      return (response.status === 204 ? undefined : await response.json()) as T;
    }),
  };
}

function isEventStream(response: Response): boolean {
  return (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
}

/** Parses an event of the stream; undefined for an unknown one. */
export function toChatEvent(event: string, data: string): ChatEvent | undefined {
  switch (event) {
    case "start":
      return { type: "start", ...(JSON.parse(data) as { conversationId: string }) };
    case "tool":
      return { type: "tool", call: JSON.parse(data) as ToolCall };
    case "delta":
      return { type: "delta", ...(JSON.parse(data) as { text: string }) };
    case "done":
      return { type: "done", answer: JSON.parse(data) as ChatAnswer };
    case "error": {
      return { type: "error", problem: JSON.parse(data) as Problem };
    }
    default:
      return undefined;
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const message = problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
  const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return new ApiError(response.status, message, {
    ...(!Number.isNaN(retryAfter) && { retryAfterSeconds: retryAfter }),
    current: problem.current,
    requestId: problem.requestId ?? response.headers.get("x-request-id") ?? undefined,
  });
}
