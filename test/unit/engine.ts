import * as pulumi from "@pulumi/pulumi";

import type { ResourceRequest } from "../../render/mock-engine.ts";
import { generatedPassword, startMockEngine } from "../../render/mock-engine.ts";

/** A resource as the engine would have seen it. */
export interface Registered extends Omit<ResourceRequest, "wireInputs"> {
  /** Names of what was there already when it was asked for. */
  readonly after: readonly string[];
}

/** How an engine is started. */
export interface EngineOptions {
  /** The stack's config by full key; objects as JSON, as the engine hands them over. */
  readonly config?: Readonly<Record<string, string>>;
  /** Keys of `config` that are encrypted. */
  readonly encrypted?: readonly string[];
  /** Whether it is a preview, in which new resources have no ids; default false. */
  readonly preview?: boolean;
  /** Outputs of resources by name, over those of {@link providers}. */
  readonly outputs?: Readonly<Record<string, object>>;
  /** Name of a resource that takes some time to make. */
  readonly slow?: string;
}

/** Everything registered since the last {@link startEngine}, in order. */
export const registered: Registered[] = [];

/** What the providers add to the inputs, by type; a type that is not here is refused. */
const providers: Readonly<Record<string, (resource: Registered) => object>> = {
  "docker:index/image:Image": ({ inputs: { imageName, skipPush } }) => {
    const digest = `sha256:${"4a5b".repeat(16)}`;
    const repository = String(imageName).replace(/:[^:/]*$/, "");
    return { repoDigest: skipPush === true ? digest : `${repository}@${digest}` };
  },
  "kubernetes:apps/v1:Deployment": () => ({}),
  "kubernetes:batch/v1:CronJob": () => ({}),
  "kubernetes:core/v1:ConfigMap": () => ({}),
  "kubernetes:core/v1:Namespace": () => ({}),
  "kubernetes:core/v1:PersistentVolumeClaim": () => ({}),
  "kubernetes:core/v1:Secret": () => ({}),
  "kubernetes:core/v1:Service": () => ({}),
  "kubernetes:core/v1:ServiceAccount": () => ({}),
  "kubernetes:helm.sh/v3:Release": ({ inputs }) => ({
    status: { name: inputs["name"], namespace: inputs["namespace"], status: "deployed" },
  }),
  "kubernetes:monitoring.coreos.com/v1:PrometheusRule": () => ({}),
  "kubernetes:monitoring.coreos.com/v1:ServiceMonitor": () => ({}),
  "kubernetes:barmancloud.cnpg.io/v1:ObjectStore": () => ({}),
  "kubernetes:monitoring.coreos.com/v1:PodMonitor": () => ({}),
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": () => ({}),
  "kubernetes:postgresql.cnpg.io/v1:Cluster": () => ({}),
  "kubernetes:postgresql.cnpg.io/v1:ScheduledBackup": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:Role": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": () => ({}),
  "pulumi-nodejs:dynamic/index:ClusterIdentity": () => ({ owner: "id-1", ownedBy: "ann" }),
  "pulumi-nodejs:dynamic/index:OwnershipGuard": () => ({}),
  "pulumi-nodejs:dynamic/index:ImageDelivery": () => ({
    imageId: "sha256:1d1d",
    size: 180_000_000,
    created: "2026-11-22T08:00:00.000Z",
  }),
  "pulumi:providers:docker": () => ({}),
  "pulumi:providers:kubernetes": () => ({}),
  "random:index/randomPassword:RandomPassword": ({ name, inputs }) => ({
    result: generatedPassword(name, inputs),
  }),
};

/** Puts Pulumi in unit-test mode; everything registered before is forgotten. */
export async function startEngine(options: EngineOptions = {}): Promise<void> {
  const { config = {}, encrypted = [], preview = false, outputs = {}, slow } = options;
  registered.length = 0;
  refusals.length = 0;
  const there: string[] = [];

  await startMockEngine(pulumi, {
    ...{ config, secretKeys: encrypted, stack: "test", preview },
    async respond({ wireInputs: _wireInputs, ...request }) {
      const resource: Registered = { ...request, after: [...there] };
      registered.push(resource);
      const { type, name, inputs, custom, read, id } = resource;
      if (!custom) return { outputs: {} };

      const respond = providers[type];
      if (respond === undefined) throw refuse(`no mock for the resource type ${type}`);
      if (name === slow) await new Promise((resolve) => setTimeout(resolve, 100));
      there.push(name);
      return {
        ...((!preview || read) && { id: id || `${name}-id` }),
        outputs: { ...inputs, ...respond(resource), ...outputs[name] },
      };
    },
    refuseCall: (token) => refuse(`no mock for the provider function ${token}`),
  });
}

const refusals: Error[] = [];

function refuse(message: string): Error {
  const error = new Error(message);
  refusals.push(error);
  return error;
}

/**
 * Waits until all that the program asked for is registered.
 *
 * @throws Error when it asked for something that no mock answers
 */
export async function settle(): Promise<void> {
  await pulumi.runtime.disconnect();
  if (refusals[0] !== undefined) throw refusals[0];
}

/** The value of an Output, for use with `await`. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return (output as unknown as { promise(): Promise<T> }).promise();
}

/** Whether an input is encrypted in the state. */
export const isSecret = (input: unknown): boolean => pulumi.runtime.isRpcSecret(input);

/** An input without the SDK's mark of a secret. */
export const plain = (input: unknown): unknown => pulumi.runtime.unwrapRpcSecret(input);

/** What the program gave but for one input, which is compared elsewhere. */
export function inputsWithout({ inputs }: Registered, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== key));
}

/** Everything of one type, in the order of registration. */
export function all(type: string): Registered[] {
  return registered.filter((resource) => resource.type === type);
}

/** The one resource of a type, and of a name if given; fails when there are none or several. */
export function only(type: string, name?: string): Registered {
  const found = all(type).filter((resource) => name === undefined || resource.name === name);
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const there = registered.map((resource) => `${resource.type} ${resource.name}`).join(", ");
    throw new Error(`expected one ${type} ${name ?? ""}, found ${found.length} in: ${there}`);
  }
  return first;
}
