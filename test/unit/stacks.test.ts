import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock } from "node:test";

import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { unread } from "../../components/monitoring/scrape-config.ts";
import { readGolden } from "../../render/golden.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import type { Registered } from "./engine.ts";
import { registered, settle, startEngine, valueOf } from "./engine.ts";
import { FakeCluster, Programs } from "./fakes.ts";

for (const { stack, context, url } of [
  { stack: "dev", context: "kind-todo-chatbot", url: "http://localhost:30080" },
  { stack: "local", context: "minikube", url: "http://192.168.49.2:30080" },
]) {
  describe(`stack ${stack}`, () => {
    it("registers the resources of the golden files, and outputs what the user needs next", async () => {
      using _cluster = new FakeCluster();
      await using server = await ApiServer.start({ uid: "uid-1", addresses: ["192.168.49.2"] });
      using _kubeconfig = new Kubeconfig({ [context]: server.url });
      const { images, scans, ...outputs } = await runProgram(stack);

      const golden = Object.entries((await readGolden(stack)).resources);
      assert.deepEqual(
        Object.fromEntries(registered.map((resource) => [idOf(resource), linksOf(resource)])),
        Object.fromEntries(golden.map(([id, facts]) => [id, linksOf(facts as Registered)])),
      );
      assert.deepEqual(outputs, {
        namespace: "todo-chatbot-namespace",
        portForward: `kubectl --context ${context} --namespace todo-chatbot-namespace port-forward service/frontend-service 8080:80`,
        url,
      });
      assert.deepEqual(Object.keys(images as object), ["backend", "frontend"]);
      assert.deepEqual(Object.keys(scans as object), [
        ...["backend", "frontend", "postgres", "prometheus", "alertmanager"],
      ]);
    });

    it("registers the same in a preview with neither cluster nor Docker", async () => {
      using _programs = new Programs();
      using _kubeconfig = new Kubeconfig({});
      const warn = mock.method(console, "warn", () => undefined);
      try {
        await runProgram(stack, { preview: true });
      } finally {
        warn.mock.restore();
      }

      const { resources } = await readGolden(stack);
      assert.deepEqual(
        // The provider that stands for Docker's, which the engine does not show.
        registered
          .filter(({ name }) => !name.startsWith("default"))
          .map(idOf)
          .sort(),
        Object.keys(resources).sort(),
      );
    });
  });
}

const idOf = ({ type, name }: Registered) => `${type} ${name}`;

/** What a resource has to do with others; the golden files leave out what is empty. */
const linksOf = ({
  parent = "",
  provider = "",
  protect = false,
  dependsOn = [],
}: Partial<Registered>) => ({ parent, provider, protect, dependsOn });

describe("images from elsewhere that the local Docker has", () => {
  for (const [part, user] of [
    ["postgres", "release"],
    ["prometheus", "monitoring-deployment"],
    ["alertmanager", "monitoring-alertmanager-deployment"],
  ] as const) {
    it(`are on the nodes before the pods that run them: ${part}`, async () => {
      using _cluster = new FakeCluster();
      await using server = await ApiServer.start();
      using _kubeconfig = new Kubeconfig({ "kind-todo-chatbot": server.url });
      const slow = `images-${part}-delivery`;
      await runProgram("dev", {
        config: {
          "todo-chatbot:images": {
            postgres: "postgres:17",
            prometheus: "prometheus:3",
            alertmanager: "alertmanager:0",
          },
        },
        slow,
      });

      const runs = registered.filter(({ name, type }) => name === user && !type.startsWith("todo"));
      assert.equal(runs.length, 1);
      assert.ok(runs[0]!.after.includes(slow));
    });
  }
});

describe("a stack whose metrics an operator reads", () => {
  const config = { "todo-chatbot:monitoring": { mode: "operator" } };
  const kinds = () =>
    registered
      .filter(({ parent }) => parent === "monitoring")
      .map(({ type }) => type.replace(/.*:/, ""))
      .sort();

  it("has monitors, rules and a dashboard, no Prometheus of its own, and lets the operator's in", async () => {
    using _programs = new Programs();
    using _kubeconfig = new Kubeconfig({});
    const warn = mock.method(console, "warn", () => undefined);
    try {
      await runProgram("dev", { config, preview: true });
    } finally {
      warn.mock.restore();
    }

    assert.deepEqual(kinds(), ["ConfigMap", "PrometheusRule"]);
    const release = registered.find(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    const { metrics, networkPolicy } = release!.inputs["values"] as {
      metrics: { serviceMonitor: unknown };
      networkPolicy: { prometheus: { namespace: string } };
    };
    assert.equal(networkPolicy.prometheus.namespace, "monitoring");
    assert.deepEqual(metrics.serviceMonitor, {
      enabled: true,
      labels: { release: "kube-prometheus-stack" },
      metricRelabelings: [{ sourceLabels: ["__name__"], regex: unread, action: "drop" }],
    });
  });

  it("is refused on a cluster without an operator, before anything is registered", async () => {
    using _cluster = new FakeCluster();
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ "kind-todo-chatbot": server.url });

    await assert.rejects(runProgram("dev", { config }), /Prometheus Operator is not installed/);
    assert.deepEqual(registered, []);
  });
});

let runs = 0;

interface Run {
  readonly preview?: boolean;
  /** Beside the committed stack file, by full key. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly slow?: string;
}

/** Runs index.ts with a committed stack file; its outputs, resolved. */
async function runProgram(
  stack: string,
  { config = {}, ...engine }: Run = {},
): Promise<Record<string, unknown>> {
  const file = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: object };
  const entries = Object.entries({ ...file.config, ...config }).map(
    ([key, value]) => [key, JSON.stringify(value)] as const,
  );
  await startEngine({ ...engine, config: Object.fromEntries(entries) });

  const program = (await import(`../../index.ts?run=${runs++}`)) as Record<string, unknown>;
  const { images, scans, ...single } = program as Record<string, pulumi.Output<unknown>> &
    Record<"images" | "scans", Record<string, pulumi.Output<unknown>>>;
  const outputs = {
    ...(await resolved(single)),
    images: await resolved(images),
    scans: await resolved(scans),
  };
  await settle();
  return outputs;
}

async function resolved(outputs: Record<string, pulumi.Output<unknown>>) {
  const entries = Object.entries(outputs).map(
    async ([key, output]) => [key, await valueOf(output)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
