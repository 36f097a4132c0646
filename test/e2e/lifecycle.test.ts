import assert from "node:assert/strict";
import { rm } from "node:fs/promises";

import { run } from "../../lib/exec.ts";
import { Person } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { eventually, namespace } from "./project.ts";
import { inOrder, stack } from "./stack.ts";

describe(`a stack that is taken down, stopped and recreated, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);
  inOrder();

  let person: Person;

  before(async () => {
    person = await stack.running();
    await person.ask("POST", "/api/tasks", { title: "water the plants" });
  });

  const core = () => stack.core();

  it("keeps protected data when it is taken down, and finds it again", async () => {
    const protect = await stack.start("storage.protect=true");
    assert.equal(protect.code, 0, protect.output);
    const down = await stack.down();
    assert.equal(down.code, 0, down.output);
    assert.match(down.output, /Kept, because storage\.protect is on/);
    const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace });
    assert.deepEqual(items.map(({ metadata }) => metadata?.name).sort(), [
      "todo-chatbot-backups",
      "todo-chatbot-data",
    ]);
    await eventually(60, async () => {
      assert.deepEqual((await core().listNamespacedPod({ namespace })).items, []);
    });

    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    await person.signIn();
    assert.deepEqual(await person.titles(), ["water the plants"]);
  });

  it("finds the data again after the cluster was stopped", async () => {
    await testCluster.stop();

    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    assert.match(output, /Starting /);
    await eventually(120, async () => {
      await person.signIn();
      assert.deepEqual(await person.titles(), ["water the plants"]);
    });
  });

  it("is deployed again to a cluster that was recreated, with the same secrets", async () => {
    const signingKey = async () =>
      (await core().readNamespacedSecret({ namespace, name: "auth-secret" })).data?.[
        "JWT_SECRET_KEY"
      ];
    const key = await signingKey();
    await testCluster.remove();
    await testCluster.make();

    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    assert.match(output, /The cluster was recreated since the last update/);
    assert.equal(await signingKey(), key);
    const newcomer = new Person(stack.url);
    await newcomer.register();
    assert.deepEqual(await newcomer.titles(), []);
  });

  it("leaves nothing behind when it is taken down", async () => {
    const { code, output } = await stack.down();
    assert.equal(code, 0, output);
    await eventually(60, async () => {
      const names = (await core().listNamespace()).items.map(({ metadata }) => metadata?.name);
      assert.ok(!names.includes(namespace), "the namespace is still there");
    });
    await eventually(60, async () => {
      const { items } = await core().listPersistentVolume();
      assert.deepEqual(
        items.map(({ metadata }) => metadata?.name),
        [],
      );
    });
  });

  it("starts on a machine with Docker but neither cluster nor state, and changes no file of the repository", async () => {
    await testCluster.remove();
    await testCluster.make();
    await rm(stack.project.home, { recursive: true });
    const status = () => run("git", ["status", "--porcelain"], { cwd: stack.project.folder });
    const before = await status();

    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    const page = await fetch(stack.url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>[^<]*Todo/i);
    assert.equal(await status(), before);
  });
});
