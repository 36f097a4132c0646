import type { Manifest, Metadata } from "../../lib/manifest.ts";
import type { DeployedResource } from "../pulumi/deployment.ts";
import type { KubernetesApi } from "./dynamic-client.ts";

/** An entry of an object's `metadata.managedFields`. */
export interface ManagedFields {
  readonly manager: string;
  readonly [field: string]: unknown;
}

/**
 * The field managers of an object that a state has taken over, without those of another state or Helm,
 * which would cause conflicts in the next update. If the update changed nothing, the state did not
 * become a manager yet, and gets the fields of the previous one. Pure.
 *
 * @returns undefined when there are no such managers
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

/** Labels and annotations of the chart and Helm, which objects that Helm created keep. */
const isHelms = (key: string): boolean => /^(app\.kubernetes\.io|(meta\.)?helm\.sh)\//.test(key);

/**
 * A patch that removes those labels and annotations unless the program sets them. Pure.
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
 * Makes the state the only field manager of its objects, apart from the cluster's controllers, and
 * removes Helm's labels from them.
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
