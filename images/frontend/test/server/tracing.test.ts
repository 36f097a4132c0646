import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { json } from "node:stream/consumers";

import { startTracing, stopTracing } from "../../server/tracing.gen.ts";
import { listen, makeApp } from "./rig.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("a traced request", () => {
  for (const [what, trustedProxies, isContinued] of [
    ["begins a trace here, whatever the client says", 0, false],
    ["continues the trace of a trusted proxy", 1, true],
  ] as const) {
    it(what, async () => {
      const sent: unknown[] = [];
      const collector = await listen((request, response) => {
        void json(request).then((body) => {
          sent.push(body);
          response.writeHead(200, { "content-type": "application/json" }).end("{}");
        });
      });
      let headers: IncomingHttpHeaders = {};
      const backend = await listen((request, response) => {
        headers = request.headers;
        response.end("[]");
      });
      process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url.origin;
      await startTracing(process.env, "todo-chatbot-frontend", () => undefined);
      const { app } = await makeApp({ target: backend.url, trustedProxies });
      const request = { url: "/api/tasks?search=canary", headers: { traceparent } };
      assert.equal((await app.inject(request)).statusCode, 200);
      await app.inject({ url: "/", headers: { traceparent } });
      await app.close();
      await stopTracing();
      Reflect.deleteProperty(process.env, "OTEL_EXPORTER_OTLP_ENDPOINT");

      const [, traceId = "", spanId = ""] =
        /^00-(\w{32})-(\w{16})-01$/.exec(String(headers["traceparent"])) ?? [];
      assert.equal(traceId === traceparent.slice(3, 35), isContinued);
      const text = JSON.stringify(sent);
      assert.match(text, new RegExp(`"traceId":"${traceId}","spanId":"${spanId}"`));
      assert.equal(text.split('"spanId"').length, 2, "one span");
      assert.doesNotMatch(text, /canary/);
      for (const { server } of [collector, backend]) {
        server.closeAllConnections();
        server.close();
      }
    });
  }

  it("passes no ids of clients on when nothing is traced", async () => {
    let headers: IncomingHttpHeaders = {};
    const backend = await listen((request, response) => {
      headers = request.headers;
      response.end("[]");
    });
    const { app } = await makeApp({ target: backend.url });
    await app.inject({ url: "/api/tasks", headers: { traceparent, tracestate: "a=b" } });
    await app.close();
    assert.deepEqual([headers["traceparent"], headers["tracestate"]], [undefined, undefined]);
    backend.server.closeAllConnections();
    backend.server.close();
  });
});
