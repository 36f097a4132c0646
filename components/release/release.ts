import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../../lib/fields.ts";
import type { SecretName, ValuesOf } from "../secrets/environment.ts";
import type { OpenaiSettings } from "../secrets/secrets.schema.ts";
import type { BackupsSettings, BucketSettings } from "../backups/backups.schema.ts";
import type { AppSettings } from "./apps.schema.ts";
import type { DatabaseSettings } from "./database.schema.ts";
import type { NetworkSettings } from "./network.schema.ts";
import { portOf } from "../../lib/url.ts";
import type { NodeLabels } from "../../lib/clusters.ts";
import { chartHash } from "./chart-hash.ts";
import type { ImageReference } from "../../lib/image-reference.ts";
import { parseReference } from "../../lib/image-reference.ts";

/** Settings of one of the two parts. */
export interface AppArgs extends AppSettings {
  readonly image: pulumi.Input<ImageReference>;
}

/** Arguments of {@link ChatbotRelease}. */
export interface ChatbotReleaseArgs {
  /** Namespace of the release. */
  readonly namespace: pulumi.Input<string>;
  readonly backend: AppArgs;
  readonly frontend: AppArgs;
  /** Names of the Secrets that exist already. */
  readonly secretNames: Readonly<Record<SecretName, pulumi.Input<string>>>;
  /** Rolls the backend, which reads all Secrets, when it changes. */
  readonly secretsRevision: pulumi.Input<string>;
  readonly database: WithSecrets<DatabaseSettings> & {
    /** Reference of the bundled Postgres's image. */
    readonly image: string;
    /** Rolls the bundled Postgres when it changes. */
    readonly secretsRevision: pulumi.Input<string>;
    /** Claim that holds the data of the bundled Postgres. */
    readonly claimName: pulumi.Input<string>;
    /** Labels of the nodes that the claim's volume can be on; default any. */
    readonly nodeSelector: NodeLabels | undefined;
  };
  readonly backup: Omit<BackupsSettings, "size" | "s3"> & {
    /** Bucket that each backup is copied to; its keys are in a Secret. */
    readonly s3?: Omit<BucketSettings, "accessKeyId" | "secretAccessKey"> | undefined;
    /** PVC that keeps the backups. */
    readonly claimName: pulumi.Input<string>;
    /** Secret with the bucket's keys. */
    readonly bucketSecretName?: pulumi.Input<string> | undefined;
  };
  readonly network: NetworkSettings;
  /** Namespace of a Prometheus Operator's Prometheus, which may read the metrics; undefined: none. */
  readonly prometheusNamespace?: string | undefined;
  /** Host under which a NodePort answers from outside; undefined while no cluster answers. */
  readonly nodePortHost: string | undefined;
  /** The model to ask; its key is in a Secret. */
  readonly openai: Omit<OpenaiSettings, "apiKey">;
}

/** Relative, because an absolute path would differ from machine to machine and show as a change. */
const chart = "./charts/todo-chatbot";

/** Seconds until a rollout counts as failed and is undone: image start, migration and spare. */
const timeoutSeconds = 180;

