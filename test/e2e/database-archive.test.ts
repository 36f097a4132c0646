import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { archiveAlerts } from "../../components/monitoring/instance-alerts.ts";
import { ArchiveBucket } from "./archive-bucket.ts";
import { Person } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { content, podOf } from "./database.ts";
import { DatabaseCluster } from "./database-cluster.ts";
import { Installer } from "./installer.ts";
import { Load } from "./load.ts";
import { cluster, eventually, forward, namespace } from "./project.ts";
import type { Ended } from "./project.ts";
import { succeeded } from "./remote/stack.ts";
import { skip } from "../skip.ts";
import { inOrder, set, stack } from "./stack.ts";

/** Far more than a copy or a failover takes, so that only one that never ends fails. */
const patienceSeconds = 180;

const small = ["backend.replicas=1", "frontend.replicas=1", "monitoring.mode=off"];
const operator = [...small, "database.mode=operator"];
const archive = "database.operator.archive.enabled=true";
/** Namespace of the stack that begins with the data of a moment. */
const then = `${namespace}-then`;

/** A bucket that nothing gets to use. */
const nowhere = new ArchiveBucket({
  ...{ endpoint: "https://s3.example.org", bucket: "todo" },
  ...{ accessKeyId: "key-id", secretAccessKey: "of nobody" },
});

