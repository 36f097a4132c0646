import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { SecretName, ValuesOf } from "../secrets/environment.ts";
import { portOf } from "../../lib/url.ts";
import type { NodeLabels } from "../../lib/clusters.ts";
import { chartHash } from "./chart-hash.ts";
import type { ImageReference } from "../../lib/image-reference.ts";
import { parseReference } from "../../lib/image-reference.ts";

/** Settings of one of the two parts. */
export interface AppArgs {
  readonly image: pulumi.Input<ImageReference>;
  /** Pods to run; not used with autoscaling. */
  readonly replicas: number;
  readonly resources: Resources;
  readonly autoscaling: {
    readonly enabled: boolean;
    readonly min: number;
    readonly max: number;
    /** Target, in percent of the requested CPU. */
    readonly cpuPercent: number;
  };
  readonly logLevel: string;
}

/** CPU in millicores (`100m`) and memory in mebibytes (`128Mi`). */
interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
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
  readonly database: {
    readonly mode: "bundled" | "external";
    /** Reference of the bundled Postgres's image. */
    readonly image: string;
    /** User id that Postgres runs as. */
    readonly runAsUser: number;
    /** Rolls the bundled Postgres when it changes. */
    readonly secretsRevision: pulumi.Input<string>;
    /** Claim that holds the data of the bundled Postgres. */
    readonly claimName: pulumi.Input<string>;
    /** Labels of the nodes that the claim's volume can be on; default any. */
    readonly nodeSelector: NodeLabels | undefined;
    /** Connection string of the external database. */
    readonly url?: pulumi.Output<string> | undefined;
    /** Certificates (PEM) of who signed the external database's; empty: the public authorities. */
    readonly caCertificate: string;
    /** Whether the bundled Postgres runs beside the external one. */
    readonly keepBundled: boolean;
  };
  readonly network: {
    readonly policies: boolean;
    readonly exposure: "nodePort" | "loadBalancer" | "ingress" | "gateway";
    readonly nodePort: number;
    readonly host: string;
    readonly tlsSecret: string;
    readonly className: string;
    readonly mesh: "none" | "istio" | "linkerd";
  };
  /** Namespace of a Prometheus Operator's Prometheus, which may read the metrics; undefined: none. */
  readonly prometheusNamespace?: string | undefined;
  /** Host under which a NodePort answers from outside; undefined while no cluster answers. */
  readonly nodePortHost: string | undefined;
  readonly openai: { readonly baseUrl: string; readonly model: string };
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
    const { exposure, host, nodePort, tlsSecret } = args.network;
    const { namespace } = release.status;
    switch (exposure) {
      case "nodePort":
        return namespace.apply(() => `http://${args.nodePortHost ?? noAddress}:${nodePort}`);
      case "ingress":
      case "gateway":
        return namespace.apply(() => `${tlsSecret === "" ? "http" : "https"}://${host}`);
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
    OPENAI_BASE_URL: openai.baseUrl,
    OPENAI_MODEL: openai.model,
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
      // The port alone: the policy that lets the backend out has to know it.
      port: database.url && pulumi.unsecret(database.url.apply(portOf)),
      caCertificate: database.caCertificate,
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
    ingress: {
      enabled: network.exposure === "ingress",
      className: network.exposure === "ingress" ? network.className : "",
      host: network.exposure === "ingress" ? network.host : "",
      tls: { enabled: network.tlsSecret !== "", secretName: network.tlsSecret },
    },
    gateway: {
      enabled: network.exposure === "gateway",
      parentRefs: network.exposure === "gateway" ? [{ name: network.className }] : [],
      hostname: network.exposure === "gateway" ? network.host : "",
    },
    mesh: { mode: network.mesh },
  };
}

function appValues({ image, replicas, resources, autoscaling }: AppArgs) {
  return {
    image,
    replicaCount: replicas,
    resources,
    autoscaling: {
      enabled: autoscaling.enabled,
      minReplicas: autoscaling.min,
      maxReplicas: autoscaling.max,
      targetCPUUtilizationPercentage: autoscaling.cpuPercent,
    },
  };
}
