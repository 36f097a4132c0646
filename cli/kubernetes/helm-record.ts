import { gunzipSync } from "node:zlib";

import { parseAllDocuments } from "yaml";

import type { Manifest } from "../../lib/manifest.ts";
import type { KubernetesApi } from "./dynamic-client.ts";

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
  const { manifest, config, namespace } = unpack(newest);
  const objects = parseAllDocuments(manifest)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null)
    .map((object) => ({ ...object, metadata: { namespace, ...object.metadata } }));
  return { objects, values: config ?? {} };
}

/** What Helm stores of a revision, in part. */
export interface StoredRevision {
  readonly manifest: string;
  readonly config?: unknown;
  readonly namespace: string;
  readonly version: number;
  readonly info: { readonly last_deployed: string; readonly status: string };
}

/** Reads a revision from its Secret. Pure. */
export function unpack(secret: Manifest): StoredRevision {
  const { release = "" } = secret["data"] as { release?: string };
  // Helm's own Base64, inside the Secret's.
  const packed = Buffer.from(Buffer.from(release, "base64").toString(), "base64");
  return JSON.parse(gunzipSync(packed).toString()) as StoredRevision;
}

/** The same, of a release in the cluster. */
export async function readRecord(
  api: KubernetesApi,
  namespace: string,
  name: string,
): Promise<HelmRecord | undefined> {
  const labels = `owner=helm,name=${name},status=deployed`;
  return helmRecord(await api.secrets(namespace, labels));
}
