import type { Plan } from "../../cli/preview/plan.ts";
import type { DeployedResource, ExportedState } from "../../cli/pulumi/deployment.ts";

/** One step of `pulumi preview --json`. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState: {
    readonly urn: string;
    readonly type: string;
    readonly custom: boolean;
    readonly parent?: string;
    readonly provider?: string;
    readonly protect?: boolean;
    readonly inputs?: Record<string, unknown>;
  };
}

export const stepsOf = ({ stdout }: Plan) => (JSON.parse(stdout) as { steps: Step[] }).steps;

export const releaseType = "kubernetes:helm.sh/v3:Release";

/**
 * The state of an update that did what a preview from nothing showed, but for the release, of which
 * a state has to be encrypted. Secrets differ from it, as their values are not in a preview.
 */
export function stateAfter(steps: readonly Step[]): ExportedState {
  const id = "3f9c1a7b-0000-4000-8000-000000000000";
  const providers = new Set<string>();
  const shown = steps.filter(({ newState }) => newState.type !== releaseType);
  const made = shown.map(({ newState: { urn, type, custom, parent, protect, ...rest } }) => {
    if (!custom) return { urn, type, custom, parent };
    const { isBlind: _blind, __internal: _internal, ...given } = rest.inputs ?? {};
    if (type.startsWith("pulumi:providers:")) {
      // As with a cluster.
      const outputs = { ...given, kubeconfig: "" };
      return { urn, type, custom, parent, id, inputs: { ...outputs, __internal: {} }, outputs };
    }
    const provider = rest.provider
      ?.replace("default_images_unconnected", "default")
      .replace(/[^:]*$/, id);
    if (provider?.includes("::default")) providers.add(provider);
    // Where these providers look for what was asked of them.
    const outputs = { ...given, __inputs: given, __initialApiVersion: given["apiVersion"] };
    return {
      urn,
      type,
      custom,
      parent,
      provider,
      protect,
      id: nameOf(urn),
      inputs: given,
      outputs,
    };
  });
  const isProvider = ({ type }: { type: string }) => type.startsWith("pulumi:providers:");
  const resources: DeployedResource[] = [
    ...made.filter(({ custom }) => !custom),
    ...[...providers].map((reference) => {
      const [, , type = ""] = reference.split("::");
      return { urn: reference.replace(/::[^:]*$/, ""), type, custom: true, id };
    }),
    ...made.filter(isProvider),
    ...made.filter((each) => each.custom && !isProvider(each)),
  ];
  const manifest = { time: "2026-11-22T00:00:00Z", magic: "", version: "" };
  return { version: 3, deployment: { manifest, resources } };
}

export const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";
