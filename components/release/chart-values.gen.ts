// Generated from charts/todo-chatbot/values.schema.json by npm run generate; don't edit.

export type OptionalObjectName = string;
export type ObjectName = string;
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";
/**
 * A tag that is never moved: not latest; empty only beside a digest.
 */
export type Tag = string;
export type Digest = string;
export type PullPolicy = "Always" | "IfNotPresent" | "Never";
export type ReplicaCount = number;
export type Port = number;
/**
 * From 1024 on: the container's user may not listen below.
 */
export type ContainerPort = number;
/**
 * Cores (0.5) or thousandths of a core (500m).
 */
export type Cpu = string | number;
/**
 * A number of bytes with a unit, such as 128Mi (2^20) or 1G (10^9).
 */
export type Bytes = string;
export type VariableName = string;
export type ExtraEnv = {
  name: VariableName;
  value?: string;
  /**
   * As in the Kubernetes API: secretKeyRef, configMapKeyRef, fieldRef or resourceFieldRef.
   */
  valueFrom?: {
    secretKeyRef?: KeyRef;
    configMapKeyRef?: KeyRef;
    fieldRef?: {
      fieldPath: string;
    };
    resourceFieldRef?: {
      resource: string;
      divisor?: string;
      containerName?: string;
    };
  };
}[];
export type Tolerations = {
  key?: string;
  operator?: "Equal" | "Exists";
  value?: string;
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  tolerationSeconds?: number;
}[];
/**
 * Certificates in PEM.
 */
export type CaCertificate = string;
/**
 * Not 0: no container runs as root.
 */
export type User = number;
/**
 * Lowercase letters, digits and underscores, so that it needs no quotes in SQL and in addresses.
 */
export type SqlName = string;
/**
 * Five fields, such as 0 3 * * *, or a name, such as @daily; empty for none.
 */
export type Schedule = string;
/**
 * A host name; a first label of * stands for all.
 */
export type OptionalHost = string;
export type ParentRefs = {
  name: ObjectName;
  namespace?: ObjectName;
  sectionName?: ObjectName;
  port?: Port;
}[];

export interface ChartValues {
  /**
   * Helm adds this key when the chart is a part of another one; it is not used.
   */
  global?: {};
  /**
   * A parent chart may use this key as the condition of the dependency; it is not used.
   */
  enabled?: boolean;
  /**
   * Lowercase letters, digits and dashes, beginning with a letter, at most 30 characters.
   */
  namePrefix: string;
  /**
   * Lowercase letters, digits and dashes, beginning with a letter, at most 29 characters.
   */
  fullnameOverride: string;
  /**
   * The value of a label.
   */
  nameOverride: string;
  services: {
    ipFamilyPolicy: "" | "SingleStack" | "PreferDualStack" | "RequireDualStack";
    ipFamilies: ("IPv4" | "IPv6")[];
  };
  serviceAccount: {
    create: boolean;
    name: OptionalObjectName;
    annotations: Annotations;
    automount: boolean;
  };
  chartHash: string;
  secretsRevision: string;
  schemaVersion: number;
  imagePullSecrets: ObjectName[];
  config: {
    NODE_ENV: "production" | "development" | "test";
    LOG_LEVEL: LogLevel;
    /**
     * Whole seconds from 5s to 300s.
     */
    HEALTH_CHECK_INTERVAL: string;
    [k: string]: string | "production" | "development" | "test" | LogLevel;
  };
  backend: App;
  frontend: App;
  database: {
    mode: "external" | "bundled";
    url: string;
    port?: null | Port;
    caCertificate: CaCertificate;
    caSecret: OptionalObjectName;
    podSelector: Labels;
    keepBundled: boolean;
    bundled: BundledDatabase;
  };
  backup: Backup;
  apiKeys: {
    openaiApiKey: string;
    smtpPassword: string;
    jwtSecretKey: string;
    jwtSecretKeyPrevious: string;
  };
  secrets: {
    create: boolean;
    names: {
      database: OptionalObjectName;
      apiKeys: OptionalObjectName;
      auth: OptionalObjectName;
      dbCredentials: OptionalObjectName;
    };
  };
  metrics: {
    frontendPort: ContainerPort;
    serviceMonitor: {
      enabled: boolean;
      labels: Labels;
      metricRelabelings: {}[];
    };
  };
  shutdown: {
    preStopSeconds: number;
    gracePeriodSeconds: number;
  };
  networkPolicy: {
    enabled: boolean;
    dnsNamespace: ObjectName;
    prometheus: {
      namespace: OptionalObjectName;
      podLabels: Labels;
    };
  };
  proxy: {
    existingSecret: OptionalObjectName;
    port?: null | Port;
    noProxy: string;
  };
  ingress: {
    enabled: boolean;
    className: OptionalObjectName;
    host: OptionalHost;
    tls: Tls;
    annotations: Annotations;
  };
  gateway: {
    enabled: boolean;
    parentRefs: ParentRefs;
    redirectParentRefs: ParentRefs;
    className: OptionalObjectName;
    annotations: Annotations;
    hostname: OptionalHost;
    tls: Tls;
  };
  mesh: {
    mode: "none" | "istio" | "istio-ambient" | "linkerd";
    mutualTls: "permissive" | "strict";
    controlPlaneNamespace: OptionalObjectName;
  };
}
export interface Annotations {
  [k: string]: string;
}
export interface App {
  image: Image;
  replicaCount: ReplicaCount;
  autoscaling: Autoscaling;
  service: Service;
  resources: Resources;
  config: Variables;
  extraEnv: ExtraEnv;
  podAnnotations: Annotations;
  podLabels: Labels;
  nodeSelector: Labels;
  tolerations: Tolerations;
  affinity: Affinity;
  priorityClassName: OptionalObjectName;
}
export interface Image {
  /**
   * Name of the image without a tag or digest; a registry and its port may come first.
   */
  repository: string;
  tag: Tag;
  digest: Digest;
  pullPolicy: PullPolicy;
}
export interface Autoscaling {
  enabled: boolean;
  minReplicas: number;
  maxReplicas: number;
  /**
   * Of the request, which a pod may exceed up to its limit.
   */
  targetCPUUtilizationPercentage: number;
  scaleDownStabilizationWindowSeconds: number;
}
export interface Service {
  type: "ClusterIP" | "NodePort" | "LoadBalancer";
  port: Port;
  targetPort: ContainerPort;
  nodePort?: null | number;
  annotations: Annotations;
}
export interface Resources {
  requests: Quantities;
  limits: Quantities;
}
export interface Quantities {
  cpu: Cpu;
  memory: Bytes;
  "ephemeral-storage"?: Bytes;
}
export interface Variables {
  LOG_LEVEL?: LogLevel;
  [k: string]: string | LogLevel | undefined;
}
export interface KeyRef {
  name: ObjectName;
  key: string;
  optional?: boolean;
}
export interface Labels {
  [k: string]: string;
}
/**
 * As in the Kubernetes API.
 */
