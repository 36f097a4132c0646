import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ArchiveBucket } from "../../components/database/archive.ts";
import { PostgresCluster } from "../../components/database/postgres-cluster.ts";
import { databaseSchema } from "../../components/release/database.schema.ts";
import { all, only, settle, startEngine } from "./engine.ts";

const clusterType = "kubernetes:postgresql.cnpg.io/v1:Cluster";
const storeType = "kubernetes:barmancloud.cnpg.io/v1:ObjectStore";
const scheduleType = "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup";
const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const secretType = "kubernetes:core/v1:Secret";

const bucket: ArchiveBucket = {
  s3: { endpoint: "https://s3.example.org:9000", bucket: "todo", region: "eu-central-1" },
  secretName: "backup-bucket-secret",
};

/** Creates the database with these settings of its archive. */
async function made(operator: object, place: ArchiveBucket | undefined = bucket): Promise<void> {
  await startEngine();
  const provider = new k8s.Provider("provider");
  new PostgresCluster(
    "database",
    {
      ...{ namespace: "todo", namespaceName: "todo" },
      database: databaseSchema.parse({ mode: "operator", operator }),
      storage: { size: "1Gi" },
      image: "postgres:17.11-bookworm",
      ownerSecretName: "database-owner",
      ...{ pods: {}, policies: true, bucket: place },
    },
    { provider },
  );
  await settle();
}

const specOf = (type: string): unknown => only(type).inputs["spec"];

interface Spec {
  readonly bootstrap: object;
  readonly plugins?: object;
  readonly externalClusters?: object;
}

interface Store {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly retentionPolicy: string;
  readonly instanceSidecarConfiguration: { readonly env: readonly object[] };
}

const clusterSpec = () => specOf(clusterType) as Spec;
const storeSpec = () => specOf(storeType) as Store;

/** Ports that the instances may reach anywhere. */
const openPorts = () =>
  (specOf(policyType) as { egress: { to?: object; ports: { port: number }[] }[] }).egress
    .filter(({ to }) => to === undefined)
    .flatMap(({ ports }) => ports.map(({ port }) => port));

describe("the archive of a database", () => {
  it("is off by default, also with a bucket", async () => {
    await made({});

    assert.deepEqual([all(storeType), all(scheduleType), all(secretType)], [[], [], []]);
    const { bootstrap, plugins, externalClusters } = clusterSpec();
    assert.deepEqual(Object.keys(bootstrap), ["initdb"]);
    assert.deepEqual([plugins, externalClusters], [undefined, undefined]);
    assert.deepEqual(openPorts(), [443, 6443, 8443]);
  });

  it("is below the prefix of the backups, under the name of the namespace", async () => {
    await made(
      { archive: { enabled: true, keepDays: 30 } },
      { ...bucket, s3: { ...bucket.s3, prefix: "shop/" } },
    );

    const { configuration, retentionPolicy } = storeSpec();
    assert.deepEqual(configuration, {
      destinationPath: "s3://todo/shop/archive",
      endpointURL: "https://s3.example.org:9000",
      s3Credentials: {
        accessKeyId: { name: "backup-bucket-secret", key: "S3_ACCESS_KEY_ID" },
        secretAccessKey: { name: "backup-bucket-secret", key: "S3_SECRET_ACCESS_KEY" },
      },
      wal: { compression: "gzip" },
      data: { compression: "gzip", immediateCheckpoint: true },
    });
    assert.equal(retentionPolicy, "30d");
    assert.deepEqual(clusterSpec().plugins, [
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "database-archive", serverName: "todo" },
      },
    ]);
  });

  for (const [given, made_] of [
    ["30 1 * * 0", "0 30 1 * * 0"],
    ["@daily", "@daily"],
  ] as const) {
    it(`has a base backup at once, and at ${given}`, async () => {
      await made({ archive: { enabled: true, schedule: given } });

      const { schedule, immediate, cluster } = specOf(scheduleType) as Record<string, unknown>;
      assert.deepEqual([schedule, immediate, cluster], [made_, true, { name: "database" }]);
    });
  }

  it("verifies the bucket's server by its own CA bundle", async () => {
    await made(
      { archive: { enabled: true } },
      { ...bucket, s3: { ...bucket.s3, caCertificate: "PEM" } },
    );

    const { metadata } = only(secretType).inputs as { metadata: { name: string } };
    assert.equal(metadata.name, "database-archive-ca");
    const { configuration } = storeSpec();
    assert.deepEqual(configuration["endpointCA"], { name: "database-archive-ca", key: "ca.crt" });
  });

  it("reaches the bucket, through the proxy if there is one", async () => {
    await made({ archive: { enabled: true } });
    assert.deepEqual(openPorts(), [443, 6443, 8443, 9000]);

    const url = pulumi.output("http://proxy.example.org:3128");
    const proxy = { url, noProxy: ".example.net" };
    const proxySecretName = "proxy-secret";
    await made({ archive: { enabled: true } }, { ...bucket, proxy, proxySecretName });
    assert.deepEqual(openPorts(), [443, 6443, 8443, 9000, 3128]);
    const { env } = storeSpec().instanceSidecarConfiguration;
    assert.deepEqual(env.slice(-3), [
      ...["HTTPS_PROXY", "HTTP_PROXY"].map((name) => ({
        name,
        valueFrom: { secretKeyRef: { name: "proxy-secret", key: name } },
      })),
      {
        name: "NO_PROXY",
        value: "localhost,127.0.0.1,.svc,.cluster.local,$(KUBERNETES_SERVICE_HOST),.example.net",
      },
    ]);
  });

  it("is what another database begins from, at a moment, with this stack's password", async () => {
    await made({ recover: { server: "shop", time: "2026-11-29T10:30:00Z" } });

    const { bootstrap, externalClusters, plugins } = clusterSpec();
    assert.deepEqual(bootstrap, {
      recovery: {
        ...{ database: "todo", owner: "todo", secret: { name: "database-owner" } },
        source: "database-source",
        recoveryTarget: { targetTime: "2026-11-29T10:30:00Z" },
      },
    });
    assert.deepEqual(externalClusters, [
      {
        name: "database-source",
        plugin: {
          name: "barman-cloud.cloudnative-pg.io",
          parameters: { barmanObjectName: "database-source", serverName: "shop" },
        },
      },
    ]);
    assert.equal(plugins, undefined);
    assert.equal(all(scheduleType).length, 0);
    // Nothing of another database's archive is ever removed.
    assert.equal("retentionPolicy" in storeSpec(), false);
  });

  it("can be continued from its end, under another name and prefix", async () => {
    await made(
      { archive: { enabled: true, server: "two" }, recover: { server: "one", prefix: "shop/" } },
      { ...bucket, s3: { ...bucket.s3, prefix: "then/" } },
    );

    const { bootstrap, plugins } = clusterSpec();
    const { recovery } = bootstrap as { recovery: object };
    assert.equal("recoveryTarget" in recovery, false);
    assert.match(JSON.stringify(plugins), /"database-archive","serverName":"two"/);
    const places = all(storeType).map(({ inputs }) => {
      const { metadata, spec } = inputs as { metadata: { name: string }; spec: Store };
      return [metadata.name, spec.configuration["destinationPath"]];
    });
    assert.deepEqual(places, [
      ["database-source", "s3://todo/shop/archive"],
      ["database-archive", "s3://todo/then/archive"],
    ]);
  });
});
