import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { V1Pod } from "@kubernetes/client-node";
import { AppsV1Api, NetworkingV1Api } from "@kubernetes/client-node";

import { cloudNativePg } from "../../lib/cloudnative-pg.ts";
import { run } from "../../lib/exec.ts";
import type { Person } from "./client.ts";
import { Traffic } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { content, sql as bundledSql } from "./database.ts";
import type { Instance } from "./database-cluster.ts";
import { DatabaseCluster } from "./database-cluster.ts";
import { Installer } from "./installer.ts";
import { Load } from "./load.ts";
import { cordon, drain } from "./nodes.ts";
import { cluster, eventually, inPod, namespace } from "./project.ts";
import { skip } from "../skip.ts";
import { inOrder, stack } from "./stack.ts";

/** How often each failure is tried. */
const tries = Number(process.env.TODO_E2E_DATABASE_OPERATOR_TRIES ?? 3);

/** Far more than a failover takes, so that only one that never ends fails. */
const patienceSeconds = 120;

const instances = 3;
const settings = ["monitoring.mode=off", `database.operator.instances=${instances}`];
/** The instances alone on all nodes but the first, so that what happens to these hits nothing else. */
const places = ["pods.nodeSelector.e2e-node=first", "database.pods.nodeSelector.e2e-node=other"];

