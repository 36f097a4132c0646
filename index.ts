import * as pulumi from "@pulumi/pulumi";

import { Backups } from "./components/backups/backups.ts";
import { Cluster } from "./components/cluster/cluster.ts";
import { AppImages } from "./components/images/images.ts";
import { alertsOf, minReplicas } from "./components/monitoring/alerts.ts";
import { grafanaDashboard } from "./components/monitoring/dashboard.ts";
import { Monitoring } from "./components/monitoring/monitoring.ts";
import { OperatorMonitoring } from "./components/monitoring/operator.ts";
import { ChatbotRelease } from "./components/release/release.ts";
import { AppSecrets } from "./components/secrets/secrets.ts";
import { DataVolume } from "./components/storage/storage.ts";
import { readConfig } from "./config/index.ts";
import { bytes } from "./lib/pvc.ts";
import { nodePortHost, volumeNodes } from "./lib/clusters.ts";
import { clusterTarget, keepClaim, needOperator, survey } from "./preflight.ts";

// 1. What this stack wants. Nothing below reads configuration.
const config = readConfig();
const target = clusterTarget(config.cluster);
const { protect } = config.storage;
const operated = config.monitoring.mode === "operator";

// 2. What is there: the cluster and the Docker engine.
const { connection, docker } = await survey(target, config.images.mode);
if (connection) await keepClaim(target, config.cluster.namespace, config.storage);
if (connection && operated) await needOperator(target);

// 3. Where it goes.
const cluster = new Cluster("cluster", {
  target,
  connection,
  namespace: config.cluster.namespace,
  protect,
});
const { namespace } = cluster;
const inCluster = { provider: cluster.provider };

// 4. What the release needs.
const bundledMonitoring = config.monitoring.mode === "bundled";
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
    databaseUrl: config.database.url,
    openaiApiKey: config.openai.apiKey,
    rotation: config.secrets.rotation,
  },
  inCluster,
);
const dataNodes = volumeNodes(target, config.storage.className);
const volume = new DataVolume("data", { namespace, ...config.storage }, inCluster);

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
      ...config.database,
      image: config.images.postgres,
      secretsRevision: secrets.databaseRevision,
      claimName: volume.claimName,
      nodeSelector: dataNodes,
    },
    network: config.network,
    prometheusNamespace: operated ? config.monitoring.prometheusNamespace : undefined,
    nodePortHost: nodePortHost(target, connection?.nodeAddresses ?? []),
    openai: config.openai,
  },
  { ...inCluster, dependsOn: appImages.thirdParty },
);

// 6. What keeps copies of its data.
new Backups(
  "backups",
  {
    namespace,
    protect,
    ...config.storage.backup,
    className: config.storage.className,
    nodeSelector: dataNodes,
    image: config.images.postgres,
    copyImage: appImages.facts.backend.name,
    runAsUser: config.database.runAsUser,
    databaseSecret: secrets.names["database-secret"],
    databaseUrl: config.database.url,
    databaseCaCertificate: config.database.caCertificate,
    reachesBundled: config.database.mode === "bundled" || config.database.keepBundled,
    policies: config.network.policies,
    mesh: config.network.mesh,
  },
  { ...inCluster, dependsOn: appImages.thirdParty },
);

// 7. What watches it.
const alerts = alertsOf({
  ...config.monitoring,
  namespace: config.cluster.namespace,
  replicas: { backend: minReplicas(config.backend), frontend: minReplicas(config.frontend) },
  volumeBytes: bytes(config.storage.size),
  backups: config.storage.backup.schedule !== "",
});
if (bundledMonitoring) {
  new Monitoring(
    "monitoring",
    {
      namespace,
      images: config.images,
      policies: config.network.policies,
      alerts,
      receivers: config.monitoring.receivers,
    },
    { ...inCluster, dependsOn: appImages.thirdParty },
  );
}
if (operated) {
  const { labels } = config.monitoring;
  new OperatorMonitoring(
    "monitoring",
    { namespace, labels, alerts, dashboard: grafanaDashboard(config.cluster.namespace) },
    inCluster,
  );
}

// 8. What the person who ran `pulumi up` needs next.
export const url = release.url;
export { namespace };
export const images = appImages.facts;
export const portForward = pulumi.interpolate`kubectl --context ${target.context} --namespace ${namespace} port-forward service/frontend-service 8080:80`;
