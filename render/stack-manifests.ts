import { renderRelease } from "./chart.ts";
import type { Manifest } from "../lib/manifest.ts";
import { inOrder } from "../lib/manifest.ts";
import type { ProgramResource } from "./program.ts";
import { programResources } from "./program.ts";

/** Resources and objects of a stack, with placeholders for secrets; see {@link programResources}. */
export interface StackContent {
  readonly stack: string;
  /** All resources of the program, in order of registration. */
  readonly resources: readonly ProgramResource[];
  /** The Kubernetes objects: the program's own, and those of its Helm releases. */
  readonly objects: readonly Manifest[];
  /** Strings that must only be in Secrets, and must never be printed. */
  readonly secrets: readonly string[];
}

/**
 * What a stack would deploy, without cluster and Docker; the same on every machine.
 *
 * It can't differ from an update: the resources come from the program itself, and a release's objects
 * from Helm with the same chart and values.
 *
 * @param tree folder of the program
 * @param configFile the stack's settings; default: `Pulumi.<stack>.yaml` in the folder
 */
export async function stackContent(
  tree: string,
  stack: string,
  configFile?: string,
): Promise<StackContent> {
  const resources = await programResources(tree, stack, { configFile, arch: "x64" });
  return contentOf(tree, stack, resources);
}

/** The content of a stack that does not exist. */
export const noContent = (stack: string): StackContent => ({
  ...{ stack, resources: [], objects: [], secrets: [] },
});

/** The same from resources of an earlier run. */
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
    // Short strings, like a user name, occur elsewhere by chance.
    secrets: [...secrets].filter((text) => text.length >= 8),
  };
}

/** Whether a resource is a Helm release, whose objects Helm renders. */
export function isRelease({ type }: Pick<ProgramResource, "type">): boolean {
  return type === "kubernetes:helm.sh/v3:Release";
}

/** Whether a resource is a single Kubernetes object. */
export function isObject({ type }: Pick<ProgramResource, "type">): boolean {
  return /^kubernetes:.+:.+$/.test(type) && !/^kubernetes:(helm\.sh|yaml|kustomize)/.test(type);
}

/** The object of such a resource. */
export function objectOf({ name, inputs }: Pick<ProgramResource, "name" | "inputs">): Manifest {
  const metadata = inputs["metadata"] as Partial<Manifest["metadata"]> | undefined;
  // Without a name, the provider appends random characters to the resource's name.
  return { ...inputs, metadata: { name: `${name}-[random]`, ...metadata } } as unknown as Manifest;
}