describe(`database.mode operator, on ${stack.context}`, function () {
  this.timeout(1_800_000);
  this.slow(300_000);
  inOrder();

  const installer = new Installer("TODO_E2E_DATABASE_OPERATOR_START", "CloudNativePG");
  const reason =
    installer.problem ??
    (testCluster.makeNodes === undefined
      ? "only a kind cluster gets a node for each instance here"
      : undefined);

  before(async function () {
    if (reason !== undefined) skip(this, reason);
    await stack.prepare();
    await testCluster.remove();
    await testCluster.makeNodes?.(instances);
  });

  after(async () => {
    if (reason !== undefined) return;
    // The files that follow have a cluster of one node.
    await testCluster.remove();
    for (const group of ["pods", "database"]) {
      await stack.todo("pulumi", "config", "rm", "--path", `todo-chatbot:${group}`);
    }
  });

  let person: Person;
  let backup = "none";

  const api = () => cluster(stack.context);
  const log = (text: string) => {
    console.log(`      ${text}`);
  };

  async function podsOf(labelSelector: string): Promise<V1Pod[]> {
    const { items } = await api().core.listNamespacedPod({ namespace, labelSelector });
    return items;
  }
  const database = new DatabaseCluster();
  const primary = () => database.primary();

  /** All instances are there, and have the same rows. */
  async function assertWhole(): Promise<readonly string[]> {
    return eventually(300, async () => {
      const former = await primary();
      assert.equal((await database.object()).status.readyInstances, instances);
      const pods = await database.pods();
      const contents = await Promise.all(
        pods.map(({ metadata }) => content(database.sqlIn(metadata?.name ?? ""))),
      );
      const [first = [], ...others] = contents;
      assert.equal(others.length, instances - 1);
      for (const other of others) assert.deepEqual(other, first);
      assert.deepEqual(await primary(), former);
      return first;
    });
  }

  /** Each pod of the application, with the number of its restarts. */
  async function appPods(): Promise<string[]> {
    const pods = await podsOf("app.kubernetes.io/component in (backend, frontend)");
    return pods
      .map(({ metadata, status }) => {
        const restarts = status?.containerStatuses?.map(({ restartCount }) => restartCount);
        return `${metadata?.name}: ${restarts?.join()} restarts`;
      })
      .sort();
  }

  async function deploy(...values: readonly string[]): Promise<void> {
    const { code, output } = await stack.start(...values);
    assert.equal(code, 0, output);
  }

  /** Runs a command that has to succeed, and prints how long it took. */
  async function succeeds(command: string, ...args: readonly string[]): Promise<string> {
    const { code, output, took } = await stack.todo(command, ...args);
    log(`${command} ${args.join(" ")} took ${took} s`);
    assert.equal(code, 0, output);
    return output;
  }

  /** A move while tasks are read. */
  async function move(to: string): Promise<void> {
    const reading = new Traffic(() => person.titles());
    const output = await succeeds("db move", "--to", to, "--yes");
    await reading.stop();
    const blocked = /The database was read-only for (\d+) s/.exec(output)?.[1] ?? "?";
    log(`no writes for ${blocked} s; ${reading.failures.length} of ${reading.sent} reads failed`);
    // When sessions end, a request that is about to use one may find it closed.
    assert.ok(reading.failures.length <= 3, reading.failures.join("\n"));
  }

  it("is refused by a cluster without CloudNativePG, which stays empty", async () => {
    const { code, output } = await stack.start(...settings, ...places, "database.mode=operator");
    assert.equal(code, 1, output);
    assert.match(
      output,
      /Nothing was changed\.\s+database\.mode is operator\. The cluster of context \S+ has no Cluster \(postgresql\.cnpg\.io\/v1\): CloudNativePG is not installed/,
    );
    const { items } = await api().core.listNamespace();
    assert.ok(!items.some(({ metadata }) => metadata?.name === namespace));
  });

  it("gets all data of the bundled one, once CloudNativePG is there", async () => {
    person = await stack.running(...settings, ...places, "database.mode=bundled");
    for (const title of ["milk", 'E\'tab\t\\ "quotes" ü 🎉']) {
      await person.ask("POST", "/api/tasks", { title });
    }
    await person.ask("POST", "/api/chat", { message: "add something by chat" });
    const before = await content(bundledSql);
    const refused = await stack.todo("db move", "--to", "operator", "--yes");
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /Nothing was changed.*CloudNativePG is not installed/);

    await installer.install();
    await move("operator");
    assert.deepEqual(await assertWhole(), before);
    log(before.join("; "));
  });

  it("is the only one that the application uses, on a node for each instance", async () => {
    const { items } = await api()
      .config.makeApiClient(AppsV1Api)
      .listNamespacedDeployment({ namespace });
    assert.deepEqual(items.map(({ metadata }) => metadata?.name).sort(), [
      ...["backend-deployment", "frontend-deployment"],
    ]);
    const nodes = (await database.pods()).map(({ spec }) => spec?.nodeName);
    assert.equal(new Set(nodes).size, instances, nodes.join());
    await person.signIn();
    await person.ask("POST", "/api/tasks", { title: "for the operator" });
    const encrypted =
      "SELECT bool_and(ssl), count(*) > 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'todo-chatbot-backend'";
    assert.equal(await database.sql(encrypted), "t|t");
    assert.match(await databaseUrl(), /@database-rw:5432\/todo\?sslmode=verify-full$/);
    const rights = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = 'todo'";
    assert.equal(await database.sql(rights), "f");
  });

  async function databaseUrl(): Promise<string> {
    const where = { namespace, name: "database-secret" };
    const { data } = await api().core.readNamespacedSecret(where);
    return Buffer.from(data?.["DATABASE_URL"] ?? "", "base64").toString();
  }

  /**
   * Lets something happen to the primary while tasks are written and read, until another instance has
   * taken over and all are back.
   */
  async function survives(
    happens: (former: Instance) => Promise<unknown>,
    isOver: (former: Instance) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    const before = await appPods();
    const former = await primary();
    const load = await Load.start(stack.url, fetch, { readers: 1, writesPerSecond: 4 });
    const reads = load.read(5);
    await sleep(5_000);
    await happens(former);
    await eventually(patienceSeconds, async () => {
      assert.notEqual((await primary()).uid, former.uid);
      assert.ok(load.pause < 1);
    });
    await isOver(former);
    await assertWhole();
    // A replica that has come back may still disturb.
    await sleep(5_000);
    await load.outcome();
    log(
      `${load.longestPause.toFixed(1)} s without a write; ${reads.failures.length} of ${reads.sent} reads failed`,
    );
    assert.ok(load.longestPause < patienceSeconds);
    assert.deepEqual(await appPods(), before);
  }

  for (let number = 1; number <= tries; number += 1) {
    const time = `${number} of ${tries}`;

    it(`loses no write when its primary is killed (${time})`, () =>
      survives(({ pod }) =>
        api().core.deleteNamespacedPod({ namespace, name: pod, gracePeriodSeconds: 0 }),
      ));

    it(`loses no write when its primary's node is drained (${time})`, () =>
      survives(
        ({ node }) => drain(node),
        ({ node }) => cordon(node, false),
      ));

    it(`loses no write when its primary's node stops (${time})`, async () => {
      let stopped = 0;
      await survives(
        async ({ node }) => {
          await run("docker", ["stop", "--time", "0", node]);
          stopped = Date.now();
        },
        async ({ node }) => {
          const { status } = await api().core.readNode({ name: node });
          const ready = status?.conditions?.find(({ type }) => type === "Ready");
          const noticed = (Number(ready?.lastTransitionTime) - stopped) / 1000;
          log(`Kubernetes noticed after ${noticed.toFixed(0)} s`);
          await run("docker", ["start", node]);
        },
      );
    });
  }

  it("is backed up, and restored from a backup", async () => {
    await person.ask("POST", "/api/tasks", { title: "in the backup" });
    const before = await assertWhole();
    [backup = "none"] = /todo-\w+\.dump/.exec(await succeeds("db backup")) ?? [];
    await database.sql("DELETE FROM todo.tasks");
    assert.notDeepEqual(await assertWhole(), before);
    await succeeds("db restore", backup, "--yes");
    assert.deepEqual(await assertWhole(), before);
    await eventually(30, async () => {
      assert.ok((await person.titles()).includes("in the backup"));
    });
  });

  it("gets a new password, and refuses the old one", async () => {
    const { pod } = await primary();
    const signIn = (url: string) => {
      const where = url.replace("verify-full", "require");
      return inPod(api().config, pod, ["psql", "-XAt", where, "-c", "SELECT 'let in'"]);
    };
    const old = await databaseUrl();
    assert.equal(await signIn(old), "let in");
    const load = await Load.start(stack.url);
    load.read(5);
    await deploy("secrets.rotation=1");
    await sleep(5_000);
    await load.end();
    assert.match(await signIn(old), /password authentication failed/);
    assert.equal(await signIn(await databaseUrl()), "let in");
    await assertWhole();
  });

  it("keeps its volumes without pods when the stack is taken down, and continues with them", async () => {
    await deploy("storage.protect=true");
    const before = await assertWhole();
    const { code, output } = await stack.down();
    assert.equal(code, 0, output);
    assert.match(output, /Kept.*the instances of the database, without their pods/s);
    await assertStopped();

    await deploy("storage.protect=true");
    assert.deepEqual(await assertWhole(), before);
    await person.signIn();
    assert.ok((await person.titles()).includes("in the backup"));
    await deploy();
  });

  /** No pod of the database is left, and the volumes of all instances are. */
  async function assertStopped(): Promise<void> {
    await eventually(120, async () => {
      assert.equal((await podsOf(`cnpg.io/cluster=${cloudNativePg.cluster}`)).length, 0);
    });
    const { items } = await api().core.listNamespacedPersistentVolumeClaim({
      ...{ namespace, labelSelector: `cnpg.io/cluster=${cloudNativePg.cluster}` },
    });
    assert.deepEqual(
      items.map(({ metadata, status }) => `${metadata?.name} ${status?.phase}`).sort(),
      Array.from({ length: instances }, (_, index) => `database-${index + 1} Bound`),
    );
  }

  it("returns all data to the bundled one, and leaves its volumes only", async () => {
    await person.ask("POST", "/api/tasks", { title: "on the way back" });
    const before = await assertWhole();
    await move("bundled");
    await assertStopped();
    assert.deepEqual(await content(bundledSql), before);
    await person.ask("POST", "/api/tasks", { title: "for the bundled one" });
    const { config, core } = api();
    const secrets = await core.listNamespacedSecret({ namespace });
    const policies = await config
      .makeApiClient(NetworkingV1Api)
      .listNamespacedNetworkPolicy({ namespace });
    const names = [...secrets.items, ...policies.items].map(({ metadata }) => metadata?.name);
    assert.ok(!names.includes(cloudNativePg.ownerSecret), "its password is left");
    assert.ok(!names.includes("allow-database-instances"), "its NetworkPolicy is left");
  });

  it("goes with the namespace when the stack is taken down without storage.protect", async () => {
    const { code, output } = await stack.down();
    assert.equal(code, 0, output);
    const { items } = await api().core.listNamespace();
    assert.ok(!items.some(({ metadata }) => metadata?.name === namespace));
  });
});