export interface Affinity {
  nodeAffinity?: {};
  podAffinity?: {};
  podAntiAffinity?: {};
}
export interface BundledDatabase {
  image: Image;
  diskGuard: {
    /**
     * MiB; Postgres writes its log in files of 16.
     */
    minimumFreeMiB: number;
    resources: Resources;
  };
  runAsUser: User;
  user: SqlName;
  name: SqlName;
  password: string;
  existingClaim: OptionalObjectName;
  storage: Storage;
  resources: Resources;
  extraEnv: ExtraEnv;
  podAnnotations: Annotations;
  podLabels: Labels;
  nodeSelector: Labels;
  tolerations: Tolerations;
  affinity: Affinity;
  priorityClassName: OptionalObjectName;
}
export interface Storage {
  className: OptionalObjectName;
  size: Bytes;
  /**
   * @minItems 1
   */
  accessModes: [
    "ReadWriteOnce" | "ReadWriteOncePod" | "ReadWriteMany",
    ...("ReadWriteOnce" | "ReadWriteOncePod" | "ReadWriteMany")[],
  ];
}
export interface Backup {
  enabled: boolean;
  schedule: Schedule;
  keep: number;
  keepDaily: number;
  keepWeekly: number;
  keepMonthly: number;
  drill: {
    schedule: Schedule;
    resources: Resources;
  };
  image: OptionalImage;
  runAsUser?: null | User;
  existingClaim: OptionalObjectName;
  storage: Storage;
  s3: {
    /**
     * An http or https URL.
     */
    endpoint: string;
    bucket: string;
    prefix: string;
    region: string;
    caCertificate: CaCertificate;
    existingSecret: OptionalObjectName;
    /**
     * Public keys of age.
     */
    recipients: string[];
  };
  resources: Resources;
  podAnnotations: Annotations;
  podLabels: Labels;
  nodeSelector: Labels;
  tolerations: Tolerations;
  affinity: Affinity;
  priorityClassName: OptionalObjectName;
}
export interface OptionalImage {
  repository: string;
  tag: Tag;
  digest: Digest;
  pullPolicy: PullPolicy;
}
export interface Tls {
  enabled: boolean;
  secretName: OptionalObjectName;
}
