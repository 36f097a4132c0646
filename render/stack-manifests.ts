import { renderRelease } from "./chart.ts";
import type { Manifest } from "../lib/manifest.ts";
import { inOrder } from "../lib/manifest.ts";
import type { ProgramResource } from "./program.ts";
import { programResources } from "./program.ts";

/** All that a stack is made of, with stand-ins for secrets; see {@link programResources}. */
export interface StackContent {
  readonly stack: string;
  /** Everything that the program registers, in its order. */
  readonly resources: readonly ProgramResource[];
  /** The Kubernetes objects: the program's own, and what its releases install. */
  readonly objects: readonly Manifest[];
  /** Texts that must not show anywhere but in Secrets, nor be printed at all. */
  readonly secrets: readonly string[];
}

/**
 * What a stack of a program would install, with neither cluster nor Docker.
 *
 * It can't differ from an update: the resources come from the program itself, and a release's
 * objects from Helm with the very chart and values that the program gives to the Release.
 *
 * @param tree folder of the program
 */
export async function stackContent(tree: string, stack: string): Promise<StackContent> {
  return contentOf(tree, stack, await programResources(tree, stack));
}

/** The same for resources that a program has been asked for already. */
export async function contentOf(
  tree: string,
  stack: string,
  resources: readonly ProgramResource[],
): Promise<StackContent> {
  const own = resources.filter(isObject).map(objectOf);
  const installed = await Promise.all(
    resources.filter(isRelease).map(({ inputs }) => renderRelease(tree, inputs)),
  );
  const secrets = new Set(resources.flatMap((resource) => resource.secrets));
  return {
    stack,
    resources,
    objects: inOrder([...own, ...installed.flat()]),
    // A short one, like the name of a user, stands in many places by chance.
    secrets: [...secrets].filter((text) => text.length >= 8),
  };
}

/** Whether a resource is a Helm release, whose objects Helm renders. */
export function isRelease({ type }: Pick<ProgramResource, "type">): boolean {
  return type === "kubernetes:helm.sh/v3:Release";
}

/** Whether a resource of the program is one object in the cluster. */
export function isObject({ type }: Pick<ProgramResource, "type">): boolean {
  return /^kubernetes:.+:.+$/.test(type) && !/^kubernetes:(helm\.sh|yaml|kustomize)/.test(type);
}

/** The object that such a resource makes. */
export function objectOf({ name, inputs }: Pick<ProgramResource, "name" | "inputs">): Manifest {
  const metadata = inputs["metadata"] as Partial<Manifest["metadata"]> | undefined;
  // Without a name the provider adds seven random characters to the resource's.
  return { ...inputs, metadata: { name: `${name}-[random]`, ...metadata } } as unknown as Manifest;
}
