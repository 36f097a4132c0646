import assert from "node:assert/strict";

import { AppsV1Api } from "@kubernetes/client-node";

import { Person } from "./client.ts";
import { columns, sha256, tables } from "./database.ts";
import { changesIn, cluster, namespace, newestRelease } from "./project.ts";
import { inOrder, stack } from "./stack.ts";

/** Secrets with values that must not change for users. */
const generated = ["db-credentials", "database-secret", "api-keys-secret", "auth-secret"];

// Runs first: the other files work on the stack that it upgrades.
describe(`an upgrade from the newest release, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);
  inOrder();

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
        .map(({ metadata, data }) => [metadata?.name, sha256(JSON.stringify(data))]),
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
    const release = await newestRelease();
    if (release === undefined) {
      console.log(
        "      skipped: this clone has no release; get them with git fetch --unshallow --tags",
      );
      this.skip();
    }
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
      assert.equal(old.secrets.length, generated.length);
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
    assert.deepEqual(secrets, old.secrets);
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

  it("changes nothing the second time", async () => {
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    assert.deepEqual(changesIn(output), []);
  });

  it("has no drift", async () => {
    const { code, output } = await stack.todo("drift");
    assert.equal(code, 0, output);
  });
});
