import * as pulumi from "@pulumi/pulumi";

import type { NodeLabels } from "../../lib/clusters.ts";
import { nodePortAllowed } from "../../lib/clusters.ts";
import type { WithSecrets } from "../../lib/fields.ts";
import type { ImageReference } from "../../lib/image-reference.ts";
import { parseReference } from "../../lib/image-reference.ts";
import { cloudNativePg } from "../../lib/cloudnative-pg.ts";
import { urlHost } from "../../lib/url.ts";
import { publicPort } from "../public-port.ts";
import type { BackupsSettings, BucketSettings } from "../backups/backups.schema.ts";
import type { OperatorPrometheus } from "../monitoring/monitor.ts";
import type { SecretName, ValuesOf, VariablesOf } from "../secrets/environment.ts";
import type { OpenaiSettings, SmtpSettings } from "../secrets/secrets.schema.ts";
import type { AppSettings, BackendSettings, FrontendSettings } from "./apps.schema.ts";
import { chartHash } from "./chart-hash.ts";
import type { App, Backup, BundledDatabase, ChartValues, Service } from "./chart-values.gen.ts";
import type { DatabaseSettings } from "./database.schema.ts";
import type { NetworkSettings } from "./network.schema.ts";
import type { PodSettings, PodsSettings } from "./pods.schema.ts";
import type { TelemetrySettings } from "./telemetry.schema.ts";

interface Image {
  readonly image: pulumi.Input<ImageReference>;
}

type Bucket = Omit<BucketSettings, "accessKeyId" | "secretAccessKey">;

/** Inputs of the chart's values. */
export interface ReleaseSettings {
  readonly backend: BackendSettings & Image;
  /** Newest schema version that the backend's image knows; undefined: unknown. */
  readonly schemaVersion?: number | undefined;
  readonly frontend: FrontendSettings & Image;
  readonly pods: PodsSettings;
  /** Names of the existing Secrets. */
  readonly secretNames: Readonly<Record<SecretName, pulumi.Input<string>>>;
  /** Secret with the URL of the proxy; undefined: none. */
  readonly proxySecretName?: pulumi.Input<string> | undefined;
  /** Rolls the backend, which reads all Secrets, when it changes. */
  readonly secretsRevision: pulumi.Input<string>;
  readonly database: WithSecrets<DatabaseSettings> & {
    /** Reference of the bundled Postgres's image. */
    readonly image: string;
    /** PVC with the data of the bundled Postgres. */
    readonly claimName: pulumi.Input<string>;
    /** Labels of the nodes that the PVC's volume can be on; default: any. */
    readonly nodeSelector: NodeLabels | undefined;
  };
  readonly backup: Omit<BackupsSettings, "size" | "s3"> & {
    /** Bucket that each backup is copied to; its keys are in a Secret. */
    readonly s3?: Bucket | undefined;
    /** Size of the data's PVC, which limits the throwaway database of the drill. */
    readonly dataSize: string;
    /** PVC for the backups. */
    readonly claimName: pulumi.Input<string>;
    /** Secret with the bucket's keys. */
    readonly bucketSecretName?: pulumi.Input<string> | undefined;
  };
  readonly network: NetworkSettings;
  /** Secrets that all images are pulled with. */
  readonly pullSecrets?: readonly pulumi.Input<string>[];
  /** The operator's Prometheus that scrapes the metrics; undefined: none. */
  readonly prometheus?: OperatorPrometheus | undefined;
  readonly telemetry: TelemetrySettings;
  /** The language model; its key is in a Secret. */
  readonly openai: Omit<OpenaiSettings, "apiKey">;
  /** The mail server; its password is in a Secret. */
  readonly smtp: Omit<SmtpSettings, "password">;
}

/** Relative, because an absolute path differs between machines and would show as a change. */
export const chart = "./charts/todo-chatbot";

/** Partial values as Pulumi Inputs, at any depth. */
type Part<T> = { readonly [Key in keyof T]?: Given<T[Key]> | undefined };
type Given<T> = pulumi.Input<[T] extends [object] ? Part<T> : T>;

