import type { Manifest } from "../../lib/manifest.ts";
import type { DeployedResource } from "../pulumi/deployment.ts";
import type { KubernetesApi } from "./dynamic-client.ts";

/** Whoever manages fields of an object, as its metadata says. */
export interface ManagedFields {
  readonly manager: string;
  readonly [field: string]: unknown;
}

/**
 * The managers of an object that a state has taken over: its own, and the cluster's controllers. With
 * another state's or Helm's among them, its next change would be a conflict. Where the update found
 * nothing to change, the state did not become one, and gets the fields of who was. Pure.
 *
 * @returns undefined when they are so
 */
export function withoutOthers(
  fields: readonly ManagedFields[],
  own: string,
): readonly ManagedFields[] | undefined {
  const isOther = ({ manager }: ManagedFields) =>
    manager !== own && /^(pulumi-kubernetes|helm$|before-first-apply$)/.test(manager);
  const [other] = fields.filter(isOther);
  if (other === undefined) return undefined;
  const left = fields.filter((field) => !isOther(field));
  if (left.some(({ manager }) => manager === own)) return left;
  return [{ ...other, manager: own, operation: "Apply" }, ...left];
}

/** Makes the state the only manager of the objects that it has, beside the cluster's controllers. */
export async function takeFields(
  api: KubernetesApi,
  resources: readonly DeployedResource[],
): Promise<void> {
  for (const { outputs = {} } of resources) {
    const { __fieldManager: own, apiVersion, kind, metadata } = outputs;
    if (typeof own !== "string" || metadata === undefined) continue;
    const manifest = { apiVersion, kind, metadata } as Manifest;
    const live = await api.read(manifest);
    const { managedFields = [], resourceVersion } = (live?.metadata ?? {}) as {
      readonly managedFields?: readonly ManagedFields[];
      readonly resourceVersion?: string;
    };
    const left = withoutOthers(managedFields, own);
    if (left !== undefined) {
      await api.patchMetadata(manifest, { managedFields: left, resourceVersion });
    }
  }
}
