import { runtime } from "@pulumi/pulumi";

import type { Manifest } from "../../lib/manifest.ts";
import { isObject, objectOf } from "../../render/stack-manifests.ts";

/** A resource as `pulumi stack export --show-secrets` prints it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  /** Whether the program only reads it. */
  readonly external?: boolean;
  /** Whether it was replaced and its deletion is pending. */
  readonly delete?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** What the last update deployed. */
export interface Deployed {
  /** The program's own objects. */
  readonly objects: readonly Manifest[];
  readonly releases: readonly DeployedRelease[];
}

export interface DeployedRelease {
  readonly name: string;
  readonly namespace: string;
  readonly values: unknown;
}

/** What a state says was deployed. Pure. */
export function deployed(resources: readonly StateResource[]): Deployed {
  const current = resources
    .filter((resource) => resource.custom && !resource.external && !resource.delete)
    .map(({ urn, type, inputs = {} }) => ({
      type,
      name: urn.split("::").at(-1) ?? "",
      inputs: decrypted(inputs) as Record<string, unknown>,
    }));
  return {
    objects: current.filter(isObject).map(objectOf),
    releases: current
      .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
      .map(({ inputs: { name, namespace, values } }) => ({
        name: String(name),
        namespace: String(namespace),
        values,
      })),
  };
}

/** The value with secrets, which the state wraps in objects, in plain text. */
function decrypted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(decrypted);
  const fields = value as Record<string, unknown>;
  if (runtime.isRpcSecret(fields)) {
    return decrypted(JSON.parse(String(fields["plaintext"])));
  }
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, decrypted(field)]));
}
