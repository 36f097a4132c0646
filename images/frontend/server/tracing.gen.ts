// Generated from images/backend/src/telemetry/tracing.ts by `npm run generate`.
import type { IncomingHttpHeaders } from "node:http";

import type { Context, Span as OtelSpan } from "@opentelemetry/api";

/** Never texts of users, addresses or parameters: whoever reads traces may not read tasks. */
export type Attributes = Readonly<Record<string, string | number>>;

/** server: of a request; client: of a request to something else; internal: of own work. */
export type SpanKind = "server" | "client" | "internal";

/** A piece of work in a trace. */
export interface Span {
  /** Calls `work` so that spans and log lines of it belong to this one. */
  run<T>(work: () => T): T;
  set(attributes: Attributes): void;
  /** The header that makes a request to another server part of the trace (W3C Trace Context). */
  readonly headers: Readonly<Record<string, string>>;
  /** @param error why it failed; only its name and code are kept. */
  end(error?: unknown): void;
}

/** The ids of a span, for log lines. */
export interface TraceIds {
  readonly traceId?: string;
  readonly spanId?: string;
}

interface Tracer {
  start(name: string, kind: SpanKind, attributes: Attributes, caller?: IncomingHttpHeaders): Span;
  ids(): TraceIds;
  shutdown(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

let tracer: Tracer | undefined;

/** The endpoint that OpenTelemetry's standard variables name; undefined: no tracing. */
function endpointOf(env: Environment): string | undefined {
  if (env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return undefined;
  if (env["OTEL_TRACES_EXPORTER"]?.trim() === "none") return undefined;
  return env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
}

/**
 * Sends spans by OTLP (HTTP, JSON) if OpenTelemetry's standard variables name an endpoint; nothing is
 * loaded without.
 *
 * @param service its name, unless OTEL_SERVICE_NAME has another.
 * @param warn called with why spans are not sent, at most once a minute.
 */
export async function startTracing(
  env: Environment,
  service: string,
  warn: (reason: string) => void,
): Promise<void> {
  if (endpointOf(env) !== undefined) tracer = await createTracer(env, service, warn);
}

export function isTracing(): boolean {
  return tracer !== undefined;
}

/** Sends what is left. */
export async function stopTracing(): Promise<void> {
  await tracer?.shutdown();
  tracer = undefined;
}

/** The ids of the span that is running; empty without one. */
export function traceIds(): TraceIds {
  return tracer?.ids() ?? {};
}

/** Starts a span; undefined when nothing is traced. @param caller headers of the request. */
export function startSpan(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  caller?: IncomingHttpHeaders,
): Span | undefined {
  return tracer?.start(name, kind, attributes, caller);
}

/** Does `work` in a span. */
export async function inSpan<T>(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  const span = tracer?.start(name, kind, attributes);
  if (span === undefined) return work();
  try {
    const result = await span.run(work);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

async function createTracer(
  env: Environment,
  service: string,
  warn: (reason: string) => void,
): Promise<Tracer> {
  const [api, { AsyncLocalStorageContextManager }, core, { OTLPTraceExporter }, resources, sdk] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/context-async-hooks"),
      import("@opentelemetry/core"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
      import("@opentelemetry/sdk-trace"),
    ]);
  const { context, diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const quiet = () => undefined;
  const report = oncePerMinute(warn);
  diag.setLogger(
    { error: report, warn: report, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const envDetectors = [resources.resourceAttributesEnvDetector, resources.serviceNameEnvDetector];
  const provider = new sdk.TracerProvider({
    resource: resources
      .resourceFromAttributes({ "service.name": service })
      .merge(resources.detectResources({ detectors: envDetectors })),
    sampler: samplerOf(env),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const propagator = new core.W3CTraceContextPropagator();
  const spans = provider.getTracer(service);
  const kinds = {
    server: SpanKind.SERVER,
    client: SpanKind.CLIENT,
    internal: SpanKind.INTERNAL,
  };

  function samplerOf(env: Environment) {
    const name = env["OTEL_TRACES_SAMPLER"]?.trim() || "parentbased_always_on";
    const ratio = Number(env["OTEL_TRACES_SAMPLER_ARG"]?.trim() || 1);
    const roots = {
      always_on: () => new sdk.AlwaysOnSampler(),
      always_off: () => new sdk.AlwaysOffSampler(),
      traceidratio: () => new sdk.TraceIdRatioBasedSampler(Number.isNaN(ratio) ? 1 : ratio),
    };
    const make = roots[name.replace(/^parentbased_/, "") as keyof typeof roots] as
      (typeof roots)["always_on"] | undefined;
    if (make === undefined) warn(`OTEL_TRACES_SAMPLER is "${name}", which is unknown`);
    const root = (make ?? roots.always_on)();
    return name.startsWith("parentbased_") ? new sdk.ParentBasedSampler({ root }) : root;
  }

  function wrap(span: OtelSpan, inside: Context): Span {
    return {
      run: (work) => context.with(inside, work),
      set: (attributes) => {
        span.setAttributes(attributes);
      },
      get headers() {
        const carrier: Record<string, string> = {};
        propagator.inject(inside, carrier, api.defaultTextMapSetter);
        return carrier;
      },
      end: (error) => {
        if (error !== undefined) {
          // Messages may quote what a user wrote.
          const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
          span.setAttribute("error.type", String(code ?? name));
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      },
    };
  }

  return {
    start: (name, kind, attributes, caller) => {
      const parent =
        caller === undefined
          ? context.active()
          : propagator.extract(ROOT_CONTEXT, caller, api.defaultTextMapGetter);
      const span = spans.startSpan(name, { kind: kinds[kind], attributes }, parent);
      return wrap(span, trace.setSpan(parent, span));
    },
    ids: () => {
      const { traceId, spanId } = trace.getSpan(context.active())?.spanContext() ?? {};
      return traceId === undefined || spanId === undefined ? {} : { traceId, spanId };
    },
    shutdown: async () => {
      await provider.shutdown().catch((error: unknown) => {
        report(String(error));
      });
      context.disable();
      diag.disable();
    },
  };
}

function oncePerMinute(warn: (reason: string) => void): (message: string) => void {
  let last = -Infinity;
  return (message) => {
    if (performance.now() - last < 60_000) return;
    last = performance.now();
    // An error comes as JSON with its stack.
    const [, text = message] = /"message":"([^"]*)"/.exec(message) ?? [];
    warn(text.slice(0, 300));
  };
}
