import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { TracedDatabase } from "../src/database/traced.ts";
import { inSpan, startTracing, stopTracing } from "../src/telemetry/tracing.ts";
import { emptyDatabase } from "./support/embedded.ts";
import { ModelBackend } from "./support/model-backend.ts";
import { OtlpReceiver, type SentSpan } from "./support/otlp-receiver.ts";

const caller = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;

/** Of the model's limits, none is tested here. */
const patient = { firstByteMs: 15_000, stallMs: 15_000, answerMs: 30_000 };

describe("tracing", function () {
  this.timeout(60_000);
  let receiver: OtlpReceiver;
  const warnings: string[] = [];

  /** Tracing as the standard variables say, during `work`. */
  async function traced(variables: Record<string, string>, work: () => Promise<void>) {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...variables };
    Object.assign(process.env, env);
    try {
      await startTracing(process.env, "todo-chatbot-backend", (reason) => warnings.push(reason));
      await work();
    } finally {
      await stopTracing();
      for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
    }
  }
  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
  });
  afterEach(() => receiver.stop());

  it("nests the spans of a request from the caller to SQL, model and tool, and marks the log", async () => {
    let log = "";
    let sentTo: readonly string[] = [];
    await traced({ OTEL_SERVICE_NAME: "todo" }, async () => {
      const database = new TracedDatabase(await emptyDatabase());
      const it = await ModelBackend.start(database, patient);
      it.model.replies.push(
        { calls: [{ name: "add_task", arguments: { title: "canary-title" } }] },
        { text: "canary-reply" },
      );
      await it.backend.send("POST", "/api/chat", {
        as: it.ann,
        body: { message: "canary-message" },
        headers: { traceparent },
      });
      log = it.backend.log.join("");
      sentTo = it.model.requests.map(({ traceparent }) => traceparent);
      await it.stop();
      await database.close();
    });

    const spans = receiver.spans().filter(({ traceId }) => traceId === caller.traceId);
    const [root] = spans.filter(({ parentSpanId }) => parentSpanId === caller.spanId);
    assert.equal(root?.name, "POST /api/chat");
    const under = (parent: SentSpan | undefined) =>
      spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId);
    const children = under(root);
    const models = children.filter(({ name }) => name === "chat fake");
    assert.equal(models.length, 2);
    const tool = children.find(({ name }) => name === "execute_tool add_task");
    assert.deepEqual(
      under(tool).map(({ name }) => name),
      ["add task"],
    );
    // Whatever is left is SQL below one of these.
    const ids = new Set(spans.map(({ spanId }) => spanId));
    for (const { name, parentSpanId, attributes } of spans) {
      if (/^(POST|chat|execute_tool) /.test(name)) continue;
      assert.ok(ids.has(parentSpanId ?? ""), name);
      assert.ok(attributes.some(({ key }) => key === "db.query.text"));
    }
    assert.deepEqual(
      sentTo,
      models.map(({ spanId }) => `00-${caller.traceId}-${spanId}-01`),
    );
    assert.match(log, new RegExp(`"traceId":"${caller.traceId}".*"msg":"request completed"`));
    const sent = JSON.stringify(receiver.exports);
    assert.match(sent, /"service\.name","value":\{"stringValue":"todo"\}/);
    assert.doesNotMatch(sent, /canary|example\.com|Bearer|sk-test/);
    assert.deepEqual(warnings, []);
  });

  it("marks what failed, without the message", async () => {
    await traced({}, async () => {
      const database = new TracedDatabase(await emptyDatabase());
      const it = await ModelBackend.start(database, patient);
      it.model.otherwise = () => ({ status: 400, error: "canary" });
      await it.chat("hello");
      await it.backend.send("GET", "/api/tasks?search=canary");
      await it.backend.send("GET", "/healthz");
      await it.stop();
      await database.close();
    });
    const sent = JSON.stringify(receiver.exports);
    assert.match(sent, /"error\.type","value":\{"stringValue":"EndpointRefused"\}/);
    assert.doesNotMatch(sent, /canary|healthz/);
    const failed = receiver.spans().filter(({ status }) => status.code === 2);
    assert.deepEqual([...new Set(failed.map(({ name }) => name))], ["chat fake"]);
  });

  for (const [what, variables, count] of [
    ["nothing when it is disabled", { OTEL_SDK_DISABLED: "true" }, 0],
    ["nothing without an exporter", { OTEL_TRACES_EXPORTER: "none" }, 0],
    ["nothing when the sampler says so", { OTEL_TRACES_SAMPLER: "always_off" }, 0],
    ["traces that nobody else began by ratio", ratio("0"), 0],
    ["each trace with ratio 1", ratio("1"), 1],
  ] as const) {
    it(`sends ${what}`, async () => {
      await traced(variables, () => inSpan("work", "internal", {}, () => Promise.resolve()));
      assert.equal(receiver.spans().length, count);
    });
  }

  it("says once why spans are not sent, and serves on", async () => {
    await receiver.stop();
    warnings.length = 0;
    await traced({ OTEL_EXPORTER_OTLP_TIMEOUT: "200" }, async () => {
      const work = () => inSpan("work", "internal", {}, () => Promise.resolve("done"));
      assert.equal(await work(), "done");
    });
    assert.equal(warnings.length, 1);
    assert.match(String(warnings[0]), /ECONNREFUSED/);
    receiver = await OtlpReceiver.start();
  });

  it("loads nothing when it is off", async () => {
    const loads = async (env: Record<string, string>) => {
      const script = `import { registerHooks } from "node:module";
        const loaded = [];
        registerHooks({ resolve: (name, context, next) => { loaded.push(name); return next(name, context); } });
        const { startTracing } = await import(${JSON.stringify(import.meta.resolve("../src/telemetry/tracing.ts"))});
        await startTracing(process.env, "a", () => undefined);
        console.log(loaded.some((name) => name.startsWith("@opentelemetry/")));
        process.exit();`;
      const args = ["--input-type=module", "--eval", script];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      return stdout.trim();
    };
    assert.equal(await loads({}), "false");
    assert.equal(await loads({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }), "true");
  });
});

function ratio(arg: string) {
  return { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: arg };
}
