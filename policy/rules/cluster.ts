import type { V1PolicyRule } from "@kubernetes/client-node";

import { nodePortAllowed } from "../../lib/clusters.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { nameOf } from "../../lib/manifest.ts";
import type { Content, Fault, Rule } from "../model.ts";
import { eachObject, eachResource, podsOf, selects } from "../model.ts";

/** Cluster-scoped kinds. */
const clusterWide = [
  "Namespace",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "GatewayClass",
  "IngressClass",
  "PersistentVolume",
  "PriorityClass",
  "StorageClass",
];

const inSameNamespace = (a: Manifest, b: Manifest) => a.metadata.namespace === b.metadata.namespace;

interface RoleBinding extends Manifest {
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

/** Whether a ServiceAccount has a role, so that its token is of use. */
function isBound(account: string, owner: Manifest, objects: readonly Manifest[]): boolean {
  return objects.some(
    (object) =>
      /^(Cluster)?RoleBinding$/.test(object.kind) &&
      (object.kind === "ClusterRoleBinding" || inSameNamespace(object, owner)) &&
      (object as RoleBinding).subjects?.some(
        ({ kind, name }) => kind === "ServiceAccount" && name === account,
      ),
  );
}

/** Whether a role only allows reading nodes, which are cluster-scoped. */
function isAboutNodes(roleRef: unknown, objects: readonly Manifest[]): boolean {
  const { name } = (roleRef ?? {}) as { name?: string };
  const role = objects.find(
    ({ kind, metadata }) => kind === "ClusterRole" && metadata.name === name,
  );
  const rules = role?.["rules"] as readonly V1PolicyRule[] | undefined;
  return (
    rules?.every(
      ({ resources = [], verbs }) =>
        resources.length > 0 &&
        resources.every((resource) => ["nodes", "nodes/metrics"].includes(resource)) &&
        verbs.every((verb) => ["get", "list", "watch"].includes(verb)),
    ) ?? false
  );
}

interface NetworkPolicy extends Manifest {
  readonly spec: { readonly podSelector?: unknown; readonly policyTypes?: readonly string[] };
}
interface Scaled extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxUnavailable?: number | string };
    };
  };
}
interface Autoscaler extends Manifest {
  readonly spec: { readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
}
interface Budget extends Manifest {
  readonly spec: { readonly selector?: unknown };
}

const ofKind = <T extends Manifest>({ objects }: Content, kind: string): T[] =>
  objects.filter((object): object is T => object.kind === kind);

/** Deployments with more than one pod, and whether they are autoscaled. */
function* scaled(content: Content): Generator<{ deployment: Scaled; isAutoscaled: boolean }> {
  const autoscalers = ofKind<Autoscaler>(content, "HorizontalPodAutoscaler");
  for (const deployment of ofKind<Scaled>(content, "Deployment")) {
    const isAutoscaled = autoscalers.some(
      ({ spec: { scaleTargetRef: target }, ...autoscaler }) =>
        target.kind === "Deployment" &&
        target.name === deployment.metadata.name &&
        inSameNamespace(autoscaler, deployment),
    );
    if (isAutoscaled || (deployment.spec.replicas ?? 1) > 1) yield { deployment, isAutoscaled };
  }
}

export const clusterRules: readonly Rule[] = [
  {
    name: "explicit-provider",
    description: "Every Kubernetes resource has an explicit provider that is bound to one cluster.",
    scope: "resource",
    *check(content, config) {
      yield* eachResource(/^kubernetes:/, function* ({ provider }) {
        if (provider === "" || /^default(_|$)/.test(provider)) {
          yield "has no explicit provider, so it would be created in the kubeconfig's current context. Set its provider to the cluster's.";
        }
      })(content, config);
      yield* eachResource(/^pulumi:providers:kubernetes$/, function* ({ name, inputs }) {
        if (/^default(_|$)/.test(name)) return;
        for (const input of ["context", "clusterIdentifier"]) {
          if (!inputs[input]) {
            yield `has no ${input}, so it could point at another cluster tomorrow. Set it.`;
          }
        }
      })(content, config);
    },
  },
  {
    name: "named-namespace",
    description: "Every object sets its namespace explicitly, and none uses `default`.",
    scope: "resource",
    check: eachObject(function* ({ kind, metadata }) {
      if (clusterWide.includes(kind)) return;
      if (metadata.namespace === undefined || metadata.namespace === "default") {
        yield `is in ${metadata.namespace === undefined ? "no explicit namespace" : "the namespace default"}. Set metadata.namespace.`;
      }
    }),
  },
  {
    name: "restricted-namespace",
    description: "Every namespace enforces the Pod Security Standard `restricted`.",
    scope: "resource",
    check: eachObject(function* ({ kind, metadata }) {
      const label = "pod-security.kubernetes.io/enforce";
      const level = metadata.labels?.[label];
      if (kind === "Namespace" && level !== "restricted") {
        yield `has the label ${label}: ${level ?? "missing"}; it must be restricted.`;
      }
    }),
  },
  {
    name: "no-node-port",
    description:
      "Node ports are only used on local clusters, or where network.allowNodePort is set.",
    scope: "resource",
    check: eachObject(function* ({ kind, metadata, spec }, { cluster }) {
      const { type, externalIPs } = (spec ?? {}) as { type?: string; externalIPs?: unknown };
      if (kind !== "Service") return;
      const isAllowed = metadata.annotations?.[nodePortAllowed] === "true";
      if (type === "NodePort" && !isAllowed && !/^(kind|minikube)\//.test(cluster)) {
        yield `opens a port on every node of ${cluster || "an unknown cluster"}. Set network.exposure to loadBalancer, ingress or gateway, or network.allowNodePort to true.`;
      }
      if (externalIPs !== undefined) {
        yield "has externalIPs, which can intercept traffic for other addresses. Remove them.";
      }
    }),
  },
  {
    name: "least-privilege",
    description:
      "Roles have no wildcards, don't allow reading Secrets, and are namespaced, unless they are about cluster-scoped resources only.",
    scope: "stack",
    check: eachObject(function* ({ kind, rules, roleRef }, { objects }) {
      if (kind === "ClusterRoleBinding" && !isAboutNodes(roleRef, objects)) {
        yield "binds a role cluster-wide. Use a RoleBinding.";
      }
      const bound = roleRef as { kind?: string; name?: string } | undefined;
      if (bound !== undefined && /^(cluster-)?admin$|^edit$/.test(bound.name ?? "")) {
        yield `binds ${String(bound.name)}. Create a Role with only the required permissions.`;
      }
      if (!/^(Cluster)?Role$/.test(kind)) return;
      for (const rule of (rules ?? []) as readonly V1PolicyRule[]) {
        const { apiGroups = [], resources = [], verbs } = rule;
        if ([...apiGroups, ...resources, ...verbs].includes("*")) {
          yield `has a wildcard: ${JSON.stringify(rule)}. List the API groups, resources and verbs.`;
        }
        if (resources.includes("secrets"))
          yield "allows access to Secrets. Mount the required Secret instead.";
        const rise = verbs.filter((verb) => ["escalate", "bind", "impersonate"].includes(verb));
        if (rise.length > 0)
          yield `allows ${rise.join(", ")}, which allows privilege escalation. Remove it.`;
      }
    }),
  },
  {
    name: "no-service-account-token",
    description: "Only pods whose ServiceAccount has a role mount its token.",
    scope: "stack",
    *check({ objects }): Generator<Fault> {
      for (const { owner, spec } of podsOf(objects)) {
        const account = spec.serviceAccountName ?? "default";
        if (spec.automountServiceAccountToken !== false && !isBound(account, owner, objects)) {
          yield {
            subject: nameOf(owner),
            message: `mounts the token of ServiceAccount ${account}, which has no role. Set automountServiceAccountToken: false.`,
          };
        }
      }
      for (const object of objects) {
        if (object.kind === "ServiceAccount" && object["automountServiceAccountToken"] !== false) {
          yield {
            subject: nameOf(object),
            message:
              "mounts its token into every pod. Set automountServiceAccountToken: false, and true in the pod that needs it.",
          };
        }
      }
    },
  },
  {
    name: "network-policies",
    description: "Every pod is selected by NetworkPolicies for ingress and egress.",
    scope: "stack",
    *check(content): Generator<Fault> {
      const policies = ofKind<NetworkPolicy>(content, "NetworkPolicy");
      for (const { owner, labels } of podsOf(content.objects)) {
        for (const direction of ["Ingress", "Egress"]) {
          const isGuarded = policies.some(
            (policy) =>
              inSameNamespace(policy, owner) &&
              (policy.spec.policyTypes ?? ["Ingress"]).includes(direction) &&
              selects(policy.spec.podSelector, labels),
          );
          if (!isGuarded) {
            yield {
              subject: nameOf(owner),
              message: `has pods that no NetworkPolicy selects for ${direction}. Set network.policies: true, or add one.`,
            };
          }
        }
      }
    },
  },
  {
    name: "rolling-updates",
    description:
      "Workloads with several pods keep all of them available in an update, have a PodDisruptionBudget, and leave replicas to their autoscaler.",
    scope: "stack",
    *check(content): Generator<Fault> {
      const budgets = ofKind<Budget>(content, "PodDisruptionBudget");
      for (const { deployment, isAutoscaled } of scaled(content)) {
        const subject = nameOf(deployment);
        const { strategy, replicas } = deployment.spec;
        if (
          strategy?.type === "Recreate" ||
          Number(strategy?.rollingUpdate?.maxUnavailable) !== 0
        ) {
          yield {
            subject,
            message: `stops pods before new ones are ready: strategy is ${JSON.stringify(strategy ?? {})}. Set rollingUpdate.maxUnavailable: 0.`,
          };
        }
        if (isAutoscaled && replicas !== undefined) {
          yield {
            subject,
            message: `sets replicas: ${replicas}, which conflicts with its autoscaler at each update. Remove it.`,
          };
        }
        const [pod] = podsOf([deployment]);
        const hasBudget = budgets.some(
          (budget) =>
            inSameNamespace(budget, deployment) && selects(budget.spec.selector, pod?.labels ?? {}),
        );
        if (!hasBudget) {
          yield {
            subject,
            message:
              "has no PodDisruptionBudget: draining a node may stop all of its pods. Add one.",
          };
        }
      }
    },
  },
];
