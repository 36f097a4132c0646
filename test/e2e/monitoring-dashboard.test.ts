import assert from "node:assert/strict";

import { dashboardQueries } from "../../components/monitoring/dashboard.ts";
import { forwardPod } from "../../lib/port-forward.ts";
import type { Person } from "./client.ts";
import { cluster, eventually, namespace } from "./project.ts";
import { stack } from "./stack.ts";

describe(`the metrics and logs of a running stack, on ${stack.context}`, function () {
  this.timeout(300_000);
  this.slow(60_000);

  let person: Person;

  before(async function () {
    this.timeout(900_000);
    person = await stack.running();
    for (const command of ["backup", "drill"]) {
      const { code, output } = await stack.todo(`db ${command}`);
      assert.equal(code, 0, output);
    }
  });

  /** Data for every panel: chats and requests, for as long as `work` takes. */
  async function withTraffic<T>(work: () => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const traffic = (async () => {
      for (; !stop.signal.aborted; await new Promise((waited) => setTimeout(waited, 1_000))) {
        await person.titles();
        await person.ask("POST", "/api/chat", { message: "what's left?" });
      }
    })();
    try {
      return await work();
    } finally {
      stop.abort();
      await traffic;
    }
  }

  it("has series for every query of the Grafana dashboard", async () => {
    const { config, core } = cluster(stack.context);
    const labelSelector = "app.kubernetes.io/component=prometheus";
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    const pod = items[0]?.metadata?.name ?? "";
    const queries = dashboardQueries(namespace);

    using forward = await forwardPod(config, { namespace, pod, port: 9090 });
    const ask = async (query: string) => {
      const address = `${forward.url}/api/v1/query?query=${encodeURIComponent(query)}`;
      const response = await fetch(address, { headers: { connection: "close" } });
      return (await response.json()) as { status: string; data?: { result: unknown[] } };
    };
    await withTraffic(() =>
      // A rate needs two scrapes.
      eventually(180, async () => {
        const silent: string[] = [];
        for (const query of queries) {
          const { status, data } = await ask(query);
          if (status !== "success" || data?.result.length === 0) silent.push(query);
        }
        assert.deepEqual(silent, []);
      }),
    );
    console.log(`      ${queries.length} queries, all with series`);
  });

  it("shows the essentials with todo status", async () => {
    const { code, output, took } = await stack.todo("status", "--once");
    assert.equal(code, 0, output);
    assert.match(output, /frontend +2 of 2/);
    assert.match(output, /backend +2 of 2/);
    assert.match(output, /up; connections \d+ busy/);
    assert.match(output, /database \w+ +\d+m .* MiB/);
    console.log(`      it took ${took} s`);
  });

  it("finds a request in both apps with todo logs", async () => {
    const id = `e2e-${Date.now()}`;
    await fetch(`${stack.url}/api/tasks`, { headers: { "x-request-id": id } });
    await eventually(30, async () => {
      const { code, output } = await stack.todo("logs", "--request", id);
      assert.equal(code, 0, output);
      const lines = output.trim().split("\n");
      assert.deepEqual(lines.map((line) => line.split(/ +/)[1]).sort(), ["backend", "frontend"]);
      for (const line of lines) assert.match(line, /status=401/);
    });
  });

  it("shows the logs of every container of a pod with todo logs", async () => {
    const { code, output } = await stack.todo("logs", "--component", "database", "--since", "1h");
    assert.equal(code, 0, output);
    assert.match(output, /database system is ready to accept connections/);
    assert.match(output, /the volume has \d+ of \d+ MiB left/);
  });

  it("has no personal data of users in the logs, and nothing that they write", async () => {
    await person.ask("POST", "/api/tasks", { title: "call the lawyer Grimbold" });
    await person.ask("POST", "/api/chat", { message: "add see doctor Grimbold" });
    const { output } = await stack.todo("logs", "--since", "1h", "--json");
    assert.match(output, /"route":"\/api\/chat"/);
    for (const secret of ["Grimbold", person.email, person.password, "Bearer", "eyJ"]) {
      assert.ok(!output.includes(secret), `"${secret}" is in the logs`);
    }
  });
});