/** The metrics that the alert compares: last failed and archived change, last failed and available base backup. */
const [alert] = archiveAlerts({ inNamespace: "here", hold: (seconds) => seconds });
const metrics = [...(alert?.expr ?? "").matchAll(/\w+(?=\{)/g)].map(([name]) => name);

describe(`database.operator.archive and recover, on ${stack.context}`, function () {
  this.timeout(1_800_000);
  this.slow(300_000);
  inOrder();

  const installer = new Installer(
    "TODO_E2E_DATABASE_ARCHIVE_START",
    "CloudNativePG with its Barman Cloud plugin and a bucket",
  );
  const reason =
    installer.problem ??
    (testCluster.makeNodes === undefined
      ? "only a kind cluster gets room for the instances of two databases here"
      : undefined);

  const database = new DatabaseCluster();
  let bucket: ArchiveBucket;
  /** Settings and state of the second stack. */
  let home = "";
  /** Where the user's requests go. */
  let url = "";
  const person = new Person("", (path, init) => fetch(url + path, init));

  before(async function () {
    if (reason !== undefined) skip(this, reason);
    await stack.prepare();
    await testCluster.remove();
    await testCluster.makeNodes?.(2);
    home = await mkdtemp(join(tmpdir(), "todo-chatbot-then-"));
  });

  after(async () => {
    if (reason !== undefined) return;
    // The files that follow have a cluster of one node, and no bucket.
    await testCluster.remove();
    await rm(home, { recursive: true, force: true });
    for (const group of ["database", "storage"]) await unset(group);
  });

  const log = (text: string) => {
    console.log(`      ${text}`);
  };
  const since = (started: number) => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const unset = (path: string) =>
    stack.todo("pulumi", "config", "rm", "--path", `todo-chatbot:${path}`);
  const second = (command: string, ...args: readonly string[]): Promise<Ended> =>
    stack.project.with({ TODO_CHATBOT_HOME: home }).npm(command, ...args);
  const add = (title: string) => person.ask("POST", "/api/tasks", { title });

  async function namespaces(): Promise<(string | undefined)[]> {
    const { items } = await stack.core().listNamespace();
    return items.map(({ metadata }) => metadata?.name);
  }

  async function refused(words: RegExp, ...values: readonly string[]): Promise<void> {
    const { code, output } = await stack.start(...operator, ...values);
    assert.equal(code, 1, output);
    assert.match(output, words);
  }

  /** Waits until all that was written is in the bucket. @returns its last file */
  async function archived(): Promise<string> {
    const file = await database.sql("SELECT pg_walfile_name(pg_switch_wal())");
    const started = performance.now();
    await eventually(patienceSeconds, async () => {
      const objects = await bucket.objects();
      assert.ok(
        objects.some((object) => object.includes(`/${file}.gz `)),
        objects.join("\n"),
      );
    });
    log(`${file} was in the bucket after ${since(started)}`);
    return file;
  }

  /** Waits until the alert would begin, or would end. */
  async function alerts(isExpected: boolean): Promise<void> {
    const started = performance.now();
    await eventually(patienceSeconds, async () => {
      const values = await database.metrics(metrics);
      const [failed = NaN, copied = NaN, failedBase = NaN, base = NaN] = values;
      assert.ok(copied > 0 && base > 0, values.join());
      assert.equal(failed > copied || failedBase > base, isExpected, values.join());
    });
    log(`the alert's condition was ${isExpected} after ${since(started)}`);
  }

  it("is refused without a bucket, and by a cluster without the plugin, which stays empty", async () => {
    await refused(/database\.operator\.archive\.enabled is true, but there is no bucket/, archive);
    succeeded(await stack.todo("pulumi", ...(await nowhere.settings())));
    await refused(
      /Nothing was changed\..*no Cluster .*no ObjectStore \(barmancloud\.cnpg\.io\/v1\): the Barman Cloud plugin of CloudNativePG is not installed/s,
      archive,
    );
    assert.ok(!(await namespaces()).includes(namespace));
  });

  it("begins with a base backup, and has every change", async () => {
    bucket = await ArchiveBucket.start(installer);
    succeeded(await stack.todo("pulumi", ...(await bucket.settings())));
    await stack.running(...operator, archive);
    ({ url } = stack);
    await person.register();
    for (const title of ["milk", 'E\'tab\t\\ "quotes" ü 🎉', "deleted later"]) await add(title);
    await person.ask("POST", "/api/chat", { message: "add something by chat" });
    await eventually(patienceSeconds, async () => {
      assert.deepEqual(await database.backups(), ["completed"]);
    });
    await archived();
    const base = new RegExp(`^archive/${namespace}/base/\\w+/data\\.tar\\.gz `);
    assert.equal((await bucket.objects()).filter((object) => base.test(object)).length, 1);
    await alerts(false);
  });

  it("gives another stack all data of a moment, and the first one keeps its own", async () => {
    const tasks = await person.ask<{ id: string; title: string }[]>("GET", "/api/tasks");
    const titles = await person.titles();
    const before = await content(database.sql);
    const moment = new Date().toISOString();
    const idOf = (title: string) => tasks.find((task) => task.title === title)?.id ?? "";
    await person.ask("PATCH", `/api/tasks/${idOf("milk")}`, { title: "no milk" });
    await person.ask("DELETE", `/api/tasks/${idOf("deleted later")}`);
    await add("made later");
    const later = await content(database.sql);
    assert.notDeepEqual(later, before);
    await archived();

    const bucketOfSecond = await bucket.settings("then/");
    succeeded(await second("todo", "pulumi", "--stack", stack.name, ...bucketOfSecond));
    const place = [
      ...[`cluster.namespace=${then}`, "network.exposure=ingress", "network.host=then.example.org"],
      ...[`database.operator.recover.server=${namespace}`],
      ...[`database.operator.recover.time=${moment}`],
    ];
    const values = set([...operator, ...place]);
    const { took } = succeeded(await second("start", ...stack.place, ...values));
    log(`a stack with the data of ${moment} was up after ${took} s`);

    assert.deepEqual(await content(new DatabaseCluster(then).sql), before);
    log(before.join("; "));
    const { config } = cluster(stack.context);
    using page = await forward(config, then, await podOf("frontend", then), 3000);
    ({ url } = page);
    await person.signIn();
    assert.deepEqual(await person.titles(), titles);
    await add("in the second stack only");
    ({ url } = stack);
    await person.signIn();
    assert.deepEqual(await content(database.sql), later);
  });

  it("does not replace a database that exists", async () => {
    const before = await content(database.sql);
    const { generation } = (await database.object()).metadata;
    await refused(
      /Nothing was changed\.\s+database\.operator\.recover is set, but namespace \S+ has a database already/,
      "database.operator.recover.server=another",
    );
    await unset("database.operator.recover");
    assert.equal((await database.object()).metadata.generation, generation);
    assert.deepEqual(await content(database.sql), before);
  });

  it("continues after the primary is killed, which loses no write", async () => {
    const earlier = await archived();
    const former = await database.primary();
    const load = await Load.start(stack.url, fetch, { readers: 1, writesPerSecond: 4 });
    const where = { namespace, name: former.pod };
    await stack.core().deleteNamespacedPod({ ...where, gracePeriodSeconds: 0 });
    await eventually(patienceSeconds, async () => {
      assert.notEqual((await database.primary()).uid, former.uid);
      assert.ok(load.pause < 1);
    });
    await load.outcome();
    log(`${load.longestPause.toFixed(1)} s without a write`);
    const later = await archived();
    assert.ok(later > earlier, `${later} after ${earlier}`);
  });

  it("shows in the metrics of its alert that the bucket is away, and catches up", async () => {
    await alerts(false);
    await bucket.cutOff();
    try {
      await add("while the bucket is away");
      await database.sql("SELECT pg_switch_wal()");
      await alerts(true);
      await add("still without the bucket");
    } finally {
      await bucket.cutOff(false);
    }
    await archived();
    await alerts(false);
  });

  it("stays in the bucket when the stacks are taken down", async () => {
    const before = await bucket.objects();
    succeeded(await second("down", "--stack", stack.name));
    succeeded(await stack.down());
    const left = await namespaces();
    assert.ok(!left.includes(namespace) && !left.includes(then), left.join());
    const after = new Set(await bucket.objects());
    assert.deepEqual(
      before.filter((object) => !after.has(object)),
      [],
    );
    log(`${before.length} objects before, ${after.size} after`);
  });
});
