import * as pulumi from "@pulumi/pulumi";

import { BackupStore } from "./components/backups/backup-store.ts";
import { Cluster } from "./components/cluster/cluster.ts";
import { OwnershipGuard } from "./components/cluster/ownership-guard.ts";
import { PostgresCluster } from "./components/database/postgres-cluster.ts";
import { AppImages } from "./components/images/images.ts";
import { builtSchemaVersion } from "./components/images/schema-version.ts";
import { pullSecrets } from "./components/images/pull-secrets.ts";
import { monitoringMesh } from "./components/monitoring/mesh.ts";
import { monitor, operatorPrometheus } from "./components/monitoring/monitor.ts";
import { operatorUse } from "./components/release/database.schema.ts";
import { ChatbotRelease } from "./components/release/release.ts";
import { AppSecrets } from "./components/secrets/secrets.ts";
import { DataVolume } from "./components/storage/storage.ts";
import { readConfig, recordedSettings } from "./config/index.ts";
import { clusterTarget } from "./config/target.ts";
import { nodePortHost, volumeNodes } from "./lib/clusters.ts";
import { isMarkedFor } from "./lib/ownership.ts";
import { preflight } from "./preflight.ts";

// The SDK looks up every stack trace in its own source maps, a tenth of a preview's CPU. The program needs
// none: Node strips its types in place.
Reflect.deleteProperty(Error, "prepareStackTrace");

// 1. Settings. Nothing below reads configuration.
const config = readConfig();
const target = clusterTarget(config.cluster);
const { database, network, storage } = config;
const { protect } = storage;
const databaseUrl = database.mode === "external" ? database.url : undefined;

// 2. Preflight checks of the cluster and the Docker engine.
const { connection, docker, found } = await preflight(target, config);

// 3. The cluster. Nothing is changed in it unless the namespace is this stack's.
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
// A build that is not pushed need not wait where the namespace has this stack's mark: it is hardly ever in vain.
const buildsMeanwhile =
  config.images.registry === undefined && isMarkedFor(pulumi.getStack(), found);
if (!buildsMeanwhile) await cluster.accepted;

// 4. Prerequisites of the release.
const appImages = new AppImages("images", {
  ...config.images,
  target,
  docker,
  isConnected: connection !== undefined,
  deliverAfter: cluster.accepted,
  thirdParty: {
    // Backups of an external database use it too.
    postgres: config.images.postgres,
    ...(config.monitoring.mode === "bundled" && {
      prometheus: config.images.prometheus,
      alertmanager: config.images.alertmanager,
    }),
  },
});
await cluster.accepted;
await appImages.accepted;
const { namespace } = cluster;
const inCluster = { provider: cluster.provider };
const ofAllPods = {
  pods: config.pods,
  pullSecrets: pullSecrets("pull-secret", { namespace, ...config.images }, inCluster),
};
const secrets = new AppSecrets(
  "secrets",
  {
    ...{ namespace, protect, databaseUrl, ...config.secrets },
    operatorDatabase: operatorUse(database),
    openaiApiKey: config.openai.apiKey,
    smtpPassword: config.smtp.password,
    proxyUrl: network.proxy?.url,
  },
  inCluster,
);
const onNodes = { ...inCluster, dependsOn: appImages.thirdParty };
const dataNodes = volumeNodes(target, storage.storageClassName);
const volume = new DataVolume("data", { namespace, ...storage }, inCluster);
const backups = new BackupStore("backups", { namespace, ...storage, ...storage.backup }, inCluster);

const prometheus = operatorPrometheus(config.monitoring);
const instances =
  secrets.ownerSecretName &&
  new PostgresCluster(
    "database",
    {
      ...{ namespace, database, storage, prometheus, ...ofAllPods },
      image: config.images.postgres,
      ownerSecretName: secrets.ownerSecretName,
      policies: network.policies,
      namespaceName: config.cluster.namespace,
      bucket: storage.backup.s3 &&
        backups.bucketSecretName && {
          s3: storage.backup.s3,
          secretName: backups.bucketSecretName,
          ...{ proxy: network.proxy, proxySecretName: secrets.proxySecretName },
        },
    },
    onNodes,
  );

// 5. The application.
const release = new ChatbotRelease(
  "release",
  {
    namespace,
    backend: { ...config.backend, image: appImages.references.backend },
    frontend: { ...config.frontend, image: appImages.references.frontend },
    schemaVersion: builtSchemaVersion(config.images),
    secretNames: secrets.names,
    proxySecretName: secrets.proxySecretName,
    secretsRevision: secrets.revision,
    database: {
      ...database,
      image: config.images.postgres,
      claimName: volume.claimName,
      nodeSelector: dataNodes,
    },
    backup: {
      ...storage.backup,
      dataSize: storage.size,
      claimName: backups.claimName,
      bucketSecretName: backups.bucketSecretName,
    },
    network,
    ...ofAllPods,
    prometheus,
    nodePortHost: nodePortHost(target, connection?.nodeAddresses ?? []),
    telemetry: config.telemetry,
    openai: config.openai,
    smtp: config.smtp,
  },
  { ...onNodes, dependsOn: [...appImages.thirdParty, ...(instances ? [instances] : [])] },
);

// 6. Monitoring.
const monitoring = monitor(
  "monitoring",
  {
    settings: config.monitoring,
    namespace,
    namespaceName: config.cluster.namespace,
    revisionKey: secrets.revisionKey,
    images: config.images,
    ...ofAllPods,
    policies: network.policies,
    databaseOperator: database.mode === "operator" ? database.operator : undefined,
    mesh: monitoringMesh(network.mesh),
    backend: config.backend,
    frontend: config.frontend,
    storage,
  },
  onNodes,
);

// 7. Guards against destroying somebody else's objects: one for the data, one for everything.
const mark = { target, namespace, owner: cluster.owner };
const claims = pulumi.all([volume.claimName, backups.claimName]);
new OwnershipGuard("data-guard", { ...mark, claims }, { protect });
const everything = [cluster, appImages, secrets, volume, backups, instances, release, monitoring];
new OwnershipGuard("guard", mark, { dependsOn: everything.filter((each) => each !== undefined) });

// 8. Outputs.
export const url = release.url;
export { namespace };
export const images = appImages.facts;
export const { scans } = appImages;
export const portForward = pulumi.interpolate`kubectl --context ${target.context} --namespace ${namespace} port-forward service/frontend-service 8080:80`;
