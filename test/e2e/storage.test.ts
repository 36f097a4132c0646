import assert from "node:assert/strict";
import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { StorageV1Api, V1PersistentVolume, V1StorageClass } from "@kubernetes/client-node";

import type { Person } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { askPod, cluster, eventually, namespace } from "./project.ts";
import { stack } from "./stack.ts";

const volume = `small-${namespace}`;
const folder = `/var/local/${volume}`;

/** Waits for a response of the application; returns the seconds that it took. */
async function until(status: number, attempt: () => Promise<Response>): Promise<number> {
  const start = Date.now();
  await eventually(30, async () => {
    assert.equal((await attempt()).status, status);
  });
  return (Date.now() - start) / 1000;
}

describe(`the data, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);

  let person: Person;
  let config: KubeConfig;
  let core: CoreV1Api;
  let storage: StorageV1Api;
  const pods = async () => (await core.listNamespacedPod({ namespace })).items;
  const podOf = async (deployment: string) => {
    const all = await pods();
    return all.find(({ metadata }) => metadata?.name?.startsWith(deployment))?.metadata?.name ?? "";
  };
  const claim = () =>
    core.readNamespacedPersistentVolumeClaim({ namespace, name: "todo-chatbot-data" });

  before(async () => {
    await stack.running();
    await stack.down();
    ({ config, core } = cluster(stack.context));
    storage = config.makeApiClient(StorageV1Api);
    await testCluster.onNode(`mkdir -p ${folder}; mount -t tmpfs -o size=256m tmpfs ${folder}`);
    await storage.createStorageClass({
      body: Object.assign(new V1StorageClass(), {
        metadata: { name: volume },
        provisioner: "kubernetes.io/no-provisioner",
        volumeBindingMode: "WaitForFirstConsumer",
      }),
    });
    await core.createPersistentVolume({
      body: Object.assign(new V1PersistentVolume(), {
        metadata: { name: volume },
        spec: {
          capacity: { storage: "200Mi" },
          accessModes: ["ReadWriteOnce"],
          storageClassName: volume,
          persistentVolumeReclaimPolicy: "Retain",
          local: { path: folder },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: "kubernetes.io/os", operator: "In", values: ["linux"] },
                  ],
                },
              ],
            },
          },
        },
      }),
    });
    person = await stack.running(
      `storage.storageClassName=${volume}`,
      "storage.size=200Mi",
      "backend.replicas=1",
      "frontend.replicas=1",
      "monitoring.mode=off",
    );
    await person.ask("POST", "/api/tasks", { title: "before all" });
  });

  after(async () => {
    await stack.down();
    await core.deletePersistentVolume({ name: volume }).catch(() => undefined);
    await storage.deleteStorageClass({ name: volume }).catch(() => undefined);
    await testCluster.onNode(`umount ${folder}`).catch(() => undefined);
    stack.setBack("storage.storageClassName=", "storage.size=1Gi");
  });

  const write = () => person.send("POST", "/api/tasks", { title: "written" });
  const read = () => person.send("GET", "/api/tasks");

  describe("the PVC", () => {
    for (const [value, words] of [
      ["storage.size=100Mi", /storage\.size is 100Mi, but PVC .* can't shrink/],
      ["storage.size=300Mi", /does not allow expansion \(allowVolumeExpansion is not true\)/],
    ] as const) {
      it(`refuses ${value} before anything changes`, async () => {
        const { uid } = (await claim()).metadata ?? {};
        const { code, output, took } = await stack.start(value);
        assert.notEqual(code, 0);
        assert.match(output, /Nothing was changed\./);
        assert.match(output, words);
        assert.equal((await claim()).metadata?.uid, uid);
        console.log(`      refused after ${took} s`);
      });
    }

    it("grows in place if its class allows it", async () => {
      const { uid } = (await claim()).metadata ?? {};
      await storage.patchStorageClass({
        name: volume,
        body: [{ op: "add", path: "/allowVolumeExpansion", value: true }],
      });
      const { code, output } = await stack.start("storage.size=300Mi");
      assert.equal(code, 0, output);
      const { metadata, spec } = await claim();
      assert.equal(metadata?.uid, uid);
      assert.equal(spec?.resources?.requests?.["storage"], "300Mi");
      assert.deepEqual((await person.titles()).includes("before all"), true);
    });
  });

  describe("a full volume", () => {
    const restarts = async () =>
      (await pods())
        .flatMap(({ status }) => [
          ...(status?.containerStatuses ?? []),
          ...(status?.initContainerStatuses ?? []),
        ])
        .map(({ name, restartCount }) => `${name} ${restartCount}`)
        .sort();

    for (const [what, leave, fix] of [
      ["with little left, that is freed", 20, `rm ${folder}/filler`],
      ["with nothing left, that is freed", 0, `rm ${folder}/filler`],
      ["with nothing left, that grows", 0, `mount -o remount,size=600m ${folder}`],
    ] as const) {
      it(`${what}: writes fail with 507, reads keep working, nothing restarts`, async () => {
        const before = await restarts();
        await until(201, write);
        // Some MB more than fit, if nothing is to be left.
        const count = `$(($(df -Pm ${folder} | tail -n 1 | tr -s " " | cut -d " " -f 4) - ${leave || -9}))`;
        await testCluster.onNode(
          `dd if=/dev/zero of=${folder}/filler bs=1M count=${count} 2>/dev/null || true`,
        );
        const closed = await until(507, write);
        const { detail } = (await (await write()).json()) as { detail: string };
        assert.match(detail, /^Nothing was saved: .*disk is full/);
        assert.equal((await read()).status, 200);
        assert.equal((await person.send("POST", "/api/chat", { message: "add milk" })).status, 507);
        await person.signIn();
        assert.equal((await fetch(`${stack.url}/readyz`)).status, 200);
        const metrics = await askPod(config, await podOf("backend-deployment"), 8000, "/metrics");
        const free = Number(/^database_volume_free_bytes (\d+)$/m.exec(metrics)?.[1]);
        assert.ok(free < 96 * 2 ** 20, `${free} bytes are free`);

        await testCluster.onNode(fix);
        const opened = await until(201, write);
        assert.deepEqual(await restarts(), before);
        console.log(`      507 after ${closed} s, 201 again after ${opened} s, no restart`);
      });
    }
  });
});
