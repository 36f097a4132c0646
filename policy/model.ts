import type { V1Container, V1PodSpec } from "@kubernetes/client-node";

import type { Manifest } from "../lib/manifest.ts";
import { nameOf } from "../lib/manifest.ts";
import type { ProgramResource } from "../render/program.ts";
import type { StackContent } from "../render/stack-manifests.ts";

/** What rules look at: a whole stack, or one resource of it. */
export interface Content {
  /** The objects that would be in the cluster. */
  readonly objects: readonly Manifest[];
  /** The resources that the program registers. */
  readonly resources: readonly Resource[];
  /** Where it goes, like `kind/todo-chatbot`: the provider's clusterIdentifier; empty: unknown. */
  readonly cluster: string;
}

/** A rendered stack, as the rules look at it. */
export function contentForPolicies({ resources, objects }: StackContent): Content {
  const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  const cluster = provider?.inputs["clusterIdentifier"];
  return { resources, objects, cluster: typeof cluster === "string" ? cluster : "" };
}

/** What rules read of a resource. */
export type Resource = Pick<
  ProgramResource,
  "type" | "name" | "provider" | "protect" | "inputs" | "secrets"
>;

/** One thing that is wrong. */
export interface Fault {
  /** The object or resource, like `Deployment/backend-deployment`. */
  readonly subject: string;
  /** What is wrong, with the value, and how to fix it; never a secret. */
  readonly message: string;
}

/** Settings of one rule, by name. */
export type RuleConfig = Readonly<Record<string, number | readonly string[]>>;

/** One thing that must hold. Rules are pure. */
export interface Rule {
  /** Like `no-moving-tags`; the policy pack's and the messages' name for it. */
  readonly name: string;
  /** What holds, in one sentence. */
  readonly description: string;
  /** Whether one resource alone tells; `stack`: only all of them together do. */
  readonly scope: "resource" | "stack";
  /** Settings with their defaults. */
  readonly config?: RuleConfig;
  readonly check: (content: Content, config: RuleConfig) => Iterable<Fault>;
}

/** A pod, wherever it is described. */
export interface Pod {
  /** The object that makes it. */
  readonly owner: Manifest;
  readonly spec: V1PodSpec;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it runs until it is told to stop, other than a Job's pods and Helm's tests. */
  readonly isLasting: boolean;
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: V1PodSpec;
}

/** Where each kind of object keeps its pods' template. */
const templates: Readonly<Record<string, (manifest: Manifest) => PodTemplate | undefined>> = {
  Pod: (manifest) => manifest,
  Deployment: templateIn,
  StatefulSet: templateIn,
  DaemonSet: templateIn,
  ReplicaSet: templateIn,
  ReplicationController: templateIn,
  Job: templateIn,
  CronJob: ({ spec }) => templateIn((spec as { jobTemplate?: object }).jobTemplate ?? {}),
};

function templateIn(owner: object): PodTemplate | undefined {
  return (owner as { spec?: { template?: PodTemplate } }).spec?.template;
}

/** The pods that objects make, one for each that makes any. */
export function podsOf(objects: readonly Manifest[]): Pod[] {
  return objects.flatMap((owner) => {
    const template = templates[owner.kind]?.(owner);
    if (template?.spec === undefined) return [];
    const isHook = owner.metadata.annotations?.["helm.sh/hook"] !== undefined;
    return {
      owner,
      spec: template.spec,
      labels: template.metadata?.labels ?? {},
      isLasting: !isHook && !["Job", "CronJob"].includes(owner.kind),
    };
  });
}

/** A container, its place in the pod, and whether it runs as long as the pod. */
export interface PlacedContainer extends Pod {
  readonly container: V1Container;
}

/** All containers of all pods. */
export function containersOf(objects: readonly Manifest[]): PlacedContainer[] {
  return podsOf(objects).flatMap((pod) => [
    ...(pod.spec.initContainers ?? []).map((container) => ({
      ...pod,
      container,
      // With this policy it is a sidecar; any other one ends before the pod's own begin.
      isLasting: pod.isLasting && container.restartPolicy === "Always",
    })),
    ...pod.spec.containers.map((container) => ({ ...pod, container })),
  ]);
}

/** A rule about each object alone. */
export function eachObject(
  faultsOf: (object: Manifest, content: Content, config: RuleConfig) => Iterable<string>,
): Rule["check"] {
  return function* (content, config) {
    for (const object of content.objects) {
      for (const message of faultsOf(object, content, config)) {
        yield { subject: nameOf(object), message };
      }
    }
  };
}

/** A rule about each pod alone. */
export function eachPod(faultsOf: (pod: Pod) => Iterable<string>): Rule["check"] {
  return function* ({ objects }) {
    for (const pod of podsOf(objects)) {
      for (const message of faultsOf(pod)) yield { subject: nameOf(pod.owner), message };
    }
  };
}

/** A rule about each container alone; its messages begin with the container's name. */
export function eachContainer(
  faultsOf: (placed: PlacedContainer, config: RuleConfig) => Iterable<string>,
): Rule["check"] {
  return function* ({ objects }, config) {
    for (const placed of containersOf(objects)) {
      for (const message of faultsOf(placed, config)) {
        yield {
          subject: nameOf(placed.owner),
          message: `container ${placed.container.name} ${message}`,
        };
      }
    }
  };
}

/** A rule about each resource of some type alone. */
export function eachResource(
  type: RegExp,
  faultsOf: (resource: Resource, content: Content, config: RuleConfig) => Iterable<string>,
): Rule["check"] {
  return function* (content, config) {
    for (const resource of content.resources.filter((each) => type.test(each.type))) {
      for (const message of faultsOf(resource, content, config)) {
        yield { subject: `${resource.type} ${resource.name}`, message };
      }
    }
  };
}

/** Whether a label selector picks labels; an empty one picks all. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const isIn = labels[key] !== undefined && values.includes(labels[key]);
      switch (operator) {
        case "In":
          return isIn;
        case "NotIn":
          return !isIn;
        case "Exists":
          return key in labels;
        default:
          return !(key in labels);
      }
    })
  );
}
