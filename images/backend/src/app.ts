import { randomUUID } from "node:crypto";

import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from "fastify";
import * as z from "zod";

import type { Agent } from "./agent/agent.ts";
import { PasswordResets } from "./auth/password-resets.ts";
import { addResetRoutes, type ResetMails } from "./auth/reset-routes.ts";
import { AccountStore } from "./auth/accounts.ts";
import { addAccountRoutes } from "./auth/account-routes.ts";
import { authenticate } from "./auth/authenticate.ts";
import { CalendarFeeds } from "./calendar/feeds.ts";
import { addCalendarRoute, addFeedRoutes } from "./calendar/routes.ts";
import { GrantStore } from "./auth/grants.ts";
import { addPersonalTokenRoutes } from "./auth/personal-token-routes.ts";
import { addAuthRoutes } from "./auth/routes.ts";
import { SessionStore } from "./auth/sessions.ts";
import type { TokenAuthority } from "./auth/token.ts";
import { ConversationStore } from "./chat/conversations.ts";
import type { Changes } from "./changes/changes.ts";
import { addEventRoutes, eventsRoute } from "./changes/routes.ts";
import { addChatRoutes } from "./chat/routes.ts";
import { ChatService } from "./chat/service.ts";
import type { Database } from "./database/database.ts";
import type { DatabaseHealth } from "./database/health.ts";
import { clientNetwork } from "./http/client-network.ts";
import { sendProblem, toProblem } from "./http/errors.ts";
import { addOpenApi } from "./http/openapi.ts";
import { RequestStore } from "./http/idempotency.ts";
import { methodsOfRoutes } from "./http/methods.ts";
import { HttpProblem } from "./http/problem.ts";
import type { RateLimiter } from "./http/rate-limit.ts";
import { secure } from "./http/security.ts";
import { trustedProxies } from "./http/trusted-proxies.ts";
import { Traffic } from "./http/traffic.ts";
import { withZod, type App } from "./http/zod-fastify.ts";
import { AppGrantStore } from "./oauth/app-grants.ts";
import { addAuthorizeRoutes } from "./oauth/authorize-routes.ts";
import { ClientStore } from "./oauth/clients.ts";
import { addMetadataRoutes } from "./oauth/metadata-routes.ts";
import { addTokenRoutes } from "./oauth/token-routes.ts";
import { addMcpRoutes } from "./mcp/routes.ts";
import type { Metrics } from "./metrics.ts";
import { addRequestSpans } from "./telemetry/request-spans.ts";
import { addTaskRoutes } from "./tasks/routes.ts";
import { TaskStore } from "./tasks/store.ts";

/** Dependencies of the API; tests pass their own. */
export interface Parts {
  readonly database: Database;
  readonly health: DatabaseHealth;
  readonly limiter: RateLimiter;
  readonly tokens: TokenAuthority;
  readonly agent: Agent;
  readonly metrics: Metrics;
  readonly logger: FastifyBaseLogger;
  readonly allowedOrigins: readonly string[];
  /** True after SIGTERM: the pod leaves its Service, but still serves. */
  readonly isStopping: () => boolean;
  readonly changes: Changes;
  /** Undefined without a mail server. */
  readonly mails?: ResetMails | undefined;
  readonly timeLimits?: TimeLimits;
  readonly traffic?: Traffic;
}

/** How long a client may take to send a request, in milliseconds. */
export interface TimeLimits {
  /** For the headers; default 10 000. */
  readonly headersMs: number;
  /** For the whole request; default 15 000. */
  readonly requestMs: number;
  /** Pause between two checks of open connections; default 5000. */
  readonly checkMs: number;
}

/** Largest body, in bytes; a task with its description needs about 10 000 at most. */
const bodyLimit = 64 * 1024;

/** Most open connections; any more are closed at once. */
const maxConnections = 2000;

/** Request ids to accept from a proxy; anything else could forge log lines. */
const requestId = /^[\w.-]{8,64}$/;

