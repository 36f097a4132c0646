/** What the metadata of an object says, as far as it is read here. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resourceVersion?: string;
  readonly finalizers?: readonly string[];
}

/** A Kubernetes object with the fields that every one of them has. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

/** What an object is called in messages and file names: `Deployment/backend-deployment`. */
export const nameOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

/** By kind and name, and by namespace where two have both in common. */
export function inOrder(manifests: readonly Manifest[]): Manifest[] {
  const key = (manifest: Manifest) => `${nameOf(manifest)}/${manifest.metadata.namespace ?? ""}`;
  return manifests.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
