import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { BackupsArgs } from "../../components/backups/backups.ts";
import { Backups } from "../../components/backups/backups.ts";
import { all, isSecret, only, plain, registered, settle, startEngine, valueOf } from "./engine.ts";

const claimType = "kubernetes:core/v1:PersistentVolumeClaim";
const cronJobType = "kubernetes:batch/v1:CronJob";
const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

async function backups(args: Partial<BackupsArgs> = {}): Promise<Backups> {
  const made = new Backups(
    "backups",
    {
      namespace: "todo-chatbot-namespace",
      image: "postgres:17",
      runAsUser: 999,
      schedule: "0 3 * * *",
      keep: 7,
      size: "1Gi",
      className: "",
      nodeSelector: { disk: "here" },
      protect: true,
      databaseSecret: "database-secret",
      databaseUrl: undefined,
      databaseCaCertificate: "",
      reachesBundled: true,
      copyImage: "todo-chatbot-backend:1234",
      policies: true,
      mesh: "none",
      ...args,
    },
    { provider: new k8s.Provider("provider") },
  );
  await settle();
  return made;
}

interface CronJobSpec {
  readonly schedule: string;
  readonly suspend: boolean;
  readonly concurrencyPolicy: string;
  readonly timeZone: string;
  readonly successfulJobsHistoryLimit: number;
  readonly failedJobsHistoryLimit: number;
  readonly jobTemplate: {
    readonly spec: {
      readonly activeDeadlineSeconds: number;
      readonly template: {
        readonly metadata: { labels: Record<string, string>; annotations?: object };
        readonly spec: Record<string, unknown> & {
          readonly containers: readonly (Record<string, unknown> & {
            readonly env: readonly Record<string, unknown>[];
          })[];
        };
      };
    };
  };
}

const cronJob = () => only(cronJobType).inputs["spec"] as CronJobSpec;
const pod = () => cronJob().jobTemplate.spec.template;
const policy = (name: string) => only(policyType, name).inputs["spec"] as Record<string, unknown>;

