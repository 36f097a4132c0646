import { gunzipSync } from "node:zlib";

import { runtime } from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";

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

/** Helm's record of a release's newest deployed revision. */
export interface HelmRecord {
  readonly objects: readonly Manifest[];
  /** The user-supplied values. */
  readonly values: unknown;
}

/** Reads the record from Helm's Secrets; undefined when there is none. Pure. */
export function helmRecord(secrets: readonly Manifest[]): HelmRecord | undefined {
  const revision = ({ metadata }: Manifest) => Number(metadata.labels?.["version"]);
  const [newest] = secrets.toSorted((a, b) => revision(b) - revision(a));
  if (newest === undefined) return undefined;
  const { release = "" } = newest["data"] as { release?: string };
  // Helm's own Base64, inside the Secret's.
  const packed = Buffer.from(Buffer.from(release, "base64").toString(), "base64");
  const { manifest, config, namespace } = JSON.parse(gunzipSync(packed).toString()) as {
    manifest: string;
    config: unknown;
    namespace: string;
  };
  const objects = parseAllDocuments(manifest)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null)
    .map((object) => ({ ...object, metadata: { namespace, ...object.metadata } }));
  return { objects, values: config ?? {} };
}
