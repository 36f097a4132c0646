import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { V1Pod } from "@kubernetes/client-node";
import { AppsV1Api } from "@kubernetes/client-node";

import type { AlertName } from "../../components/monitoring/alerts.ts";
import { sql } from "./database.ts";
import { askPod, cluster, eventually, inPod, namespace } from "./project.ts";
import { stack } from "./stack.ts";

/**
 * Alerts fire after a quarter of the usual time, and the frontend's CPU limit is low. It is requested too: on a
 * busy machine, a share of it is all that a pod gets.
 */
const hasty = [
  "backend.replicas=1",
  "frontend.replicas=1",
  "frontend.resources.requests.cpu=200m",
  "frontend.resources.limits.cpu=200m",
  "monitoring.alertForPercent=25",
  "monitoring.thresholds.cpuPercent=30",
  "monitoring.thresholds.memoryLeftPercent=20",
];
const usual = [
  "frontend.resources.requests.cpu=50m",
  "frontend.resources.limits.cpu=1000m",
  "monitoring.alertForPercent=100",
  "monitoring.thresholds.cpuPercent=90",
  "monitoring.thresholds.memoryLeftPercent=10",
];

/** Prints the body of each request, as a user's own receiver would get it. */
const receiverProgram = `require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part)).on("end", () => {
    console.log(body);
    response.end();
  });
}).listen(8080)`;

/** One notification, as Alertmanager posts it. */
interface Notification {
  readonly alerts: readonly {
    readonly status: "firing" | "resolved";
    readonly labels: { readonly alertname: string; readonly severity: string };
    readonly annotations: { readonly description: string; readonly runbook: string };
  }[];
}

