import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterTarget } from "../../lib/clusters.ts";
import { clusterName } from "../../lib/clusters.ts";
import type { Connection } from "../../lib/kubernetes.ts";
import type { FoundNamespace } from "../../lib/ownership.ts";
import { annotations } from "../../lib/ownership.ts";
import type { GivenIdentity } from "../providers/identity.ts";
import { localProvider } from "../providers/local.ts";

/** Arguments of {@link Cluster}. */
export interface ClusterArgs {
  /** Where the stack goes. */
  readonly target: ClusterTarget;
  /** Who answers there; undefined in a preview without a cluster. */
  readonly connection: Connection | undefined;
  /** Name of the namespace that everything of the application lives in. */
  readonly namespace: string;
  /** The namespace as it is; undefined when there is none, or no cluster answers. */
  readonly found: FoundNamespace | undefined;
  /** Name of the stack. */
  readonly stack: string;
  /** The stack's settings without its secrets; who takes the deployment over needs them. */
  readonly settings: object;
  readonly isPreview: boolean;
  /** Whether destroy keeps the namespace, because it holds data. */
  readonly protect: boolean;
}

/**
 * The way into one cluster: the Kubernetes provider, bound to one context, and the namespace.
 *
 * The cluster's identity is kept in the state and compared at each update. Contexts are names
 * in a file on somebody's machine, and the same name can mean another cluster tomorrow.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Provider for all resources in the cluster. */
  public readonly provider: k8s.Provider;
  /** Name of the namespace, once it exists. */
  public readonly namespace: pulumi.Output<string>;
  /** Id that only this stack's state has, and the namespace as its mark. */
  public readonly owner: pulumi.Output<string>;
  /** Resolved when the cluster and the namespace are this stack's, and never otherwise. */
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
    // The URN, because a preview does not know more of a new resource.
    this.accepted = new Promise((resolve) => identity.urn.apply(resolve));

    this.provider = new k8s.Provider(
      `${name}-provider`,
      {
        context: target.context,
        // Not derived from the address, which changes when the cluster is made anew.
        clusterIdentifier: `${target.kind}/${clusterName(target)}`,
        // Names are a contract here, so changed data is an update and not a new object.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
        // An update that was killed may have made what its state does not know yet.
        upsertExistingObjects: true,
        // Without a cluster, one that the provider need not wait for. Empty otherwise: the SDK would
        // put $KUBECONFIG into the state, a path that differs from machine to machine.
        kubeconfig: connection === undefined ? noCluster : "",
      },
      {
        parent: this,
        dependsOn: identity,
        // The state's stays as it is: such a preview would show a change that no update makes.
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
            "app.kubernetes.io/part-of": "todo-chatbot",
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

/** A kubeconfig that names no server. */
const noCluster = JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], contexts: [] });

/** Which cluster and namespace the stack is in; refuses others of the same names. */
class ClusterIdentity extends pulumi.dynamic.Resource {
  declare readonly owner: pulumi.Output<string>;
  declare readonly ownedBy: pulumi.Output<string>;

  constructor(name: string, args: GivenIdentity, opts: pulumi.CustomResourceOptions) {
    const provider = localProvider("identity", ["check", "diff", "create", "update", "read"]);
    super(
      provider,
      name,
      { owner: undefined, ownedBy: undefined, ...args },
      opts,
      "index",
      "ClusterIdentity",
    );
  }
}
