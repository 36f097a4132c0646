import * as pulumi from "@pulumi/pulumi";

import { BackupStore } from "./components/backups/backup-store.ts";
import { Cluster } from "./components/cluster/cluster.ts";
import { OwnershipGuard } from "./components/cluster/ownership-guard.ts";
import { AppImages } from "./components/images/images.ts";
import { alertsOf, minReplicas } from "./components/monitoring/alerts.ts";
import { grafanaDashboard } from "./components/monitoring/dashboard.ts";
import { Monitoring } from "./components/monitoring/monitoring.ts";
import { OperatorMonitoring } from "./components/monitoring/operator.ts";
import { ChatbotRelease } from "./components/release/release.ts";
import { AppSecrets } from "./components/secrets/secrets.ts";
import { DataVolume } from "./components/storage/storage.ts";
import { readConfig, recordedSettings } from "./config/index.ts";
import { clusterTarget } from "./config/target.ts";
import { bytes } from "./lib/pvc.ts";
import { nodePortHost, volumeNodes } from "./lib/clusters.ts";
import { findNamespace } from "./lib/ownership.ts";
import { ensureNodePort, ensureOperator, keepClaim, survey } from "./preflight.ts";

// 1. What this stack wants. Nothing below reads configuration.
const config = readConfig();
const target = clusterTarget(config.cluster);
const { database, network, storage } = config;
const { protect } = storage;
const databaseUrl = database.mode === "external" ? database.url : undefined;
const { monitoring } = config;
const operated = monitoring.mode === "operator";

// 2. What is there: the cluster and the Docker engine.
const { connection, docker } = await survey(target, config.images.mode);
if (connection) await keepClaim(target, config.cluster.namespace, storage);
if (connection && operated) await ensureOperator(target);
if (connection) await ensureNodePort(target, config.cluster.namespace, network);
const found = connection && (await findNamespace(target.context, config.cluster.namespace));

// 3. Where it goes. Nothing else is registered while that is somebody else's.
const cluster = new Cluster("cluster", {
  target,
  connection,
  found,
  namespace: config.cluster.namespace,
  stack: pulumi.getStack(),
  settings: recordedSettings(),
  isPreview: pulumi.runtime.isDryRun(),
  protect,
});
await cluster.accepted;
const { namespace } = cluster;
const inCluster = { provider: cluster.provider };

// 4. What the release needs.
const bundledMonitoring = monitoring.mode === "bundled";
const appImages = new AppImages("images", {
  ...config.images,
  target,
  docker,
  isConnected: connection !== undefined,
  thirdParty: {
    // Backups of an external database are made with it too.
    postgres: config.images.postgres,
    ...(bundledMonitoring && {
      prometheus: config.images.prometheus,
      alertmanager: config.images.alertmanager,
    }),
  },
});
const secrets = new AppSecrets(
  "secrets",
  {
    namespace,
    protect,
    databaseUrl,
    openaiApiKey: config.openai.apiKey,
    ...config.secrets,
  },
  inCluster,
);
const dataNodes = volumeNodes(target, storage.storageClassName);
const volume = new DataVolume("data", { namespace, ...storage }, inCluster);
const backups = new BackupStore("backups", { namespace, ...storage, ...storage.backup }, inCluster);

// 5. The application.
const release = new ChatbotRelease(
  "release",
  {
    namespace,
    backend: { ...config.backend, image: appImages.references.backend },
    frontend: { ...config.frontend, image: appImages.references.frontend },
    secretNames: secrets.names,
    secretsRevision: secrets.revision,
    database: {
      ...database,
      image: config.images.postgres,
      secretsRevision: secrets.databaseRevision,
      claimName: volume.claimName,
      nodeSelector: dataNodes,
    },
    backup: {
      ...storage.backup,
      claimName: backups.claimName,
      bucketSecretName: backups.bucketSecretName,
    },
    network,
    prometheusNamespace: operated ? monitoring.prometheusNamespace : undefined,
    nodePortHost: nodePortHost(target, connection?.nodeAddresses ?? []),
    openai: config.openai,
  },
  { ...inCluster, dependsOn: appImages.thirdParty },
);

// 6. What watches it.
const alerts = alertsOf({
  ...monitoring,
  namespace: config.cluster.namespace,
  replicas: { backend: minReplicas(config.backend), frontend: minReplicas(config.frontend) },
  volumeBytes: bytes(storage.size),
  backups: storage.backup.schedule !== "manual",
});
const guarded: pulumi.Resource[] = [cluster, appImages, secrets, volume, backups, release];
if (bundledMonitoring) {
  const bundled = new Monitoring(
    "monitoring",
    {
      namespace,
      images: config.images,
      policies: network.policies,
      alerts,
      receivers: monitoring.receivers,
    },
    { ...inCluster, dependsOn: appImages.thirdParty },
  );
  guarded.push(bundled);
}
if (operated) {
  const { labels } = monitoring;
  const left = new OperatorMonitoring(
    "monitoring",
    { namespace, labels, alerts, dashboard: grafanaDashboard(config.cluster.namespace) },
    inCluster,
  );
  guarded.push(left);
}

// 7. What keeps a destroy off somebody else's objects: the data first, then everything.
const mark = { target, namespace, owner: cluster.owner };
const claims = pulumi.all([volume.claimName, backups.claimName]);
new OwnershipGuard("data-guard", { ...mark, claims }, { protect });
new OwnershipGuard("guard", mark, { dependsOn: guarded });

// 8. What the person who ran `pulumi up` needs next.
export const url = release.url;
export { namespace };
export const images = appImages.facts;
export const portForward = pulumi.interpolate`kubectl --context ${target.context} --namespace ${namespace} port-forward service/frontend-service 8080:80`;
