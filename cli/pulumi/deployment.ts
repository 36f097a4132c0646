import type { ReleaseStanding } from "../../lib/helm.ts";
import { releaseName } from "../../lib/helm.ts";
import type { StackState } from "./stack.ts";

/** A resource in an exported state; only the fields that are used here are typed. */
export interface DeployedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The format of `pulumi stack export` and `pulumi stack import`. */
export interface ExportedState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly DeployedResource[];
    readonly pending_operations?: readonly unknown[];
    readonly [field: string]: unknown;
  };
}

const releaseType = "kubernetes:helm.sh/v3:Release";

type Resources = Pick<StackState, "resources">;

/** Whether a state has the Helm release. */
export const knowsRelease = (state: Resources): boolean => releaseStanding(state) !== "unknown";

/** How a state has the Helm release. */
export function releaseStanding({ resources }: Resources): ReleaseStanding {
  const release = resources.find(({ type }) => type === releaseType);
  if (release === undefined) return "unknown";
  return release.initErrors === undefined || release.initErrors.length === 0 ? "known" : "failed";
}

/**
 * Adds the Helm release in the cluster to a state, or replaces the one in it: as much as an update needs
 * to upgrade it and a destroy to uninstall it; a refresh reads the rest from Helm. Pure.
 *
 * @returns undefined when the state lacks the release's parent or provider
 */
export function withRelease(state: ExportedState, namespace: string): ExportedState | undefined {
  const { resources = [] } = state.deployment;
  const facts = { name: releaseName, namespace };
  if (knowsRelease({ resources })) {
    const renewed = resources.map((resource) => {
      if (resource.type !== releaseType) return resource;
      const { initErrors: _, ...release } = resource;
      return { ...release, inputs: facts, outputs: facts };
    });
    return withResources(state, renewed);
  }
  const parent = resources.find(({ type }) => type === "todo-chatbot:index:ChatbotRelease");
  const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  if (parent === undefined || provider?.id === undefined) return undefined;
  const [before, name] = splitAtLast(parent.urn, "::");
  const reference = `${provider.urn}::${provider.id}`;
  const release: DeployedResource = {
    urn: `${before}$${releaseType}::${name}`,
    ...{ type: releaseType, custom: true, id: `${namespace}/${releaseName}` },
    ...{ parent: parent.urn, provider: reference, inputs: facts, outputs: facts },
    // Everything that its pods use, so that a destroy uninstalls the release first.
    dependencies: resources
      .filter((resource) => resource.custom && resource.provider === reference)
      .map(({ urn }) => urn),
  };
  return withResources(state, [...resources, release]);
}

/** The state without pending operations; the next update repeats them. Pure. */
export function withoutPending(state: ExportedState): ExportedState {
  return { ...state, deployment: { ...state.deployment, pending_operations: [] } };
}

/**
 * The state without the Kubernetes provider's enablePatchForce, which the provider copied from the
 * environment; the next update would show its removal as a change. Pure.
 */
export function withoutForce(state: ExportedState): ExportedState {
  const resources = (state.deployment.resources ?? []).map((resource) => {
    if (resource.type !== "pulumi:providers:kubernetes") return resource;
    const { enablePatchForce: _input, ...inputs } = resource.inputs ?? {};
    const { enablePatchForce: _output, ...outputs } = resource.outputs ?? {};
    return { ...resource, inputs, outputs };
  });
  return withResources(state, resources);
}

export function withResources(
  state: ExportedState,
  resources: readonly DeployedResource[],
): ExportedState {
  return { ...state, deployment: { ...state.deployment, resources } };
}

function splitAtLast(text: string, separator: string): [string, string] {
  const index = text.lastIndexOf(separator);
  return [text.slice(0, index), text.slice(index + separator.length)];
}
