/** The metadata fields that are used here. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
  readonly finalizers?: readonly string[];
}

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

/** Kind and name of an object, for messages: `Deployment/backend-deployment`. */
export const nameOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

/** Sorted by kind, name and namespace. */
export function inOrder(manifests: readonly Manifest[]): Manifest[] {
  const key = (manifest: Manifest) => `${nameOf(manifest)}/${manifest.metadata.namespace ?? ""}`;
  return manifests.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