/** Builds the API without listening. */
export function buildApp(parts: Parts): FastifyInstance {
  const { database, health, limiter, tokens, agent, metrics, logger, allowedOrigins, isStopping } =
    parts;
  const { changes, traffic = new Traffic() } = parts;
  const { timeLimits = { headersMs: 10_000, requestMs: 15_000, checkMs: 5000 } } = parts;
  const fastify = Fastify({
    loggerInstance: logger,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "requestId",
    }),
    // The first other address from the right is the client's.
    trustProxy: trustedProxies(),
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && requestId.test(given) ? given : randomUUID();
    },
    bodyLimit,
    requestTimeout: timeLimits.requestMs,
    // Longer than the frontend keeps idle connections, so that none is closed while in use.
    keepAliveTimeout: 75_000,
    http: {
      headersTimeout: timeLimits.headersMs,
      connectionsCheckingInterval: timeLimits.checkMs,
    },
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 100 },
  });
  fastify.server.maxConnections = maxConnections;
  const app = withZod(fastify);
  app.removeContentTypeParser("text/plain");
  app.decorateRequest("userId", "");
  app.decorateRequest("claims");
  app.decorateRequest("grant");
  app.decorateRequest("isStillSignedIn");
  app.decorateRequest("share");
  app.setErrorHandler(sendProblem);
  const routeMethods = methodsOfRoutes(app);
  const noRoute = ({ method, url }: FastifyRequest, reply: FastifyReply): HttpProblem => {
    const [path = ""] = url.split("?");
    const methods = routeMethods.of(path).join(", ");
    if (methods === "") return new HttpProblem(404, `No such route: ${method} ${path}.`);
    reply.header("allow", methods);
    return new HttpProblem(405, `${path} has no ${method}; it has ${methods}.`);
  };
  app.setNotFoundHandler((request, reply) => {
    throw noRoute(request, reply);
  });
  addRequestSpans(fastify, {
    routeOf: ({ routeOptions: { url = "unmatched" } }) =>
      probes.has(url) || url === eventsRoute ? undefined : url,
    trustsCaller: true,
  });
  app.addHook("onRequest", (request, reply, done) => {
    traffic.begin(request, reply);
    done();
  });
  app.addHook("onRequest", secure(allowedOrigins));
  // Before the body is read: what it lacks doesn't matter where there is no route.
  app.addHook("onRequest", (request, reply, done) => {
    const { is404, method, url } = request;
    done(
      is404 || routeMethods.lacks(url.split("?", 1)[0] ?? "", method)
        ? noRoute(request, reply)
        : undefined,
    );
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unmatched";
    // A stream of events takes as long as somebody listens, which says nothing about the server.
    const seconds = route === eventsRoute ? undefined : reply.elapsedTime / 1000;
    metrics.onRequest(request.method, route, reply.statusCode, seconds);
    const level = probes.has(route) ? "debug" : "info";
    request.log[level](
      {
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      "request completed",
    );
  });
  app.addHook("onSend", async ({ share }, reply, payload) => {
    // Makes clients reconnect to another pod.
    if (isStopping()) reply.header("connection", "close");
    traffic.send(share, reply, payload);
  });

  // Closing waits for open responses, and streams of events end by themselves only after an hour.
  app.addHook("preClose", (done) => {
    changes.stop();
    done();
  });

  const admitAddress: onRequestHookHandler = (request, _reply, done) => {
    traffic.admit(clientNetwork(request.ip), request);
    done();
  };
  addOpenApi(app, "/api/openapi.json", admitAddress);
  addServiceRoutes(app, { health, metrics, isStopping });

  const accounts = new AccountStore(database);
  const sessions = new SessionStore(database, changes);
  const grants = new GrantStore(database, changes);
  const oauth = { clients: new ClientStore(database), apps: new AppGrantStore(database), limiter };
  const tasks = new TaskStore(database);
  const calendar = { feeds: new CalendarFeeds(database), tasks, limiter };
  const conversations = new ConversationStore(database);
  void app.register((open: App, _options: object, done: () => void) => {
    open.addHook("onRequest", admitAddress);
    const auth = { accounts, tokens, limiter, sessions };
    addAuthRoutes(open, auth);
    addResetRoutes(open, new PasswordResets(database), auth, parts.mails);
    addMetadataRoutes(open);
    addCalendarRoute(open, calendar);
    // Of its own, because its errors have another form.
    void open.register((app: App, _options: object, done: () => void) => {
      addTokenRoutes(app, oauth);
      done();
    });
    done();
  });
  void app.register((signedIn: App, _options: object, done: () => void) => {
    signedIn.addHook("onRequest", authenticate({ tokens, sessions, grants }));
    signedIn.addHook("onRequest", (request, _reply, done) => {
      traffic.admit(request.userId, request);
      done();
    });
    addTaskRoutes(signedIn, tasks);
    const requests = new RequestStore(database);
    const chat = new ChatService(agent, tasks, conversations, requests, metrics.chat);
    addChatRoutes(signedIn, { chat, conversations, limiter, toProblem });
    addAccountRoutes(signedIn, { accounts, sessions, limiter, tasks, conversations });
    addPersonalTokenRoutes(signedIn, { grants, limiter });
    addFeedRoutes(signedIn, calendar);
    addAuthorizeRoutes(signedIn, { ...oauth, grants });
    addEventRoutes(signedIn, { changes, isStopping });
    const { onToolCall } = metrics.chat;
    addMcpRoutes(signedIn, { tasks, limiter, onToolCall, allowedOrigins });
    done();
  });
  return fastify;
}

/** Routes that are called every few seconds and would flood the log. */
const probes = new Set(["/healthz", "/readyz", "/metrics"]);

function addServiceRoutes(
  app: App,
  { health, metrics, isStopping }: Pick<Parts, "health" | "metrics" | "isStopping">,
): void {
  const status = z.object({ status: z.string() });
  const schema = { tags: ["service"], signedIn: false };

  app.get(
    "/healthz",
    {
      schema: {
        ...schema,
        summary: "Liveness: is the process up? Checks nothing else",
        response: { 200: status },
      },
    },
    () => ({ status: "ok" }),
  );

  app.get(
    "/readyz",
    {
      schema: {
        ...schema,
        summary: "Readiness: can requests be served?",
        response: { 200: status },
      },
    },
    async () => {
      if (isStopping()) throw new HttpProblem(503, "The server is stopping.");
      if (!(await health.ready())) {
        throw new HttpProblem(503, `The database is not ready: ${health.reason}`);
      }
      return { status: "ok" };
    },
  );

  app.get(
    "/metrics",
    { schema: { ...schema, summary: "Metrics for Prometheus", hidden: true } },
    async (_request, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );
}