describe("Monitoring of a running stack", function () {
  this.timeout(900_000);
  this.slow(600_000);

  const core = () => stack.core();
  const api = () => cluster(stack.context).config;

  before(async () => {
    await stack.running(...hasty);
    await makeReceiver();
    const url = "http://alert-receiver:8080/alerts";
    const path = "todo-chatbot:monitoring.receivers.webhook.url";
    const set = await stack.todo("pulumi", "config", "set", "--path", "--secret", path, url);
    assert.equal(set.code, 0, set.output);
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
  });

  after(async () => {
    const path = "todo-chatbot:monitoring.receivers.webhook";
    await stack.todo("pulumi", "config", "rm", "--path", path);
    stack.setBack(...usual);
    await core().deleteNamespacedPod({ name: "alert-receiver", namespace, gracePeriodSeconds: 0 });
    await core().deleteNamespacedService({ name: "alert-receiver", namespace });
  });

  async function podOf(component: string): Promise<V1Pod & { metadata: { name: string } }> {
    const { items } = await core().listNamespacedPod({
      namespace,
      labelSelector: `app.kubernetes.io/component=${component}`,
      fieldSelector: "status.phase=Running",
    });
    const pod = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined);
    assert.ok(pod?.metadata?.name !== undefined, `no pod of the ${component}`);
    return pod as V1Pod & { metadata: { name: string } };
  }

  /** A listening pod of the backend's image; no policy selects it. */
  async function makeReceiver(): Promise<void> {
    const { spec } = await podOf("backend");
    const labels = { app: "alert-receiver" };
    await core().createNamespacedPod({
      namespace,
      body: {
        metadata: { name: "alert-receiver", labels },
        spec: {
          automountServiceAccountToken: false,
          securityContext: spec?.securityContext,
          containers: [
            {
              name: "receiver",
              image: spec?.containers[0]?.image,
              imagePullPolicy: "IfNotPresent",
              command: ["node", "--eval", receiverProgram],
              securityContext: spec?.containers[0]?.securityContext,
              resources: { limits: { cpu: "100m", memory: "64Mi" } },
            },
          ],
        },
      },
    });
    await core().createNamespacedService({
      namespace,
      body: {
        metadata: { name: "alert-receiver", labels },
        spec: { selector: labels, ports: [{ port: 8080 }] },
      },
    });
  }

  /** All notifications that the receiver got so far, oldest first. */
  async function told(): Promise<Notification["alerts"][number][]> {
    const log = await core().readNamespacedPodLog({ name: "alert-receiver", namespace });
    return log
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .flatMap((line) => (JSON.parse(line) as Notification).alerts);
  }

  async function query(
    promql: string,
  ): Promise<{ metric: Record<string, string>; value: number }[]> {
    const { metadata } = await podOf("prometheus");
    const path = `/api/v1/query?query=${encodeURIComponent(promql)}`;
    const { data } = JSON.parse(await askPod(api(), metadata.name, 9090, path)) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Names of Alertmanager's current alerts. */
  async function active(): Promise<string[]> {
    const { metadata } = await podOf("alertmanager");
    const alerts = JSON.parse(
      await askPod(api(), metadata.name, 9093, "/api/v2/alerts"),
    ) as Notification["alerts"];
    return alerts.map(({ labels }) => labels.alertname);
  }

  it("sees every container's CPU, memory, limits and network, and its own memory", async () => {
    await eventually(90, async () => {
      for (const metric of [
        "rate(container_cpu_usage_seconds_total[2m])",
        "container_memory_working_set_bytes",
        "container_spec_memory_limit_bytes",
        "container_spec_cpu_quota",
        "container_start_time_seconds",
      ]) {
        const containers = new Set((await query(metric)).map(({ metric: of }) => of["container"]));
        for (const name of ["backend", "frontend", "database", "prometheus", "alertmanager"]) {
          assert.ok(containers.has(name), `no ${metric} of ${name}`);
        }
      }
      const pods = await query("sum by (pod) (container_network_receive_bytes_total)");
      assert.ok(pods.length >= 5, `the network of ${pods.length} pods`);
    });
  });

  // The next tests take four minutes more, in which nothing else may be told.
  it("is silent for half a minute in which nothing is wrong", async () => {
    const before = await told();
    for (const end = Date.now() + 30_000; Date.now() < end;) {
      assert.deepEqual(await query(`ALERTS{alertstate="firing"}`), []);
      await sleep(10_000);
    }
    assert.deepEqual(await told(), before);

    const parts = `container=~"prometheus|alertmanager"`;
    const each = (expression: string) => query(`max by (container) (${expression})`);
    const memory = await each(`max_over_time(container_memory_working_set_bytes{${parts}}[2m])`);
    const cpu = await each(`rate(container_cpu_usage_seconds_total{${parts}}[2m])`);
    for (const { metric, value } of memory) {
      const cores =
        cpu.find((other) => other.metric["container"] === metric["container"])?.value ?? 0;
      console.log(
        `      ${metric["container"]}: ${Math.round(value / 1024 ** 2)} MiB, ${Math.round(cores * 1000)}m CPU`,
      );
    }
    const total = memory.reduce((sum, { value }) => sum + value, 0);
    assert.ok(total <= 150 * 1024 ** 2, `the monitoring takes ${total} bytes`);
  });

  /**
   * Runs a program in a pod until it is killed; it writes its process ID first. If its container restarts, which
   * takes it along, it runs again.
   */
  function occupy(pod: string, name: string, program: string): () => Promise<void> {
    const file = `/tmp/${name}.pid`;
    const whole = `require("node:fs").writeFileSync("${file}", String(process.pid));${program}`;
    let ending = false;
    const run = async (): Promise<void> => {
      await inPod(api(), pod, ["node", "--eval", whole]).catch(() => undefined);
      if (ending) return;
      console.log(`      the ${name} program ended too early, and runs again`);
      await sleep(2_000);
      await run();
    };
    void run();
    const end = `process.kill(Number(require("node:fs").readFileSync("${file}", "utf8")), "SIGKILL")`;
    return async () => {
      ending = true;
      await inPod(api(), pod, ["node", "--eval", end]);
    };
  }

  const scale = (replicas: number) =>
    cluster(stack.context)
      .config.makeApiClient(AppsV1Api)
      .replaceNamespacedDeploymentScale({
        name: "backend-deployment",
        namespace,
        body: { metadata: { name: "backend-deployment", namespace }, spec: { replicas } },
      });

  /** Memory until a tenth of the container's limit is left, as cgroup version 1 or 2 counts it. */
  const allocate = `
    const { readFileSync } = require("node:fs");
    const read = (...files) => {
      for (const file of files) try { return Number(readFileSync("/sys/fs/cgroup/" + file, "utf8")); } catch {}
    };
    const limit = read("memory.max", "memory/memory.limit_in_bytes");
    const kept = [];
    setInterval(() => {
      const used = read("memory.current", "memory/memory.usage_in_bytes");
      if (used < 0.9 * limit) kept.push(Buffer.alloc(2 ** 20, 1));
    }, 50);`;

  /** Runs a command of the CLI, which has to end like this. */
  async function todo(command: string, code = 0): Promise<void> {
    const ended = await stack.todo(command);
    assert.equal(ended.code, code, ended.output);
  }

  /** Cuts the end off the newest backup. */
  async function breakBackup(): Promise<void> {
    const { spec } = await podOf("database");
    const [database] = spec?.containers ?? [];
    const where = { name: "backup-breaker", namespace };
    await core().createNamespacedPod({
      namespace,
      body: {
        metadata: { name: where.name },
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          securityContext: spec?.securityContext,
          volumes: [
            { name: "backups", persistentVolumeClaim: { claimName: "todo-chatbot-backups" } },
          ],
          containers: [
            {
              name: "breaker",
              image: database?.image,
              imagePullPolicy: "IfNotPresent",
              command: ["sh", "-c", 'truncate -s -100 "$(ls /backups/todo-*.dump | tail -n 1)"'],
              securityContext: database?.securityContext,
              resources: { limits: { cpu: "100m", memory: "64Mi" } },
              volumeMounts: [{ name: "backups", mountPath: "/backups" }],
            },
          ],
        },
      },
    });
    await eventually(90, async () => {
      const { status } = await core().readNamespacedPod(where);
      assert.equal(status?.phase, "Succeeded");
    });
    await core().deleteNamespacedPod({ ...where, gracePeriodSeconds: 0 });
  }

  /** A fault, and how it is fixed. */
  const faults: readonly { readonly alert: AlertName; cause(): Promise<() => Promise<unknown>> }[] =
    [
      {
        alert: "pod-down",
        async cause() {
          await scale(0);
          return () => scale(1);
        },
      },
      {
        alert: "high-cpu",
        async cause() {
          const { metadata } = await podOf("frontend");
          return occupy(metadata.name, "busy", "for (;;);");
        },
      },
      {
        alert: "low-memory",
        async cause() {
          const { metadata } = await podOf("frontend");
          return occupy(metadata.name, "greedy", allocate);
        },
      },
      {
        alert: "backup-unproven",
        async cause() {
          await todo("db backup");
          await todo("db drill");
          await todo("db backup");
          await breakBackup();
          await todo("db drill", 1);
          // The nights until somebody would be told.
          await sql("UPDATE todo.proofs SET proven_at = proven_at - interval '61 hours'");
          return async () => {
            await todo("db backup");
            await todo("db drill");
          };
        },
      },
    ];

  /** Causes a fault, waits for its alert, fixes it, waits until the alert is resolved; the seconds of each. */
  async function happen({ alert, cause }: (typeof faults)[number]) {
    const soFar = (await told()).length;
    const heard = async (status: "firing" | "resolved") =>
      (await told())
        .slice(soFar)
        .find(({ labels, status: is }) => labels.alertname === alert && is === status);
    const since = (start: number) => Math.round((Date.now() - start) / 1000);

    const caused = Date.now();
    const end = await cause();
    await eventually(400, async () => assert.ok((await active()).includes(alert)));
    const toAlertmanager = since(caused);
    const notification = await eventually(120, async () => {
      const firing = await heard("firing");
      assert.ok(firing, `the receiver heard nothing of ${alert}`);
      return firing;
    });
    const toFire = since(caused);
    assert.equal(notification.annotations.runbook, `docs/runbooks/${alert}.md`);

    const ended = Date.now();
    await end();
    await eventually(400, async () => assert.ok(await heard("resolved"), `${alert} is not over`));
    assert.ok(!(await active()).includes(alert));
    const times = { toAlertmanager, toFire, toResolve: since(ended) };
    console.log(
      `      ${alert}: in Alertmanager after ${toAlertmanager} s, told after ${toFire} s, over ${times.toResolve} s after its cause`,
    );
    return times;
  }

  // All at once, because most of it is waiting.
  let happened: Promise<PromiseSettledResult<unknown>[]> | undefined;
  for (const [index, fault] of faults.entries()) {
    it(`notifies of ${fault.alert}, and when it is resolved`, async () => {
      happened ??= Promise.allSettled(faults.map(happen));
      const result = (await happened)[index];
      if (result?.status === "rejected") throw result.reason;
    });
  }

  it("notified of nothing else", async () => {
    const names = new Set((await told()).map(({ labels }) => labels.alertname));
    assert.deepEqual([...names].sort(), faults.map(({ alert }) => alert).sort());
  });
});
