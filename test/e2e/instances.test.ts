import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createNamespace, helm, installChart } from "./chart.ts";
import { Person } from "./client.ts";
import { cluster, eventually, forward, inPod, namespace } from "./project.ts";
import type { Forward } from "./project.ts";
import { stack } from "./stack.ts";

const config = () => cluster(stack.context).config;

/** One instance of the application, wherever it is. */
interface Instance {
  readonly namespace: string;
  readonly release: string;
  readonly prefix: string;
}

async function podOf({ namespace: where, release }: Instance, component: string): Promise<string> {
  const labels = { instance: release, component };
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `app.kubernetes.io/${key}=${value}`)
    .join();
  const { items } = await stack.core().listNamespacedPod({ namespace: where, labelSelector });
  const pod = items.find(({ metadata, status }) => {
    const isReady = status?.conditions?.some(
      ({ type, status: is }) => type === "Ready" && is === "True",
    );
    return metadata?.deletionTimestamp === undefined && isReady;
  });
  assert.ok(pod?.metadata?.name, `no ${component} of ${release} in ${where} is ready`);
  return pod.metadata.name;
}

const open = async (instance: Instance): Promise<Forward> =>
  forward(config(), instance.namespace, await podOf(instance, "frontend"), 3000);

/** Whether a Service accepts a connection from an instance's pod: `open`, or why not. */
async function reach(from: Instance, component: string, to: Instance, port: number, name: string) {
  const host = `${to.prefix}${name}.${to.namespace}`;
  const program = `
    const socket = require("node:net").connect(${port}, "${host}");
    const end = (word) => { console.log(word); process.exit(); };
    socket.on("connect", () => end("open"));
    socket.on("error", ({ code }) => end(code));
    setTimeout(() => end("silence"), 3000);`;
  const pod = await podOf(from, component);
  return inPod(config(), pod, ["node", "-e", program], from.namespace);
}

/** What holds for two instances side by side, however they were created. */
function sideBySide(one: Instance, two: Instance): void {
  it("have a URL, users and tasks of their own", async () => {
    for (const [instance, other, task] of [
      [one, two, "for one"],
      [two, one, "for two"],
    ] as const) {
      using page = await open(instance);
      using elsewhere = await open(other);
      const person = new Person(page.url);
      await person.register();
      await person.ask("POST", "/api/tasks", { title: task });

      assert.deepEqual(await person.titles(), [task]);
      await assert.rejects(
        new Person(elsewhere.url).ask("POST", "/api/auth/login", {
          email: person.email,
          password: person.password,
        }),
        /answered 401/,
      );
    }
  });

  it("are reachable by their own pods, and by none of the other", async () => {
    for (const [instance, other] of [
      [one, two],
      [two, one],
    ] as const) {
      const table = {
        "own backend": await reach(instance, "frontend", instance, 80, "backend-service"),
        "own database": await reach(instance, "backend", instance, 5432, "database-service"),
        "other's backend": await reach(instance, "frontend", other, 80, "backend-service"),
        "other's database": await reach(instance, "backend", other, 5432, "database-service"),
      };
      console.log(`      ${instance.namespace}/${instance.release}: ${JSON.stringify(table)}`);
      assert.deepEqual([table["own backend"], table["own database"]], ["open", "open"]);
      assert.notEqual(table["other's backend"], "open");
      assert.notEqual(table["other's database"], "open");
    }
  });
}

/** Registers a user at an instance, removes the other one, and checks that the first still works. */
async function survives(kept: Instance, remove: () => Promise<void>): Promise<void> {
  using page = await open(kept);
  const person = new Person(page.url);
  await person.register();
  await remove();
  await person.ask("POST", "/api/tasks", { title: "still here" });
  assert.deepEqual(await person.titles(), ["still here"]);
}

describe(`Two instances on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);

  before(async () => {
    await stack.running();
  });

  describe("in two namespaces, by npm start", () => {
    const one = { namespace, release: "todo-chatbot", prefix: "" };
    const two = { namespace: `${namespace}-two`, release: "todo-chatbot", prefix: "" };
    let home = "";

    /** Runs a command for the second one, whose settings and state are in a folder of their own. */
    const second = (command: string, ...args: string[]) =>
      stack.project.with({ TODO_CHATBOT_HOME: home }).npm(command, ...args);

    before(async () => {
      home = await mkdtemp(join(tmpdir(), "todo-chatbot-two-"));
      // A kind cluster only maps the port of the instance that created it.
      const settings = [
        `cluster.namespace=${two.namespace}`,
        ...["network.exposure=ingress", "network.host=two.example.org"],
      ];
      for (const app of ["backend", "frontend"]) settings.push(`${app}.replicas=1`);
      const { code, output, took } = await second(
        "start",
        ...stack.place,
        ...settings.flatMap((value) => ["--set", value]),
      );
      // There is no ingress controller here; requests go to the pods directly.
      assert.equal(code, 0, output);
      assert.match(output, /The name two\.example\.org does not resolve on this machine yet/);
      console.log(`      the second npm start took ${took} s`);
    });
    after(async () => {
      await second("down", "--stack", stack.name);
      await rm(home, { recursive: true, force: true });
    });

    sideBySide(one, two);

    it("work on their own: npm run down of the second leaves the first unchanged", () =>
      survives(one, async () => {
        const { code, output } = await second("down", "--stack", stack.name);
        assert.equal(code, 0, output);
        const { items } = await stack.core().listNamespace();
        assert.ok(!items.some(({ metadata }) => metadata?.name === two.namespace));
        const drift = await stack.todo("drift");
        assert.equal(drift.code, 0, drift.output);
      }));
  });

  describe("in one namespace, by the chart without the program", () => {
    const where = `${namespace}-charts`;
    const one = { namespace: where, release: "one", prefix: "one-" };
    const two = { namespace: where, release: "two", prefix: "two-" };

    before(async () => {
      await createNamespace(where);
      for (const { release, prefix } of [one, two]) {
        await installChart(where, { release, prefix, password: `${release}-password` });
      }
    });
    after(async () => {
      await stack.core().deleteNamespace({ name: where });
    });

    sideBySide(one, two);

    it("work on their own: helm uninstall of the first leaves the second unchanged", () =>
      survives(two, async () => {
        await helm(where, "uninstall", one.release, "--wait");
        await eventually(60, async () => {
          const { items } = await stack.core().listNamespacedService({ namespace: where });
          assert.deepEqual(
            items.map(({ metadata }) => metadata?.name).sort(),
            ["backend-pods", "backend-service", "database-service", "frontend-service"].map(
              (service) => `two-${service}`,
            ),
          );
        });
      }));
  });
});
