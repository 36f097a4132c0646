import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { AppsV1Api } from "@kubernetes/client-node";

import { Person } from "./client.ts";
import type { Metadata } from "../../lib/api-server.ts";
import { callApi } from "../../lib/api-server.ts";
import { columns, sha256, sql, tables } from "./database.ts";
import { Load } from "./load.ts";
import type { Release } from "./project.ts";
import { changesIn, cluster, namespace, newestRelease } from "./project.ts";
import { runApiTests } from "./release-tests.ts";
import { skip } from "../skip.ts";
import { inOrder, stack } from "./stack.ts";

/** Secrets with values that must not change for users. */
const generated = ["db-credentials", "database-secret", "api-keys-secret", "auth-secret"];

// Runs first: the other files work on the stack that it upgrades.
describe(`an upgrade from the newest release, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);
  inOrder();

  let release: Release;
  /** Number of the release's tests that passed; they run beside others. */
  let apiTests: Promise<number>;
  const people: Person[] = [];
  let oldColumns: Awaited<ReturnType<typeof columns>>;
  let old: Awaited<ReturnType<typeof snapshot>>;

  /** The current state of what an upgrade has to keep. */
  async function snapshot() {
    const core = stack.core();
    const apps = cluster(stack.context).config.makeApiClient(AppsV1Api);
    const [home, claims, secrets, deployments] = await Promise.all([
      core.readNamespace({ name: namespace }),
      core.listNamespacedPersistentVolumeClaim({ namespace }),
      core.listNamespacedSecret({ namespace, fieldSelector: "type=Opaque" }),
      apps.listNamespacedDeployment({ namespace }),
    ]);
    const uids = (what: string, items: readonly { metadata?: { name?: string; uid?: string } }[]) =>
      items.map(({ metadata }) => [`${what} ${metadata?.name}`, metadata?.uid] as const);
    const { migrations: _migrations, ...rows } = await tables(oldColumns);
    return {
      rows,
      uids: Object.fromEntries([
        ...uids("Namespace", [home]),
        ...uids("PersistentVolumeClaim", claims.items),
        ...uids("Secret", secrets.items),
        ...uids("Deployment", deployments.items),
      ]),
      secrets: secrets.items
        .filter(({ metadata }) => generated.includes(metadata?.name ?? ""))
        .flatMap(({ metadata, data = {} }) =>
          Object.entries(data).map(([key, value]) => `${metadata?.name} ${key} ${sha256(value)}`),
        ),
      /** How often the pods of each Deployment were rolled out. */
      rollouts: Object.fromEntries(
        deployments.items.map(({ metadata }) => [
          metadata?.name ?? "",
          Number(metadata?.annotations?.["deployment.kubernetes.io/revision"]),
        ]),
      ),
    };
  }

  before(async function () {
    const newest = await newestRelease();
    release =
      newest ?? skip(this, "this clone has no release; get them with git fetch --unshallow --tags");
    await stack.prepare();
    try {
      await stack.project.switchTo(release.revision);
      people.push(await stack.running());
      const another = new Person(stack.url);
      await another.register();
      people.push(another);
      for (const person of people) {
        await person.ask("POST", "/api/tasks", { title: "water the plants", description: "ü 🎉" });
        await person.ask("POST", "/api/chat", { message: "add buy milk" });
      }
      oldColumns = await columns();
      old = await snapshot();
      assert.deepEqual(
        [...new Set(old.secrets.map((each) => each.split(" ")[0]))].sort(),
        [...generated].sort(),
      );
      console.log(`      from ${release.name}: ${JSON.stringify(old.rollouts)}`);
    } finally {
      await stack.project.switchTo();
    }
  });

  it("is done after one npm start, with the settings and the state of before", async () => {
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
  });

  it("keeps its namespace, PVCs, Secrets and Deployments: none is replaced", async () => {
    const { uids } = await snapshot();
    const kept = Object.keys(old.uids).map((name) => [name, uids[name]]);
    assert.deepEqual(Object.fromEntries(kept), old.uids);
  });

  it("keeps every password and key", async () => {
    const { secrets } = await snapshot();
    assert.deepEqual(
      old.secrets.filter((each) => !secrets.includes(each)),
      [],
    );
  });

  it("rolls out each Deployment once at most", async () => {
    const { rollouts } = await snapshot();
    for (const [name, before] of Object.entries(old.rollouts)) {
      const after = rollouts[name] ?? NaN;
      assert.ok(after - before <= 1, `${name} went from revision ${before} to ${after}`);
    }
  });

  it("keeps every row and existing sessions", async () => {
    assert.deepEqual((await snapshot()).rows, old.rows);
    for (const person of people) {
      assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
    }
  });

  // As docs/production.md describes it.
  it("goes back to the release under load, and loses no acknowledged write", async () => {
    const { project, place } = stack;
    await project.switchTo(release.revision);
    try {
      await underLoad(async () => {
        const forced = project.with({ PULUMI_K8S_ENABLE_PATCH_FORCE: "true" });
        const back = await forced.npm("start", ...place);
        assert.equal(back.code, 0, back.output);
        const how = ["--stack", stack.name, "--refresh", "--yes", "--skip-preview"];
        const again = await project.npm("pulumi", "up", ...how);
        assert.equal(again.code, 0, again.output);
        console.log(`      npm start took ${back.took} s, pulumi up --refresh ${again.took} s`);
      });
      const { code, output } = await project.npm("drift", "--stack", stack.name);
      assert.equal(code, 0, output);
    } finally {
      await project.switchTo();
    }
  });

  it("is upgraded again under load, and loses no acknowledged write", async () => {
    await underLoad(async () => {
      const { code, output } = await stack.start();
      assert.equal(code, 0, output);
    });
    for (const person of people) {
      assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
    }
  });

  /**
   * Updates while requests arrive at a fixed rate. They may fail for as long as the pod of the bundled
   * database is replaced, which has no second one; without it the release's frontend finds no backend.
   */
  async function underLoad(update: () => Promise<void>): Promise<void> {
    const load = await Load.start(stack.url);
    load.read(20);
    await sleep(3_000);
    await update();
    // Old pods finish what they have before they go.
    await sleep(10_000);
    const failures = await load.outcome();
    const dateLength = new Date().toISOString().length;
    const times = failures.map((failure) => Date.parse(failure.slice(0, dateLength)));
    const seconds = failures.length === 0 ? 0 : (Math.max(...times) - Math.min(...times)) / 1000;
    const reasons = new Map<string, number>();
    for (const failure of failures) {
      const reason = failure.slice(dateLength + 1).replace(/\{.*"detail":"([^"]*)".*/s, "$1");
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    console.log(`      within ${seconds.toFixed(1)} s:`);
    for (const [reason, count] of reasons) console.log(`      ${count} × ${reason}`);
    assert.ok(seconds < 40, `requests failed for ${seconds} s`);
  }

  it("changes nothing the second time", async () => {
    apiTests = runApiTests(release.revision);
    // Reported by the test that waits for it.
    apiTests.catch(() => undefined);
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    assert.deepEqual(changesIn(output), []);
  });

  it("lists the release as a build to go back to, and refuses it once the schema is too new", async () => {
    const list = await stack.todo("rollback");
    console.log(list.output.replaceAll(/^/gm, "      "));
    const [, revision = ""] = /^ *(\d+) .* safe$/m.exec(list.output) ?? [];
    assert.notEqual(revision, "", list.output);
    // As a newer build would leave it.
    const known = await recordedSchema("999");
    await sql("INSERT INTO todo.migrations VALUES (999, 'drop it', now(), 999)");
    try {
      const start = await stack.start();
      assert.match(start.output, /works with builds that know version 999 or newer/);
      assert.equal(start.code, 1);
      const rollback = await stack.todo("rollback", "--to", revision);
      console.log(rollback.output.replaceAll(/^/gm, "      "));
      assert.match(rollback.output, /the schema of the database is too new for it/);
      assert.equal(rollback.code, 1);
    } finally {
      await sql("DELETE FROM todo.migrations WHERE version = 999");
      await recordedSchema(known);
    }
  });

  /** Changes the schema version that the Deployment says its build knows. @returns the one before */
  async function recordedSchema(version: string): Promise<string> {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/backend-deployment`;
    const annotation = "todo-chatbot/schema-version";
    const { metadata } = await callApi<{ metadata: Metadata }>(stack.context, path);
    const body = { metadata: { annotations: { [annotation]: version } } };
    await callApi(stack.context, path, { method: "PATCH", body });
    return metadata.annotations?.[annotation] ?? "";
  }

  it("has no drift", async () => {
    const { code, output } = await stack.todo("drift");
    assert.equal(code, 0, output);
  });

  it("leaves a schema on which the release passes its own tests of the API", async () => {
    const passed = await apiTests;
    console.log(`      ${passed} tests of ${release.name} passed`);
    assert.ok(passed > 50, `only ${passed} tests ran`);
  });
});
