import { findObject } from "./api-server.ts";

/** Kinds of an API that is an extension of the cluster. */
export interface Kinds {
  /** Group and version, like `monitoring.coreos.com/v1`. */
  readonly api: string;
  readonly kinds: readonly string[];
}

/** Those of the kinds that the cluster does not have. */
export async function missingKinds(context: string, { api, kinds }: Kinds): Promise<string[]> {
  const known = await findObject<{ resources: readonly { readonly kind: string }[] }>(
    context,
    `/apis/${api}`,
  );
  return kinds.filter((wanted) => !known?.resources.some(({ kind }) => kind === wanted));
}