/** The application, as one Helm release that rolls back by itself when it does not get ready. */
export class ChatbotRelease extends pulumi.ComponentResource {
  /** Where the page opens, once its pods are ready; says so where the cluster gives no address. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: ChatbotReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:ChatbotRelease", name, {}, opts);

    const release = new k8s.helm.v3.Release(
      name,
      {
        name: "todo-chatbot",
        chart,
        namespace: args.namespace,
        values: releaseValues(args),
        atomic: true,
        cleanupOnFail: true,
        maxHistory: 5,
        timeout: timeoutSeconds,
        // Each template says which namespace it is for; a missing one must not be made by accident.
        createNamespace: false,
      },
      { parent: this },
    );

    this.url = this.#url(args, release);
    this.registerOutputs({ url: this.url });
  }

  #url(args: ChatbotReleaseArgs, release: k8s.helm.v3.Release): pulumi.Output<string> {
    const { network } = args;
    const { namespace } = release.status;
    switch (network.exposure) {
      case "nodePort":
        return namespace.apply(
          () => `http://${args.nodePortHost ?? noAddress}:${network.nodePort}`,
        );
      case "ingress": {
        const scheme = network.tlsSecretName === undefined ? "http" : "https";
        return namespace.apply(() => `${scheme}://${network.host}`);
      }
      case "gateway":
        return namespace.apply(() => `http://${network.host}`);
      case "loadBalancer": {
        const service = k8s.core.v1.Service.get(
          "frontend-service",
          pulumi.interpolate`${namespace}/frontend-service`,
          { parent: this },
        );
        return service.status.loadBalancer.ingress.apply((addresses) => {
          // Typed as always there, but a load balancer gets its address some time later, or never.
          const [address] = (addresses as typeof addresses | undefined) ?? [];
          return `http://${address?.hostname || address?.ip || noAddress}`;
        });
      }
    }
  }
}

/** Stands where the cluster has given no address. */
const noAddress = "<no address yet>";

/** The values that the chart gets: numbers, names and public settings; never a secret. */
function releaseValues(args: ChatbotReleaseArgs): Record<string, pulumi.Input<unknown>> {
  const { network, database, openai, secretNames } = args;
  const shared: ValuesOf<"app-config", string> = {
    NODE_ENV: "production",
    LOG_LEVEL: "info",
    HEALTH_CHECK_INTERVAL: "30s",
  };
  const backend: ValuesOf<"backend-config", string> = {
    ALLOWED_ORIGINS: "",
    OPENAI_BASE_URL: openai.baseUrl ?? "",
    OPENAI_MODEL: openai.model ?? "",
  };
  const frontend: ValuesOf<"frontend-config", string> = { API_URL: "" };
  const type = {
    nodePort: "NodePort",
    loadBalancer: "LoadBalancer",
    ingress: "ClusterIP",
    gateway: "ClusterIP",
  }[network.exposure];

  return {
    chartHash: chartHash(chart),
    secretsRevision: args.secretsRevision,
    config: shared,
    backend: {
      ...appValues(args.backend),
      config: { ...backend, LOG_LEVEL: args.backend.logLevel },
    },
    frontend: {
      ...appValues(args.frontend),
      config: { ...frontend, LOG_LEVEL: args.frontend.logLevel },
      service: { type, nodePort: type === "NodePort" ? network.nodePort : null },
    },
    database: {
      mode: database.mode,
      ...(database.mode === "external" && {
        // The port alone: the policy that lets the backend out has to know it.
        port: pulumi.unsecret(pulumi.output(database.url).apply(portOf)),
        caCertificate: database.caCertificate ?? "",
      }),
      keepBundled: database.keepBundled,
      // The chart refuses a claim that nothing would use.
      ...((database.mode === "bundled" || database.keepBundled) && {
        bundled: {
          image: parseReference(database.image),
          runAsUser: database.runAsUser,
          secretsRevision: database.secretsRevision,
          existingClaim: database.claimName,
          nodeSelector: database.nodeSelector,
        },
      }),
    },
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
      ...(args.prometheusNamespace !== undefined && {
        prometheus: {
          namespace: args.prometheusNamespace,
          podLabels: { "app.kubernetes.io/name": "prometheus" },
        },
      }),
    },
    ...(network.exposure === "ingress" && {
      ingress: {
        enabled: true,
        className: network.ingressClassName ?? "",
        host: network.host,
        tls: {
          enabled: network.tlsSecretName !== undefined,
          secretName: network.tlsSecretName ?? "",
        },
      },
    }),
    ...(network.exposure === "gateway" && {
      gateway: {
        enabled: true,
        parentRefs: [{ name: network.gatewayName }],
        hostname: network.host,
      },
    }),
    mesh: { mode: network.mesh },
  };
}

function backupValues({ backup, database }: ChatbotReleaseArgs) {
  const { schedule, keep, s3 } = backup;
  return {
    enabled: true,
    schedule: schedule === "manual" ? "" : schedule,
    keep,
    image: parseReference(database.image),
    runAsUser: database.runAsUser,
    existingClaim: backup.claimName,
    nodeSelector: database.nodeSelector ?? {},
    ...(s3 !== undefined && {
      s3: {
        endpoint: s3.endpoint,
        bucket: s3.bucket,
        prefix: s3.prefix ?? "",
        region: s3.region,
        caCertificate: s3.caCertificate ?? "",
        existingSecret: backup.bucketSecretName,
      },
    }),
  };
}

function appValues({ image, replicas, resources, autoscaling }: AppArgs) {
  return {
    image,
    replicaCount: replicas,
    resources,
    autoscaling,
  };
}
