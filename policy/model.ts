import type { V1Container, V1PodSpec } from "@kubernetes/client-node";

import type { Manifest } from "../lib/manifest.ts";
import { nameOf } from "../lib/manifest.ts";
import type { ProgramResource } from "../render/program.ts";
import type { StackContent } from "../render/stack-manifests.ts";

/** The input of rules: a whole stack, or one of its resources. */
export interface Content {
  /** The objects to be deployed. */
  readonly objects: readonly Manifest[];
  /** The resources that the program registers. */
  readonly resources: readonly Resource[];
  /** The provider's clusterIdentifier, like `kind/todo-chatbot`; empty: unknown. */
  readonly cluster: string;
}

/** A rendered stack as the input of rules. */
export function contentForPolicies({ resources, objects }: StackContent): Content {
  const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  const cluster = provider?.inputs["clusterIdentifier"];
  return { resources, objects, cluster: typeof cluster === "string" ? cluster : "" };
}

/** The fields of a resource that rules read. */
export type Resource = Pick<
  ProgramResource,
  "type" | "name" | "provider" | "protect" | "inputs" | "secrets"
>;

/** A violation of a rule. */
export interface Fault {
  /** The object or resource, like `Deployment/backend-deployment`. */
  readonly subject: string;
  /** What is wrong, with the value, and how to fix it; never a secret. */
  readonly message: string;
}

/** Settings of one rule, by name. */
export type RuleConfig = Readonly<Record<string, number | readonly string[]>>;

/** A policy rule; pure. */
export interface Rule {
  /** Name in the policy pack and in messages, like `no-moving-tags`. */
  readonly name: string;
  /** The rule in one sentence. */
  readonly description: string;
  /** Whether it checks single resources, or needs the whole stack. */
  readonly scope: "resource" | "stack";
  /** Settings with their defaults. */
  readonly config?: RuleConfig;
  readonly check: (content: Content, config: RuleConfig) => Iterable<Fault>;
}

/** A pod, or the pod template of a workload. */
export interface Pod {
  /** The object that creates it. */
  readonly owner: Manifest;
  readonly spec: V1PodSpec;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it runs until it is stopped, unlike pods of Jobs and Helm tests. */
  readonly isLongRunning: boolean;
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: V1PodSpec;
}

/** The pod template of each kind of object. */
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

/** The pods of the objects, one for each object that creates any. */
export function podsOf(objects: readonly Manifest[]): Pod[] {
  return objects.flatMap((owner) => {
    const template = templates[owner.kind]?.(owner);
    if (template?.spec === undefined) return [];
    const isHook = owner.metadata.annotations?.["helm.sh/hook"] !== undefined;
    return {
      owner,
      spec: template.spec,
      labels: template.metadata?.labels ?? {},
      isLongRunning: !isHook && !["Job", "CronJob"].includes(owner.kind),
    };
  });
}

/** A container with its pod; isLongRunning is that of the container. */
export interface PlacedContainer extends Pod {
  readonly container: V1Container;
}

/** All containers of all pods. */
export function containersOf(objects: readonly Manifest[]): PlacedContainer[] {
  return podsOf(objects).flatMap((pod) => [
    ...(pod.spec.initContainers ?? []).map((container) => ({
      ...pod,
      container,
      // With restartPolicy Always it is a sidecar; other init containers end before the pod starts.
      isLongRunning: pod.isLongRunning && container.restartPolicy === "Always",
    })),
    ...pod.spec.containers.map((container) => ({ ...pod, container })),
  ]);
}

/** A rule for single objects. */
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

/** A rule for single pods. */
export function eachPod(faultsOf: (pod: Pod) => Iterable<string>): Rule["check"] {
  return function* ({ objects }) {
    for (const pod of podsOf(objects)) {
      for (const message of faultsOf(pod)) yield { subject: nameOf(pod.owner), message };
    }
  };
}

/** A rule for single containers; its messages begin with the container's name. */
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

/** A rule for single resources of a type. */
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

/** Whether a label selector matches labels; an empty one matches all. */
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