/** The chart's values: numbers, names and public settings, never a secret. */
export function releaseValues(args: ReleaseSettings): Part<ChartValues> {
  const { network, openai, prometheus, secretNames } = args;
  const shared = {
    NODE_ENV: "production" as const,
    LOG_LEVEL: "info" as const,
    HEALTH_CHECK_INTERVAL: args.pods.healthCheckInterval,
    OTEL_EXPORTER_OTLP_ENDPOINT: args.telemetry.otlpEndpoint ?? "",
  } satisfies ValuesOf<"app-config", string>;
  // Only what differs, so that pods of a plain installation stay when it is taken over.
  const ownLevel = ({ logLevel }: Pick<AppSettings, "logLevel">) =>
    logLevel === shared.LOG_LEVEL ? {} : { LOG_LEVEL: logLevel };
  const backend: ValuesOf<"backend-config", string> = {
    ALLOWED_ORIGINS: args.backend.allowedOrigins.join(","),
    OPENAI_BASE_URL: openai.baseUrl ?? "",
    OPENAI_MODEL: openai.model ?? "",
    OPENAI_FIRST_BYTE_TIMEOUT: openai.firstByteTimeout ?? "",
    DATABASE_POOL_SIZE: args.database.poolSize?.toString() ?? "",
    DATABASE_REPLICA_HOST: args.database.mode === "operator" ? cloudNativePg.replicas : "",
    ...mailConfig(args.smtp, network),
  };
  const frontend: ValuesOf<"frontend-config", string> = {
    API_URL: args.frontend.apiUrl ?? "",
    TRUST_PROXY: network.trustedProxies?.toString() ?? "",
  };

  return {
    chartHash: chartHash(chart),
    secretsRevision: args.secretsRevision,
    schemaVersion: args.schemaVersion,
    imagePullSecrets: [...(args.pullSecrets ?? [])],
    services: {
      ipFamilyPolicy: network.ipFamilyPolicy,
      ipFamilies: network.ipFamilies && [...network.ipFamilies],
    },
    config: shared,
    backend: {
      ...appValues(args.backend, args.pods),
      config: { ...backend, ...ownLevel(args.backend) },
    },
    frontend: {
      ...appValues(args.frontend, args.pods),
      config: { ...frontend, ...ownLevel(args.frontend) },
      service: serviceValues(network),
    },
    database: databaseValues(args),
    backup: backupValues(args),
    secrets: {
      create: false,
      names: {
        database: secretNames["database-secret"],
        apiKeys: secretNames["api-keys-secret"],
        auth: secretNames["auth-secret"],
        dbCredentials: secretNames["db-credentials"],
      },
    },
    networkPolicy: {
      enabled: network.policies,
      prometheus: prometheus && {
        namespace: prometheus.namespace,
        podLabels: { "app.kubernetes.io/name": "prometheus" },
      },
    },
    metrics: prometheus && { serviceMonitor: monitorValues(prometheus) },
    ingress: ingressValues(network),
    gateway: gatewayValues(network),
    mesh: { mode: network.mesh, mutualTls: network.meshMutualTls },
    proxy: network.proxy && proxyValues(network.proxy, args.proxySecretName),
  };
}

function appValues(
  { image, replicas, resources, autoscaling, env, envFromSecrets, pods }: AppSettings & Image,
  all: PodSettings,
): Part<App> {
  const extraEnv = [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(envFromSecrets).map(([name, reference]) => {
      const [secret = "", key = ""] = reference.split("/");
      return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
    }),
  ];
  return {
    ...{ image, replicaCount: replicas, resources, autoscaling },
    ...podValues({ ...all, ...pods }),
    ...(extraEnv.length > 0 && { extraEnv }),
  };
}

/** @param nodes labels of the nodes that a volume is on */
function podValues(
  { annotations, nodeSelector, tolerations, affinity, priorityClassName }: PodSettings,
  nodes?: NodeLabels,
) {
  return {
    podAnnotations: annotations,
    nodeSelector: (nodeSelector ?? nodes) && { ...nodeSelector, ...nodes },
    tolerations,
    affinity,
    priorityClassName,
  };
}

const serviceTypes = {
  nodePort: "NodePort",
  loadBalancer: "LoadBalancer",
  ingress: "ClusterIP",
  gateway: "ClusterIP",
} as const;

function serviceValues(network: NetworkSettings): Part<Service> {
  const { exposure, nodePort, serviceAnnotations } = network;
  const isAllowed = exposure === "nodePort" && network.allowNodePort;
  return {
    type: serviceTypes[exposure],
    nodePort: exposure === "nodePort" ? nodePort : null,
    annotations: isAllowed
      ? { ...serviceAnnotations, [nodePortAllowed]: "true" }
      : serviceAnnotations,
  };
}

/** Name of the Secret that cert-manager writes a certificate to, unless the settings have another. */
const issuedSecretName = "frontend-tls";

type Certificate = Pick<
  Extract<NetworkSettings, { exposure: "ingress" }>,
  "tlsSecretName" | "clusterIssuer" | "issuer"
>;

/** The certificate of an Ingress or a Gateway, and the annotations that cert-manager reads. */
function certificateValues({ tlsSecretName, clusterIssuer, issuer }: Certificate) {
  const isIssued = clusterIssuer !== undefined || issuer !== undefined;
  const secretName = tlsSecretName ?? (isIssued ? issuedSecretName : "");
  return {
    tls: { enabled: secretName !== "", secretName },
    annotations: {
      ...(clusterIssuer !== undefined && { "cert-manager.io/cluster-issuer": clusterIssuer }),
      ...(issuer !== undefined && { "cert-manager.io/issuer": issuer }),
    },
  };
}

/**
 * URL of the web UI; undefined if it depends on what the cluster assigns.
 *
 * @param nodePortHost host for NodePorts from outside the cluster
 */
export function webUrl(network: NetworkSettings, nodePortHost: string): string | undefined {
  if (network.exposure === "loadBalancer") return undefined;
  if (network.exposure === "nodePort") return `http://${urlHost(nodePortHost)}:${network.nodePort}`;
  const isHttps =
    certificateValues(network).tls.enabled || (network.exposure === "gateway" && network.https);
  return `${isHttps ? "https" : "http"}://${network.host}`;
}

