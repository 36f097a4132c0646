import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { BackupStore } from "../../components/backups/backup-store.ts";
import { Cluster } from "../../components/cluster/cluster.ts";
import { OwnershipGuard } from "../../components/cluster/ownership-guard.ts";
import { AppImages } from "../../components/images/images.ts";
import { monitoringMesh } from "../../components/monitoring/mesh.ts";
import { monitor, operatorPrometheus } from "../../components/monitoring/monitor.ts";
import { ChatbotRelease } from "../../components/release/release.ts";
import { AppSecrets } from "../../components/secrets/secrets.ts";
import { DataVolume } from "../../components/storage/storage.ts";
import { readConfig } from "../../config/index.ts";
import { clusterTarget } from "../../config/target.ts";

Reflect.deleteProperty(Error, "prepareStackTrace");

// As index.ts: the cluster and the images once, the application BENCH_INSTANCES times, in namespaces of their own.
const config = readConfig();
const target = clusterTarget(config.cluster);
const { network, storage } = config;
const { postgres, prometheus, alertmanager } = config.images;
const protect = false;

const cluster = new Cluster("cluster", {
  ...{ target, connection: undefined, found: undefined, isPreview: true, protect },
  ...{ namespace: config.cluster.namespace, stack: pulumi.getStack(), settings: {} },
});
await cluster.accepted;
const inCluster = { provider: cluster.provider };
const images = new AppImages("images", {
  ...{ ...config.images, target, docker: "present", isConnected: false },
  deliverAfter: cluster.accepted,
  thirdParty: { postgres, prometheus, alertmanager },
});
const onNodes = { ...inCluster, dependsOn: images.thirdParty };

for (let instance = 0; instance < Number(process.env["BENCH_INSTANCES"]); instance += 1) {
  const named = (part: string) => `${part}-${instance}`;
  const { metadata } = new k8s.core.v1.Namespace(
    named("namespace"),
    { metadata: { name: named("todo") } },
    inCluster,
  );
  const namespace = metadata.name;
  const secrets = new AppSecrets(
    named("secrets"),
    {
      ...{ namespace, protect, ...config.secrets },
      ...{ openaiApiKey: config.openai.apiKey, proxyUrl: network.proxy?.url },
    },
    inCluster,
  );
  const volume = new DataVolume(named("data"), { namespace, ...storage }, inCluster);
  const backups = new BackupStore(
    named("backups"),
    { namespace, ...storage, ...storage.backup },
    inCluster,
  );
  new ChatbotRelease(
    named("release"),
    {
      ...{ namespace, network, openai: config.openai, smtp: config.smtp, pods: config.pods },
      telemetry: config.telemetry,
      backend: { ...config.backend, image: images.references.backend },
      frontend: { ...config.frontend, image: images.references.frontend },
      secretNames: secrets.names,
      secretsRevision: secrets.revision,
      database: {
        ...{ ...config.database, image: postgres },
        ...{ claimName: volume.claimName, nodeSelector: undefined },
      },
      backup: { ...storage.backup, dataSize: storage.size, claimName: backups.claimName },
      prometheus: operatorPrometheus(config.monitoring),
      nodePortHost: "localhost",
    },
    onNodes,
  );
  monitor(
    named("monitoring"),
    {
      ...{ settings: config.monitoring, namespace, namespaceName: named("todo") },
      ...{ revisionKey: secrets.revisionKey, images: config.images, pods: config.pods },
      ...{ policies: network.policies, mesh: monitoringMesh(network.mesh) },
      ...{ backend: config.backend, frontend: config.frontend },
      storage,
    },
    onNodes,
  );
  new OwnershipGuard(named("guard"), { target, namespace, owner: cluster.owner }, {});
}
