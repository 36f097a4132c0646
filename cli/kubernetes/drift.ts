import type { Change } from "../../render/difference.ts";
import { differences } from "../../render/difference.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { nameOf } from "../../lib/manifest.ts";
import { mask, maskedDifferences } from "../../render/mask.ts";

/** An object that differs from what was deployed. */
export interface Drift {
  /** Like `Deployment/backend-deployment`. */
  readonly name: string;
  /** Differences, expected → actual. Secrets are masked. */
  readonly changes: readonly Change[];
  /** A problem with the object as a whole. */
  readonly problem?: string;
}

/** Metadata that the server and controllers manage. */
const serverMetadata = [
  "creationTimestamp",
  "finalizers",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
];

/** Prefixes of annotations that controllers, Helm and Pulumi manage. */
const ownAnnotations = [
  "autoscaling.alpha.kubernetes.io/",
  "deployment.kubernetes.io/",
  "meta.helm.sh/",
  "pulumi.com/",
  "pv.kubernetes.io/",
  "volume.beta.kubernetes.io/",
  "volume.kubernetes.io/",
];

const isOwnAnnotation = (key: string) => ownAnnotations.some((own) => key.startsWith(own));

/** Fields by kind that the server sets once, and that are immutable from then on. */
const chosenOnce: Readonly<Record<string, readonly string[]>> = {
  PersistentVolumeClaim: ["volumeName", "storageClassName", "volumeMode"],
};

/**
 * The expected object with the values that the cluster and controllers chose, ready for an update. Pure.
 *
 * @param isAutoscaled whether an autoscaler owns its number of pods
 */
export function replacement(should: Manifest, is: Manifest, isAutoscaled: boolean): Manifest {
  const spec = (should["spec"] ?? {}) as Record<string, unknown>;
  const chosen = (is["spec"] ?? {}) as Record<string, unknown>;
  const chosenFields = [...(chosenOnce[should.kind] ?? []), ...(isAutoscaled ? ["replicas"] : [])];
  const kept = chosenFields.filter((field) => spec[field] === undefined);
  const { resourceVersion, finalizers, annotations = {} } = is.metadata;
  const theirs = Object.entries(annotations).filter(([key]) => isOwnAnnotation(key));
  const all = { ...Object.fromEntries(theirs), ...should.metadata.annotations };
  return {
    ...should,
    metadata: {
      ...should.metadata,
      ...(Object.keys(all).length > 0 && { annotations: all }),
      ...(finalizers && { finalizers }),
      ...(resourceVersion && { resourceVersion }),
    },
    ...(kept.length > 0 && {
      spec: { ...spec, ...Object.fromEntries(kept.map((field) => [field, chosen[field]])) },
    }),
  };
}

/**
 * Compares an object with what a fix would make of it. Pure.
 *
 * @param right the server's response to {@link replacement}
 * @param isAutoscaled whether an autoscaler owns its number of pods
 */
export function driftOf(right: Manifest, is: Manifest, isAutoscaled: boolean): Drift | undefined {
  const [old, now] = [comparable(right, isAutoscaled), comparable(is, isAutoscaled)];
  const changes = maskedDifferences(old, now, mask(old, []), mask(now, []));
  return changes.length === 0 ? undefined : { name: nameOf(is), changes };
}

/** The object without fields that the program does not manage. */
function comparable(manifest: Manifest, isAutoscaled: boolean): Manifest {
  const { status: _, metadata, spec, ...rest } = manifest;
  const { annotations = {}, ...others } = without(metadata, (key) => serverMetadata.includes(key));
  const managed = without(annotations, isOwnAnnotation);
  return {
    ...rest,
    // The server drops an empty map; a value added to it by hand is one change, not a new map.
    ...(rest.kind === "ConfigMap" && { data: rest["data"] ?? {} }),
    metadata: { ...others, ...(Object.keys(managed).length > 0 && { annotations: managed }) },
    ...(typeof spec === "object" &&
      spec && { spec: without(spec, (key) => isAutoscaled && key === "replicas") }),
  } as Manifest;
}

function without<T extends object>(fields: T, isOut: (key: string) => boolean): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !isOut(key))) as Partial<T>;
}

/** Whether an autoscaler owns an object's number of pods. Pure. */
export function isAutoscaled(object: Manifest, objects: readonly Manifest[]): boolean {
  return objects.some(({ kind, metadata, spec }) => {
    if (kind !== "HorizontalPodAutoscaler") return false;
    const { scaleTargetRef: target } = spec as { scaleTargetRef: { kind: string; name: string } };
    return (
      metadata.namespace === object.metadata.namespace &&
      target.kind === object.kind &&
      target.name === object.metadata.name
    );
  });
}

/** How a release's values differ from the program's, after an upgrade by hand. */
export function valuesDrift(name: string, should: unknown, is: unknown): Drift | undefined {
  const changes = differences(should, is, "values");
  return changes.length === 0 ? undefined : { name: `Release/${name}`, changes };
}