/** Without a mail server, nothing sends mails with links. */
function mailConfig(
  smtp: ReleaseSettings["smtp"],
  network: NetworkSettings,
): Readonly<Record<MailVariable, string>> {
  const hasHost = network.exposure === "ingress" || network.exposure === "gateway";
  const publicUrl = network.publicUrl ?? (hasHost ? webUrl(network, network.host) : "");
  const isSent = smtp.host !== undefined;
  return {
    PUBLIC_URL: (isSent && publicUrl) || "",
    SMTP_HOST: smtp.host ?? "",
    SMTP_PORT: smtp.port?.toString() ?? "",
    SMTP_TLS: isSent ? smtp.tls : "",
    SMTP_USER: smtp.user ?? "",
    SMTP_FROM: smtp.from ?? "",
    SMTP_CA_CERTIFICATE: smtp.caCertificate ?? "",
  };
}
type MailVariable = Extract<VariablesOf<"backend-config">, "PUBLIC_URL" | `SMTP_${string}`>;

function ingressValues(network: NetworkSettings): Part<ChartValues["ingress"]> | undefined {
  if (network.exposure !== "ingress") return undefined;
  const { host, ingressClassName = "", ingressAnnotations } = network;
  const { tls, annotations } = certificateValues(network);
  return {
    ...{ enabled: true, className: ingressClassName, host, tls },
    annotations: { ...ingressAnnotations, ...annotations },
  };
}

function gatewayValues(network: NetworkSettings): Part<ChartValues["gateway"]> | undefined {
  if (network.exposure !== "gateway") return undefined;
  const { host, gatewayName: name, gatewayNamespace, gatewayClassName } = network;
  if (name === undefined) {
    const created = { enabled: true, className: gatewayClassName ?? "", hostname: host };
    return { ...created, ...certificateValues(network) };
  }
  const listener = (sectionName: string | undefined) => ({
    name,
    ...(gatewayNamespace !== undefined && { namespace: gatewayNamespace }),
    ...(sectionName !== undefined && { sectionName }),
  });
  const { sectionName, redirectSectionName } = network;
  return {
    ...{ enabled: true, parentRefs: [listener(sectionName)], hostname: host },
    ...(redirectSectionName !== undefined && {
      redirectParentRefs: [listener(redirectSectionName)],
    }),
  };
}

function proxyValues(
  { url, noProxy = "" }: NonNullable<NetworkSettings["proxy"]>,
  existingSecret: pulumi.Input<string> | undefined,
): Part<ChartValues["proxy"]> {
  // Only the port, for the egress policies.
  return { existingSecret, port: publicPort(url), noProxy };
}

function monitorValues({
  labels,
  metricRelabelings,
}: OperatorPrometheus): Part<ChartValues["metrics"]["serviceMonitor"]> {
  return { enabled: true, labels, metricRelabelings: [...metricRelabelings] };
}

function databaseValues({ database, pods }: ReleaseSettings): Part<ChartValues["database"]> {
  const { mode, keepBundled } = database;
  // The chart refuses a PVC that nothing uses.
  const bundled = mode === "bundled" || keepBundled ? bundledValues(database, pods) : undefined;
  if (mode === "bundled") return { mode, keepBundled, bundled };
  if (mode === "operator") {
    const { port, caSecret, podLabels } = cloudNativePg;
    return { mode: "external", keepBundled, port, caSecret, podSelector: podLabels, bundled };
  }
  const { url, caCertificate = "" } = database;
  // Only the port, for the backend's egress policy.
  const port = url === undefined ? database.port : publicPort(url);
  return { mode, keepBundled, port, caCertificate, bundled };
}

function bundledValues(
  database: ReleaseSettings["database"],
  all: PodSettings,
): Part<BundledDatabase> {
  return {
    image: parseReference(database.image),
    runAsUser: database.runAsUser,
    existingClaim: database.claimName,
    ...podValues({ ...all, ...database.pods }, database.nodeSelector),
  };
}

function backupValues({ backup, database, pods }: ReleaseSettings): Part<Backup> {
  const { schedule, keep, keepDaily, keepWeekly, keepMonthly, s3 } = backup;
  return {
    enabled: true,
    schedule: schedule === "manual" ? "" : schedule,
    keep,
    keepDaily,
    keepWeekly,
    keepMonthly,
    drill: {
      schedule: backup.drill.schedule === "manual" ? "" : backup.drill.schedule,
      resources: { limits: { "ephemeral-storage": backup.dataSize } },
    },
    image: parseReference(database.image),
    runAsUser: database.runAsUser,
    existingClaim: backup.claimName,
    ...podValues(pods, database.nodeSelector),
    s3: s3 && bucketValues(s3, backup.bucketSecretName),
  };
}

function bucketValues(
  { endpoint, bucket, region, prefix = "", caCertificate = "", recipients }: Bucket,
  existingSecret: pulumi.Input<string> | undefined,
): Part<Backup["s3"]> {
  return {
    ...{ endpoint, bucket, prefix, region, caCertificate, existingSecret },
    recipients: [...recipients],
  };
}
