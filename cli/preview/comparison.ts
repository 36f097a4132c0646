import { parseReference } from "../../lib/image-reference.ts";
import { containersOf } from "../../policy/model.ts";
import type { Change } from "../../render/difference.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { nameOf } from "../../lib/manifest.ts";
import { mask, maskedDifferences, maskTexts } from "../../render/mask.ts";
import type { StackContent } from "../../render/stack-manifests.ts";
import { isObject } from "../../render/stack-manifests.ts";
import type { ProgramResource } from "../../render/program.ts";

/** The difference in an object or resource. Secrets are masked. */
export interface Entry {
  readonly what: "added" | "removed" | "changed";
  /** Like `Deployment/backend-deployment`. */
  readonly name: string;
  /** The whole object, if it is added or removed. */
  readonly whole?: object;
  /** Differences, if it is changed. */
  readonly changes: readonly Change[];
  /** Whether the change replaces its pods. */
  readonly rollsPods: boolean;
}

/** Tags or digests of a repository's images, before and after. */
export interface ImageChange {
  readonly repository: string;
  readonly before: string;
  readonly after: string;
}

/** The differences in a stack between two revisions. */
export interface StackComparison {
  readonly stack: string;
  readonly objects: readonly Entry[];
  /** Resources that are not Kubernetes objects, and the resource options of those that are. */
  readonly resources: readonly Entry[];
  readonly images: readonly ImageChange[];
  /** Number of unchanged objects. */
  readonly same: number;
}

/** Compares a stack between two revisions, object by object. Pure. */
export function compareStacks(before: StackContent, after: StackContent): StackComparison {
  const secrets = [...new Set([...before.secrets, ...after.secrets])];
  const key = (object: Manifest) => `${object.metadata.namespace ?? ""}/${nameOf(object)}`;
  const objects = entries(
    new Map(before.objects.map((object) => [key(object), object])),
    new Map(after.objects.map((object) => [key(object), object])),
    nameOf,
    (object) => mask(object, secrets),
  );
  const resources = entries(
    new Map(before.resources.map((resource) => [`${resource.type} ${resource.name}`, resource])),
    new Map(after.resources.map((resource) => [`${resource.type} ${resource.name}`, resource])),
    ({ type, name }) => `${type} ${name}`,
    (resource) => maskTexts(settingsOf(resource), secrets) as object,
    settingsOf,
  ).filter(({ what, name }) => what === "changed" || !isObject({ type: name.split(" ")[0] ?? "" }));
  const changed = new Set(objects.map(({ name }) => name));
  return {
    stack: after.stack,
    objects,
    resources,
    images: imageChanges(before.objects, after.objects),
    same: after.objects.filter((object) => !changed.has(nameOf(object))).length,
  };
}

/** Whether nothing would change. */
export const isUnchanged = ({ objects, resources }: StackComparison): boolean =>
  objects.length + resources.length === 0;

function entries<T extends object>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  nameOfOne: (one: T) => string,
  hide: (one: T) => object,
  compared: (one: T) => object = (one) => one,
): Entry[] {
  const removed = [...before].filter(([key]) => !after.has(key));
  const gone = removed.map(([, old]): Entry => ({
    ...{ what: "removed", name: nameOfOne(old), whole: hide(old) },
    ...{ changes: [], rollsPods: false },
  }));
  const present = [...after].flatMap(([key, now]): Entry[] => {
    const old = before.get(key);
    const name = nameOfOne(now);
    if (old === undefined) {
      return [{ what: "added", name, whole: hide(now), changes: [], rollsPods: false }];
    }
    const changes = maskedDifferences(compared(old), compared(now), hide(old), hide(now));
    const rollsPods = changes.some(({ path }) => path.startsWith("spec.template."));
    return changes.length === 0 ? [] : [{ what: "changed", name, changes, rollsPods }];
  });
  return [...gone, ...present];
}

/** The compared part of a resource; of a Kubernetes object, only what its manifest doesn't show. */
function settingsOf(resource: ProgramResource): object {
  const { type, provider, protect, dependsOn, options, inputs } = resource;
  const settings = { provider, protect, ...(dependsOn.length > 0 && { dependsOn }), ...options };
  if (isObject(resource)) return settings;
  // A release's values show in its objects.
  const { values: _values, ...others } = inputs;
  return { ...settings, ...(type === "kubernetes:helm.sh/v3:Release" ? others : inputs) };
}

function imageChanges(before: readonly Manifest[], after: readonly Manifest[]): ImageChange[] {
  const [old, now] = [imageVersions(before), imageVersions(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((repository) => ({
      repository,
      before: old.get(repository) ?? "",
      after: now.get(repository) ?? "",
    }))
    .filter((change) => change.before !== change.after);
}

/** Tags or digests of all images, by repository. */
export function imageVersions(objects: readonly Manifest[]): Map<string, string> {
  const found = new Map<string, Set<string>>();
  for (const { container } of containersOf(objects)) {
    const { repository, tag, digest } = parseReference(container.image ?? "");
    const version = [tag, digest.slice(0, 19)].filter(Boolean).join("@");
    found.set(repository, (found.get(repository) ?? new Set()).add(version));
  }
  return new Map(
    [...found].map(([repository, versions]) => [repository, [...versions].sort().join(", ")]),
  );
}
