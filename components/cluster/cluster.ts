import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterTarget } from "../../lib/clusters.ts";
import { clusterName } from "../../lib/clusters.ts";
import type { Connection } from "../../lib/kubernetes.ts";
import { partOf } from "../../lib/labels.ts";
import type { FoundNamespace } from "../../lib/ownership.ts";
import { annotations } from "../../lib/ownership.ts";
import type { GivenIdentity } from "../providers/identity.ts";
import { storedProvider } from "../providers/local.ts";

/** Arguments of {@link Cluster}. */
export interface ClusterArgs {
  /** The cluster to deploy to. */
  readonly target: ClusterTarget;
  /** Connection to it; undefined in a preview without a cluster. */
  readonly connection: Connection | undefined;
  /** Name of the application's namespace. */
  readonly namespace: string;
  /** The existing namespace; undefined when there is none, or no cluster answers. */
  readonly found: FoundNamespace | undefined;
  /** Name of the stack. */
  readonly stack: string;
  /** The stack's settings without secrets, recorded for `todo adopt`. */
  readonly settings: object;
  readonly isPreview: boolean;
  /** Whether destroy keeps the namespace, as it keeps the data. */
  readonly protect: boolean;
}

/**
 * The Kubernetes provider, bound to one context, and the namespace.
 *
 * The cluster's identity is stored in the state and compared at each update: a context is only a name
 * in a kubeconfig, and can refer to another cluster tomorrow.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Provider for all resources in the cluster. */
  public readonly provider: k8s.Provider;
  /** Name of the namespace, once it exists. */
  public readonly namespace: pulumi.Output<string>;
  /** ID that only this stack's state has; the namespace's mark. */
  public readonly owner: pulumi.Output<string>;
  /** Resolves when the cluster and the namespace are this stack's, and never otherwise. */
  public readonly accepted: Promise<unknown>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:Cluster", name, {}, opts);
    const { target, connection, protect } = args;

    const { found, isPreview } = args;
    const identity = new ClusterIdentity(
      `${name}-identity`,
      {
        ...{ target, found, isPreview, namespace: args.namespace },
        ...{ uid: connection?.uid, stack: args.stack },
      },
      { parent: this },
    );
    this.owner = identity.owner;
    // The URN, because a preview knows no other output of a new resource.
    this.accepted = new Promise((resolve) => identity.urn.apply(resolve));

    this.provider = new k8s.Provider(
      `${name}-provider`,
      {
        context: target.context,
        // Not derived from the address, which changes when the cluster is recreated.
        clusterIdentifier: `${target.kind}/${clusterName(target)}`,
        // Fixed names are a contract, so changed data must update the object in place.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
        // A killed update may have created objects that are not in its state.
        upsertExistingObjects: true,
        // Without a cluster, one that the provider does not wait for. Otherwise empty, not undefined: the
        // SDK would store $KUBECONFIG in the state, a path that differs between machines.
        kubeconfig: connection === undefined ? noCluster : "",
      },
      {
        parent: this,
        dependsOn: identity,
        // Keeps the kubeconfig in the state: the preview would show a change that no update makes.
        ignoreChanges: connection === undefined ? ["kubeconfig"] : [],
      },
    );

    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: args.namespace,
          annotations: {
            [annotations.owner]: identity.owner,
            [annotations.ownedBy]: identity.ownedBy,
            [annotations.settings]: JSON.stringify(args.settings),
          },
          labels: {
            ...partOf,
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      { parent: this, provider: this.provider, protect },
    );

    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace });
  }
}

/** A kubeconfig without a server. */
const noCluster = JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], contexts: [] });

/** The stack's cluster and namespace; refuses others with the same names. */
class ClusterIdentity extends pulumi.CustomResource {
  declare readonly owner: pulumi.Output<string>;
  declare readonly ownedBy: pulumi.Output<string>;

  constructor(name: string, args: GivenIdentity, opts: pulumi.CustomResourceOptions) {
    const __provider = storedProvider("identity");
    super(
      "pulumi-nodejs:dynamic/index:ClusterIdentity",
      name,
      { owner: undefined, ownedBy: undefined, ...args, __provider },
      opts,
    );
  }
}
