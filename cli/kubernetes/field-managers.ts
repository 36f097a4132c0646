import type { Manifest, Metadata } from "../../lib/manifest.ts";
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

/** Labels and annotations of the chart's and Helm's, which objects keep that Helm made before. */
const isHelms = (key: string): boolean => /^(app\.kubernetes\.io|(meta\.)?helm\.sh)\//.test(key);

/**
 * A patch without those labels and annotations that the program does not give. Pure.
 *
 * @returns undefined when there are none
 */
export function withoutHelms(given: Metadata, live: Metadata): object | undefined {
  const patch = Object.fromEntries(
    (["labels", "annotations"] as const).flatMap((part) => {
      const others = Object.keys(live[part] ?? {}).filter(
        (key) => isHelms(key) && given[part]?.[key] === undefined,
      );
      return others.length === 0
        ? []
        : [[part, Object.fromEntries(others.map((key) => [key, null]))]];
    }),
  );
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/**
 * Makes the state the only manager of the objects that it has, beside the cluster's controllers, and
 * takes Helm's labels off them.
 */
export async function takeFields(
  api: KubernetesApi,
  resources: readonly DeployedResource[],
): Promise<void> {
  for (const { inputs = {}, outputs = {} } of resources) {
    const { __fieldManager: own, apiVersion, kind, metadata } = outputs;
    if (typeof own !== "string" || metadata === undefined) continue;
    const manifest = { apiVersion, kind, metadata } as Manifest;
    const live = (await api.read(manifest))?.metadata;
    if (live === undefined) continue;
    const { managedFields: fields = [] } = live as {
      readonly managedFields?: readonly ManagedFields[];
    };
    const managedFields = withoutOthers(fields, own);
    const others = withoutHelms((inputs["metadata"] ?? {}) as Metadata, live);
    if (managedFields !== undefined || others !== undefined) {
      const { resourceVersion } = live;
      await api.patchMetadata(manifest, {
        ...others,
        ...(managedFields && { managedFields }),
        resourceVersion,
      });
    }
  }
}
