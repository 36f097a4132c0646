import assert from "node:assert/strict";

import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { AppsV1Api } from "@kubernetes/client-node";

import type { Person } from "./client.ts";
import { Traffic } from "./client.ts";
import { content } from "./database.ts";
import { Elsewhere } from "./elsewhere.ts";
import { cluster, eventually, inPod, namespace } from "./project.ts";
import type { Ended } from "./project.ts";
import { stack } from "./stack.ts";

describe(`an external database, with ${stack.context}`, function () {
  this.timeout(600_000);
  this.slow(120_000);

  let person: Person;
  let config: KubeConfig;
  let core: CoreV1Api;
  let elsewhere: Elsewhere;

  const pod = async (component: string) => {
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: `app.kubernetes.io/component=${component}`,
      fieldSelector: "status.phase=Running",
    });
    return items[0];
  };
  const bundledSql = async (...statements: string[]) => {
    const commands = statements.flatMap((statement) => ["-c", statement]);
    const psql = ["psql", "-XqAt", "-U", "todo", "-d", "todo", ...commands];
    return inPod(config, (await pod("database"))?.metadata?.name ?? "", psql);
  };
  const elsewhereSql = (statement: string) => elsewhere.sql(statement);
  const hasBundled = async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const { items } = await apps.listNamespacedDeployment({ namespace });
    return items.some(({ metadata }) => metadata?.name === "database-deployment");
  };
  const write = async () => (await person.send("POST", "/api/tasks", { title: "more" })).status;
  /** A terminating pod serves for some more seconds, with its previous database. */
  const writes = () =>
    eventually(15, async () => {
      assert.equal(await write(), 201);
    });
  /** A move to the other database, with a URL and a CA bundle. */
  const moveOut = (url = elsewhere.url(), ca?: string): Promise<Ended> => {
    stack.project.env["E2E_DATABASE"] = url;
    const bundle = ca === undefined ? [] : ["--ca", ca];
    return stack.todo("db move", ...out, ...bundle);
  };
  const out = ["--to", "external", "--url-from-env", "E2E_DATABASE", "--yes"];
  /** When sessions end, a request that is about to use one may find it closed: retry. */
  const assertRead = ({ sent, failures }: Traffic) => {
    assert.ok(sent > 100 && failures.length <= 3, failures.join("\n"));
    for (const failure of failures) assert.match(failure, / answered 503: /);
  };
  const log = (text: string) => {
    console.log(`      ${text}`);
  };

  before(async () => {
    ({ config, core } = await stack
      .running("backend.replicas=1", "frontend.replicas=1", "monitoring.mode=off")
      .then((made) => {
        person = made;
        return cluster(stack.context);
      }));
    elsewhere = new Elsewhere(config, core, `${namespace}-elsewhere`);
    await elsewhere.start((await pod("database"))?.spec?.containers[0]?.image ?? "");
    for (const title of ["milk", 'E\'tab\t\\ "quotes" ü 🎉']) {
      await person.ask("POST", "/api/tasks", { title });
    }
    await person.ask("POST", "/api/chat", { message: "add something by chat" });
  });

  after(async () => {
    await (elsewhere as Elsewhere | undefined)?.remove();
  });

  for (const [what, url, ca, words] of [
    [
      "whose certificate somebody else has signed",
      () => elsewhere.url(),
      () => elsewhere.otherCa,
      /certificate verify failed/,
    ],
    [
      "whose certificate is for another name",
      () => elsewhere.url("verify-full", elsewhere.host.replace(".cluster.local", "")),
      () => elsewhere.ca,
      /does not match host name/,
    ],
    [
      "without encryption",
      () => elsewhere.url("disable"),
      () => undefined,
      /no pg_hba\.conf entry .*no encryption/,
    ],
    [
      "with another password",
      () => elsewhere.url().replace("%7e@", "@"),
      () => elsewhere.ca,
      /password authentication failed/,
    ],
  ] as const) {
    it(`is refused ${what}, and the application keeps working`, async () => {
      const { code, output, took } = await moveOut(url(), ca());
      assert.equal(code, 1, output);
      assert.match(output, words);
      assert.ok(!elsewhere.isIn(output), "the password is printed");
      assert.equal(await write(), 201);
      log(`refused after ${took} s`);
    });
  }

  it("is refused when it has data already", async () => {
    await elsewhere.sql("CREATE SCHEMA todo");
    const { code, output } = await moveOut(elsewhere.url(), elsewhere.ca);
    assert.equal(code, 1, output);
    assert.match(output, /has a schema todo already, with data of its own/);
    await elsewhere.sql("DROP SCHEMA todo");
    assert.equal(await write(), 201);
  });

  it("can be read after a move was killed in the middle, and written once that is stopped", async () => {
    stack.project.env["E2E_DATABASE"] = elsewhere.url();
    const place = ["--stack", stack.name, ...out, "--ca", elsewhere.ca];
    await stack.project.killAt(/Copying the data/, "todo", "db", "move", ...place);
    assert.ok((await person.titles()).includes("milk"));
    assert.equal(await write(), 507);
    const { code, output, took } = await stack.todo("db move", "--stop");
    assert.equal(code, 0, output);
    assert.equal(await write(), 201);
    log(`the stop took ${took} s`);
    await stack.project.killAt(/Copying the data/, "todo", "db", "move", ...place);
  });

  it("gets all data over TLS after a move that was killed, while reads keep working", async () => {
    const before = await content(bundledSql);
    const reading = new Traffic(() => person.titles());
    const { code, output, took } = await moveOut(elsewhere.url(), elsewhere.ca);
    await reading.stop();
    assert.equal(code, 0, output);
    assert.ok(!elsewhere.isIn(output), "the password is printed");
    assert.deepEqual(await content(elsewhereSql), before);
    assertRead(reading);
    const blocked = /The database was read-only for (\d+) s/.exec(output)?.[1] ?? "?";
    log(
      `moved in ${took} s, no writing for ${blocked} s, ${reading.sent} reads, ${reading.failures.length} to be tried again`,
    );
    log(before.join("; "));
  });

  it("is the only one that the application uses, with all connections encrypted", async () => {
    assert.equal(await hasBundled(), false);
    await writes();
    await person.signIn();
    const encrypted =
      "SELECT bool_and(ssl), count(*) > 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'owner'";
    assert.equal(await elsewhere.sql(encrypted), "t|t");
    const superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'";
    assert.equal(await elsewhere.sql(superuser), "f");
  });

  it("is backed up, and restored from a backup", async () => {
    await person.ask("POST", "/api/tasks", { title: "in the backup" });
    const before = await content(elsewhereSql);
    const made = await stack.todo("db backup");
    assert.equal(made.code, 0, made.output);
    const [, name = ""] = /✓ (todo-\S+\.dump)/.exec(made.output) ?? [];
    await elsewhere.sql("DELETE FROM todo.tasks");
    const restored = await stack.todo("db restore", name, "--yes");
    assert.equal(restored.code, 0, restored.output);
    assert.deepEqual(await content(elsewhereSql), before);
    await eventually(30, async () => {
      assert.ok((await person.titles()).includes("in the backup"));
    });
    log(`backed up in ${made.took} s, restored in ${restored.took} s`);
  });

  it("returns all data to the bundled one, whose copy has an older schema", async () => {
    await stack.start("database.keepBundled=true");
    const answer = await bundledSql(
      "SET default_transaction_read_only = off",
      "DROP FUNCTION todo.last_backup, todo.data_volume",
      "DROP TABLE todo.backups",
      "DELETE FROM todo.migrations WHERE version > 1",
    );
    assert.equal(answer, "");
    await person.ask("POST", "/api/tasks", { title: "written elsewhere" });
    const before = await content(elsewhereSql);
    const reading = new Traffic(() => person.titles());
    const { code, output, took } = await stack.todo("db move", "--to", "bundled", "--yes");
    await reading.stop();
    assert.equal(code, 0, output);
    assert.deepEqual(await content(bundledSql), before);
    assertRead(reading);
    await writes();
    assert.ok((await person.titles()).includes("written elsewhere"));
    // The copy that is left there can't be changed by mistake.
    assert.match(await elsewhere.sql("DELETE FROM todo.tasks"), /read-only transaction/);
    const blocked = /The database was read-only for (\d+) s/.exec(output)?.[1] ?? "?";
    log(
      `moved back in ${took} s, no writing for ${blocked} s, ${reading.sent} reads, ${reading.failures.length} to be tried again`,
    );
    log(before.join("; "));
  });
});
