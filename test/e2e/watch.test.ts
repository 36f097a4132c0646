import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { V1Deployment } from "@kubernetes/client-node";
import { AppsV1Api } from "@kubernetes/client-node";

import type { Person } from "./client.ts";
import type { Ending } from "./processes.ts";
import { changesIn, cluster, eventually, namespace } from "./project.ts";
import { inOrder, stack } from "./stack.ts";

const deployments = ["backend-deployment", "frontend-deployment"] as const;
const backendFile = "images/backend/src/app.ts";
const serverFile = "images/frontend/server/app.ts";
const pageFile = "images/frontend/index.html";
const ready = /Edits in \S+ and \S+ run in the cluster/;

describe(`todo watch, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);
  inOrder();

  let person: Person;
  let deployed: readonly V1Deployment[];
  let pods: readonly string[];
  let running: Watch | undefined;

  before(async () => {
    person = await stack.running();
    await person.ask("POST", "/api/tasks", { title: "water the plants" });
    deployed = await current();
    // The last update's old pods may not be gone yet.
    pods = await eventually(60, async () => {
      const names = await replicaSets();
      assert.equal(new Set(names).size, deployments.length);
      return names;
    });
  });
  after(async () => {
    await running?.end("SIGKILL of all");
    await stack.project.switchTo();
  });

  const apps = () => cluster(stack.context).config.makeApiClient(AppsV1Api);
  const current = () =>
    Promise.all(deployments.map((name) => apps().readNamespacedDeployment({ name, namespace })));
  const podsOfApps = async () => {
    const labelSelector = "app.kubernetes.io/component in (backend,frontend)";
    const { items } = await stack.core().listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  };
  const replicaSets = async () =>
    (await podsOfApps()).map(({ metadata }) => metadata?.ownerReferences?.[0]?.name ?? "").sort();
  const text = async (path: string) => {
    const signal = AbortSignal.timeout(5_000);
    return (
      await fetch(`${stack.url}${path}`, { signal, headers: { connection: "close" } })
    ).text();
  };

  /** Edits a text over and over; returns the milliseconds until the answer has it, each time. */
  async function edits(count: number, file: string, path: string, [from, to]: [string, string]) {
    const took: number[] = [];
    let last = from;
    for (let round = 1; round <= count; round += 1) {
      const next = `${to} ${round}`;
      await stack.project.edit(file, last, next);
      const saved = performance.now();
      while (!(await text(path).catch(() => "")).includes(next)) {
        assert.ok(performance.now() - saved < 60_000, `no answer has "${next}"`);
        await sleep(20);
      }
      took.push(Math.round(performance.now() - saved));
      last = next;
      await sleep(1_500);
    }
    const median = took.toSorted((a, b) => a - b)[Math.floor(count / 2)];
    console.log(`      ${file}: median ${median} ms of ${took.join(", ")}`);
    return last;
  }

  async function assertDeployed(): Promise<void> {
    await eventually(60, async () => {
      const { code, output } = await stack.todo("drift");
      assert.equal(code, 0, output);
    });
    const now = await current();
    for (const [index, { metadata, spec }] of now.entries()) {
      assert.deepEqual(spec, deployed[index]!.spec);
      assert.equal(metadata?.annotations?.["todo-chatbot/watch"], undefined);
    }
    await eventually(90, async () => assert.deepEqual(await replicaSets(), pods));
    assert.deepEqual(await person.titles(), ["water the plants"]);
  }

  it("answers with each edit of the backend, of the web UI and of its server", async () => {
    running = new Watch();
    await running.prints(ready);

    await edits(5, backendFile, "/api/openapi.json", ["can requests be served", "can it serve"]);
    await edits(3, serverFile, "/nowhere", ["No such page", "No page"]);
    await edits(3, pageFile, "/", ["<title>", "<title>Edit"]);
    assert.deepEqual(await person.titles(), ["water the plants"]);
  });

  it("shows the logs of the pods", async () => {
    await person.titles();

    await running!.prints(/backend +info +request completed .*route=\/api\/tasks/);
  });

  it("keeps the pods as locked down as they are deployed", async () => {
    const all = await podsOfApps();

    assert.equal(all.length, 4);
    for (const { spec, metadata } of all) {
      assert.equal(metadata?.annotations?.["todo-chatbot/watch"], "true");
      assert.equal(spec?.securityContext?.runAsNonRoot, true);
      assert.deepEqual(
        spec.containers.map(({ securityContext }) => securityContext),
        deployed[0]!.spec!.template.spec!.containers.map(({ securityContext }) => securityContext),
      );
      assert.equal(spec.containers[0]?.securityContext?.readOnlyRootFilesystem, true);
    }
  });

  it("shows an error of types, of syntax or at the start, and keeps the code from before", async () => {
    const answer = await text("/api/openapi.json");
    for (const [wrong, shown] of [
      ["const wrong: number = 'text'; void wrong;", /backend: the code from before[^✗]*TS2322/],
      ["const = 3;", /backend: the code from before[^✗]*TS1134/],
      ["throw new Error('at the start');", /backend: the code from before.* exit code 1 before/],
    ] as const) {
      const mark = "/** Routes that are called every few seconds";
      await stack.project.edit(backendFile, mark, `${wrong}\n${mark}`);
      await running!.prints(shown);
      assert.equal(await text("/api/openapi.json"), answer);
      await stack.project.edit(backendFile, `${wrong}\n`, "");
      await sleep(2_000);
    }
  });

  it("is the only one, and what drift names", async () => {
    for (const command of ["watch", "drift --fix"]) {
      const { code, output } = await stack.todo(command);
      assert.equal(code, 1, output);
      assert.match(output, /todo -- watch.* is running, as process \d+/);
    }
    const { code, output } = await stack.todo("drift");
    assert.equal(code, 2, output);
    for (const name of deployments) {
      assert.match(
        output,
        new RegExp(`^ {2}Deployment/${name} runs edited code of npm run todo`, "m"),
      );
    }
  });

  it("leaves what was deployed after Ctrl-C", async () => {
    const { output, took } = await running!.end("SIGINT");
    running = undefined;

    assert.match(output, /Restored\./);
    console.log(`      watched for ${took} s`);
    await assertDeployed();
    await stack.project.switchTo();
    const started = await stack.start();
    assert.equal(started.code, 0, started.output);
    assert.deepEqual(changesIn(started.output), []);
    assert.deepEqual(await replicaSets(), pods);
  });

  async function killedWatch(): Promise<void> {
    const killed = new Watch();
    await killed.prints(ready);
    await killed.end("SIGKILL of all");
    const { code: found } = await stack.todo("drift");
    assert.equal(found, 2);
  }

  it("continues after it was killed, and is cleared away by drift --fix", async () => {
    await killedWatch();
    await killedWatch();
    const { code, output } = await stack.todo("drift", "--fix");
    assert.equal(code, 0, output);
    await assertDeployed();
  });

  it("is cleared away by start after it was killed", async () => {
    await killedWatch();
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    await assertDeployed();
  });
});

/** A `todo watch` that is running. */
class Watch {
  readonly #running = stack.project.open("todo", "watch", "--stack", stack.name);

  /** Waits until it has printed something. */
  async prints(expected: RegExp): Promise<void> {
    await eventually(300, async () => {
      assert.ok(this.#running.runs(), `it has ended: ${this.#running.printed()}`);
      assert.match(this.#running.printed(), expected);
    });
  }

  async end(ending: Ending) {
    await this.#running.end(ending);
    return this.#running.ended;
  }
}
