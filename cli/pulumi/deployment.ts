import { releaseName } from "../../lib/helm.ts";

/** A resource in an exported state, as far as it is written here. */
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

/** What `pulumi stack export` prints and `pulumi stack import` takes. */
export interface ExportedState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly DeployedResource[];
    readonly pending_operations?: readonly unknown[];
    readonly [field: string]: unknown;
  };
}

const releaseType = "kubernetes:helm.sh/v3:Release";

/** Whether a state has the Helm release. */
export const knowsRelease = ({ resources }: { resources: readonly { type: string }[] }): boolean =>
  resources.some(({ type }) => type === releaseType);

/**
 * The state with the Helm release that is in the cluster: as much of it as an update needs to upgrade
 * it and a destroy to uninstall it. Pure.
 *
 * @returns undefined when the state lacks what the release belongs to
 */
export function withRelease(state: ExportedState, namespace: string): ExportedState | undefined {
  const { resources = [] } = state.deployment;
  const parent = resources.find(({ type }) => type === "todo-chatbot:index:ChatbotRelease");
  const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes");
  if (parent === undefined || provider?.id === undefined) return undefined;
  const [before, name] = splitAtLast(parent.urn, "::");
  const reference = `${provider.urn}::${provider.id}`;
  const facts = { name: releaseName, namespace };
  const release: DeployedResource = {
    urn: `${before}$${releaseType}::${name}`,
    ...{ type: releaseType, custom: true, id: `${namespace}/${releaseName}` },
    ...{ parent: parent.urn, provider: reference, inputs: facts, outputs: facts },
    // All that its pods use: a destroy uninstalls it first.
    dependencies: resources
      .filter((resource) => resource.custom && resource.provider === reference)
      .map(({ urn }) => urn),
  };
  return withResources(state, [...resources, release]);
}

/** The state without operations that never ended; an update carries them out again. Pure. */
export function withoutPending(state: ExportedState): ExportedState {
  return { ...state, deployment: { ...state.deployment, pending_operations: [] } };
}

/**
 * The state without the Kubernetes provider's permission to take fields from others, which it has kept
 * from its environment; the next update would show its end as a change. Pure.
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
