/** Runs the chart through Helm, with no cluster. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type {
  KubernetesObject,
  V1ConfigMap,
  V1CronJob,
  V1Deployment,
  V1Ingress,
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { parse, parseAllDocuments } from "yaml";

import { kubernetesVersion } from "../../render/chart.ts";

/** Folder of the chart. */
export const chart = fileURLToPath(new URL("../../charts/todo-chatbot", import.meta.url));

/** Values of the chart, or a part of them. */
export interface Values {
  readonly [key: string]: unknown;
}

/** A rendered object that is known to have a name. */
export interface Manifest extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: NonNullable<KubernetesObject["metadata"]> & { readonly name: string };
}

/** Which release is rendered. */
export interface Release {
  /** @default "todo-chatbot" */
  readonly name?: string;
  /** @default "todo-chatbot-namespace" */
  readonly namespace?: string;
  /** Folder of the chart. */
  readonly chart?: string;
  /** Helm's command. @default "helm" */
  readonly helm?: string;
  /** Version of Kubernetes. */
  readonly version?: string;
}

const ci = (name: string): Values =>
  parse(readFileSync(join(chart, `ci/${name}-values.yaml`), "utf8")) as Values;

/** The least that an installation with a bundled database has to say. */
export const bundled = ci("bundled");

/** The least with a database that exists already. */
export const external = ci("external");

/** A bundled database, with Secrets and a claim that exist already. */
export const existing = ci("existing-secrets");

/** Joins values as Helm does: maps key by key, the later one wins. */
export function merge(...all: readonly Values[]): Values {
  const joined: Record<string, unknown> = {};
  for (const values of all) {
    for (const [key, value] of Object.entries(values)) {
      const before = joined[key];
      joined[key] = isMap(before) && isMap(value) ? merge(before, value) : value;
    }
  }
  return joined;
}

/** A bundled database, and most that can be switched on. */
export const everything = merge(bundled, {
  ...{ ingress: { enabled: true, host: "a.b", tls: { enabled: true, secretName: "c" } } },
  gateway: { enabled: true, className: "cilium", tls: { enabled: true, secretName: "c" } },
  backend: { autoscaling: { enabled: true } },
  frontend: { autoscaling: { enabled: true } },
  serviceAccount: { create: true },
  backup: { enabled: true },
  metrics: { serviceMonitor: { enabled: true } },
});

/** Values that set one path, such as `backend.image.tag`. */
export function at(path: string, value: unknown): Values {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

export function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The YAML that the chart renders to, tests included.
 *
 * @throws Error with Helm's message when the chart refuses the values.
 */
export function renderText(values: Values, release: Release = {}): string {
  const { status, stdout, stderr } = helm("template", values, release);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The objects that the chart renders to, tests included. */
export function render(values: Values, release: Release = {}): Manifest[] {
  return parseManifests(renderText(values, release));
}

/** The objects in a stream of YAML documents. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/**
 * Helm's message about values that the chart refuses.
 *
 * @throws Error when the chart renders.
 */
export function refusal(values: Values, release: Release = {}): string {
  const { status, stderr } = helm("template", values, release);
  if (status === 0) throw new Error(`the chart renders with ${JSON.stringify(values)}`);
  return stderr;
}

/** What `helm lint --strict` has to complain about; empty when nothing. */
export function lint(values: Values, release: Release = {}): string {
  const { status, stdout, stderr } = helm("lint", values, release);
  return status === 0 ? "" : stdout + stderr;
}

/** Kinds of objects that tests look into. */
interface Kinds {
  readonly ConfigMap: V1ConfigMap;
  readonly CronJob: V1CronJob;
  readonly Deployment: V1Deployment;
  readonly HorizontalPodAutoscaler: V2HorizontalPodAutoscaler;
  readonly Ingress: V1Ingress;
  readonly NetworkPolicy: V1NetworkPolicy;
  readonly PersistentVolumeClaim: V1PersistentVolumeClaim;
  readonly Pod: V1Pod;
  readonly PodDisruptionBudget: V1PodDisruptionBudget;
  readonly Secret: V1Secret;
  readonly Service: V1Service;
  readonly Gateway: { readonly spec: Values };
  readonly HTTPRoute: { readonly spec: Values };
}

/**
 * One object.
 *
 * @throws Error that lists what there is when it is missing.
 */
export function pick<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
  name: string,
): Kinds[Kind] {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (!found) throw new Error(`no ${kind} ${name} among ${names(manifests).join(", ")}`);
  return found as unknown as Kinds[Kind];
}

/** `Kind/name` of each object, sorted. */
export function names(manifests: readonly Manifest[]): string[] {
  return manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
}

function helm(command: "template" | "lint", values: Values, release: Release = {}) {
  const {
    name = "todo-chatbot",
    namespace = "todo-chatbot-namespace",
    chart: folder = chart,
  } = release;
  const args = command === "template" ? ["template", name, folder] : ["lint", "--strict", folder];
  args.push(
    "--namespace",
    namespace,
    "--kube-version",
    release.version ?? kubernetesVersion,
    "--values",
    "-",
  );
  const run = spawnSync(release.helm ?? "helm", args, {
    input: JSON.stringify(values),
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
  if (run.error) throw run.error;
  return run;
}