describe("Backups", () => {
  beforeEach(() => startEngine());

  it("have a claim of their own, kept at destroy like the data", async () => {
    const { claimName } = await backups({ className: "fast", size: "5Gi" });

    assert.equal(await valueOf(claimName), "todo-chatbot-backups");
    const { inputs, protect } = only(claimType);
    assert.equal(protect, true);
    assert.deepEqual(inputs["spec"], {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "5Gi" } },
      storageClassName: "fast",
    });

    await startEngine();
    await backups({ protect: false });
    assert.equal(only(claimType).protect, false);
  });

  it("are made on schedule, in UTC, one at a time, within an hour", async () => {
    await backups({ schedule: "15 4 * * 0" });

    const { jobTemplate, ...spec } = cronJob();
    assert.deepEqual(spec, {
      schedule: "15 4 * * 0",
      suspend: false,
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 21_600,
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 2,
    });
    assert.equal(jobTemplate.spec.activeDeadlineSeconds, 3600);
  });

  it("keep claim and template without a schedule, for backups by hand", async () => {
    await backups({ schedule: "" });

    assert.equal(cronJob().suspend, true);
    assert.equal(all(claimType).length, 1);
  });

  it("run the script of this folder in the Postgres image", async () => {
    await backups({ image: "mirror.example.org/postgres:17.1", runAsUser: 70, keep: 3 });

    const [container] = pod().spec.containers;
    assert.equal(container?.["image"], "mirror.example.org/postgres:17.1");
    assert.deepEqual(
      [container["command"], container["args"]],
      [["bash", "/scripts/backup.sh"], ["backup"]],
    );
    assert.ok(container.env.some(({ name, value }) => name === "KEEP" && value === "3"));
    assert.equal((pod().spec["securityContext"] as { runAsUser: number }).runAsUser, 70);
    assert.deepEqual(pod().spec["nodeSelector"], { disk: "here" });
    assert.deepEqual(only("kubernetes:core/v1:ConfigMap").inputs["data"], {
      "backup.sh": readFileSync("charts/todo-chatbot/files/backup.sh", "utf8"),
    });
  });

  it("get the database's address from its Secret alone", async () => {
    await backups({ databaseUrl: pulumi.secret("postgresql://todo:hush@db.example.org/todo") });

    const [container] = pod().spec.containers;
    assert.deepEqual(container?.env[0], {
      name: "DATABASE_URL",
      valueFrom: { secretKeyRef: { name: "database-secret", key: "DATABASE_URL" } },
    });
    assert.ok(!JSON.stringify(registered).includes("hush"));
  });

  it("reach the bundled database and DNS, and nobody reaches them", async () => {
    await backups();

    const component = (name: string) => ({
      podSelector: {
        matchLabels: {
          "app.kubernetes.io/name": "todo-chatbot",
          "app.kubernetes.io/instance": "todo-chatbot",
          "app.kubernetes.io/component": name,
        },
      },
    });
    const postgres = [{ port: 5432, protocol: "TCP" }];
    const { podSelector, policyTypes, egress } = policy("backups-policy");
    assert.deepEqual(podSelector, component("backup").podSelector);
    assert.deepEqual(policyTypes, ["Ingress", "Egress"]);
    assert.deepEqual((egress as object[])[1], { to: [component("database")], ports: postgres });
    assert.equal((egress as object[]).length, 2);
    assert.deepEqual(policy("backups-database-policy"), {
      ...component("database"),
      policyTypes: ["Ingress"],
      ingress: [{ from: [component("backup")], ports: postgres }],
    });
    const { labels } = pod().metadata;
    for (const [key, value] of Object.entries(component("backup").podSelector.matchLabels)) {
      assert.equal(labels[key], value);
    }
  });

  for (const [url, port] of [
    ["postgresql://u:p@db.example.org:6543/todo", 6543],
    ["postgres://u:p@db.example.org/todo", 5432],
  ] as const) {
    it(`reach an external database by its port alone: ${port}`, async () => {
      await backups({ databaseUrl: pulumi.secret(url), reachesBundled: false });

      assert.deepEqual((policy("backups-policy")["egress"] as object[])[1], {
        ports: [{ port, protocol: "TCP" }],
      });
      assert.equal(all(policyType).length, 1);
    });
  }

  it("reach both databases while data is moved", async () => {
    const databaseUrl = pulumi.secret("postgres://u:p@db.example.org:6543/todo");
    await backups({ databaseUrl, reachesBundled: true });

    const [, bundled, external] = policy("backups-policy")["egress"] as { to?: object[] }[];
    assert.equal(bundled?.to?.length, 1);
    assert.deepEqual(external, { ports: [{ port: 6543, protocol: "TCP" }] });
    assert.equal(all(policyType).length, 2);
  });

  it("know the authority that signed an external database's certificate", async () => {
    await backups({ databaseCaCertificate: "PEM" });

    const { data } = only("kubernetes:core/v1:ConfigMap").inputs as { data: object };
    assert.equal((data as Record<string, string>)["database-ca.pem"], "PEM");
    assert.deepEqual(
      pod().spec.containers[0]?.env.find(({ name }) => name === "PGSSLROOTCERT"),
      { name: "PGSSLROOTCERT", value: "/scripts/database-ca.pem" },
    );
  });

  it("join the mesh with sidecars that end with them", async () => {
    await backups({ mesh: "linkerd" });

    assert.deepEqual(pod().metadata.annotations, {
      "linkerd.io/inject": "enabled",
      "config.beta.linkerd.io/proxy-enable-native-sidecar": "true",
    });
    assert.ok(JSON.stringify(policy("backups-database-policy")).includes("4143"));
  });

  it("are copied to a bucket before a success is recorded, with keys from a Secret", async () => {
    await backups({
      s3: {
        endpoint: "https://s3.example.org:9000",
        bucket: "safe",
        prefix: "todo/",
        region: "eu-central-1",
        caCertificate: "-----BEGIN CERTIFICATE-----",
        accessKeyId: pulumi.secret("key-id"),
        secretAccessKey: pulumi.secret("hush"),
      },
    });

    const { initContainers, containers } = pod().spec as unknown as Record<
      "initContainers" | "containers",
      { name: string; image: string; command: string[]; args: string[]; env: object[] }[]
    >;
    assert.deepEqual(
      [...initContainers, ...containers].map(({ name, image, args }) => [name, image, ...args]),
      [
        ["dump", "postgres:17", "dump"],
        ["copy", "todo-chatbot-backend:1234", "push"],
        ["backup", "postgres:17", "record"],
      ],
    );
    assert.deepEqual(initContainers[1]?.env, [
      { name: "S3_ENDPOINT", value: "https://s3.example.org:9000" },
      { name: "S3_BUCKET", value: "safe" },
      { name: "S3_PREFIX", value: "todo/" },
      { name: "S3_REGION", value: "eu-central-1" },
      { name: "S3_CA_CERTIFICATE", value: "-----BEGIN CERTIFICATE-----" },
      ...["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"].map((key) => ({
        name: key,
        valueFrom: { secretKeyRef: { name: "backup-bucket-secret", key } },
      })),
      { name: "FOLDER", value: "/backups" },
      { name: "KEEP", value: "7" },
    ]);
    assert.deepEqual((policy("backups-policy")["egress"] as object[])[2], {
      ports: [{ port: 9000, protocol: "TCP" }],
    });
    const { stringData } = only("kubernetes:core/v1:Secret").inputs;
    assert.ok(isSecret(stringData));
    assert.deepEqual(plain(stringData), {
      S3_ACCESS_KEY_ID: "key-id",
      S3_SECRET_ACCESS_KEY: "hush",
    });
  });

  it("have no policies where the stack wants none", async () => {
    await backups({ policies: false });

    assert.deepEqual(all(policyType), []);
  });

  it("live in the namespace that they are told, by the provider that they are told", async () => {
    await backups({ namespace: "elsewhere" });

    const objects = registered.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.equal(objects.length, 5);
    for (const { inputs, provider } of objects) {
      assert.equal((inputs["metadata"] as { namespace: string }).namespace, "elsewhere");
      assert.equal(provider, "provider");
    }
  });
});
