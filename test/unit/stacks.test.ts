import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mock } from "node:test";

import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { ApiServer, Kubeconfig } from "./apiServer.ts";
import type { Registered } from "./engine.ts";
import { isSecret, plain, registered, settle, startEngine, valueOf } from "./engine.ts";
import { FakeCluster, Programs } from "./fakes.ts";

/**
 * Every stack's resources, as the engine would see them, next to the recorded ones. A pull request
 * that changes a deployment shows the change in its diff. `npm run golden` records them anew.
 */
for (const [stack, context] of [
  ["dev", "kind-todo-chatbot"],
  ["local", "minikube"],
] as const) {
  describe(`stack ${stack}`, () => {
    it("registers the recorded resources, and hands out the recorded outputs", async () => {
      using _cluster = new FakeCluster();
      await using server = await ApiServer.start({ uid: "uid-1", addresses: ["192.168.49.2"] });
      using _kubeconfig = new Kubeconfig({ [context]: server.url });
      const outputs = await runProgram(stack);

      const resources = registered.map(recorded).sort((a, b) => a.name.localeCompare(b.name));
      const actual = masked(`${JSON.stringify({ outputs, resources }, null, 2)}\n`);
      const file = `test/golden/${stack}.json`;
      if (process.env["UPDATE_GOLDEN"]) writeFileSync(file, actual);
      assert.equal(actual, readFileSync(file, "utf8"));
    });

    it("shows the same in a preview with neither cluster nor Docker", async () => {
      using _programs = new Programs();
      using _kubeconfig = new Kubeconfig({});
      const warn = mock.method(console, "warn", () => undefined);
      try {
        await runProgram(stack, { preview: true });
      } finally {
        warn.mock.restore();
      }

      const golden = JSON.parse(readFileSync(`test/golden/${stack}.json`, "utf8")) as {
        resources: Registered[];
      };
      const names = (resources: readonly Registered[]) =>
        resources.map(({ type, name }) => `${type} ${name}`).sort();
      assert.deepEqual(
        // The provider that stands for Docker's, which the engine does not show.
        names(registered.filter(({ name }) => !name.startsWith("default"))),
        names(golden.resources),
      );
    });
  });
}

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

    assert.deepEqual(kinds(), ["ConfigMap", "PrometheusRule", "ServiceMonitor", "ServiceMonitor"]);
    const release = registered.find(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    const { networkPolicy } = release!.inputs["values"] as {
      networkPolicy: { prometheus: { namespace: string } };
    };
    assert.equal(networkPolicy.prometheus.namespace, "monitoring");
  });

  it("is refused on a cluster without an operator, before anything is registered", async () => {
    using _cluster = new FakeCluster();
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ "kind-todo-chatbot": server.url });

    await assert.rejects(runProgram("dev", { config }), /no Prometheus Operator is installed/);
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
  const { images, ...single } = program as Record<string, pulumi.Output<unknown>> & {
    images: Record<string, pulumi.Output<unknown>>;
  };
  const outputs = await resolved(single);
  const facts = await resolved(images);
  await settle();
  return { ...outputs, images: facts };
}

async function resolved(outputs: Record<string, pulumi.Output<unknown>>) {
  const entries = Object.entries(outputs).map(
    async ([key, output]) => [key, await valueOf(output)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** What is recorded of a resource: no stored code, and of a secret the names of its fields. */
function recorded({ inputs, parent, provider, dependsOn, protect, type, name }: Registered) {
  const visible = Object.entries(inputs)
    .filter(([key]) => key !== "__provider")
    .map(([key, value]) => [key, isSecret(value) ? hidden(plain(value)) : value] as const);
  return { type, name, parent, provider, dependsOn, protect, inputs: Object.fromEntries(visible) };
}

function hidden(value: unknown): string {
  const fields = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return `<secret> ${fields.join(" ")}`.trim();
}

/** Without what differs between builds and machines: tags and hashes, and the platform. */
function masked(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{12}\b/g, "<tag>")
    .replaceAll(/linux\/(amd64|arm64)/g, "linux/<arch>");
}
