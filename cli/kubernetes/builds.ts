import { isInRegistry } from "../../lib/image-label.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { imageOnNode, listNodes } from "../../lib/clusters.ts";
import type { DatabaseSchema } from "../../lib/database-schema.ts";
import { backupOfThen } from "../../lib/database-schema.ts";
import { inspectImage } from "../../lib/docker.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { unpack } from "./helm-record.ts";

/** The images of both apps, as a revision of the Helm release deployed them. */
export interface Build {
  /** The newest revision that deployed them. */
  readonly revision: number;
  /** ISO 8601. */
  readonly deployedAt: string;
  readonly isCurrent: boolean;
  readonly images: Readonly<Record<"backend" | "frontend", string>>;
  /** Newest schema version that the backend knows; undefined if that was not recorded. */
  readonly schemaVersion: number | undefined;
}

interface Image {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

interface ReleaseValues {
  readonly schemaVersion?: number;
  readonly backend: { readonly image: Image };
  readonly frontend: { readonly image: Image };
}

/** The builds that Helm's Secrets tell of, newest first; revisions that failed are left out. Pure. */
export function buildsIn(secrets: readonly Manifest[]): Build[] {
  const builds = new Map<string, Build>();
  const revisions = secrets.map(unpack).sort((a, b) => b.version - a.version);
  for (const { version, info, config } of revisions) {
    if (!["deployed", "superseded"].includes(info.status)) continue;
    const { schemaVersion, backend, frontend } = config as ReleaseValues;
    const images = { backend: referenceOf(backend.image), frontend: referenceOf(frontend.image) };
    const key = Object.values(images).join();
    if (builds.has(key)) continue;
    builds.set(key, {
      revision: version,
      deployedAt: new Date(info.last_deployed).toISOString(),
      isCurrent: info.status === "deployed",
      images,
      schemaVersion,
    });
  }
  return [...builds.values()];
}

function referenceOf({ repository, tag = "", digest = "" }: Image): string {
  return `${repository}${tag && `:${tag}`}${digest && `@${digest}`}`;
}

/** What stands in the way of going back to a build. */
export type Verdict =
  | { readonly kind: "safe" }
  | { readonly kind: "unsure"; readonly reason: string }
  | { readonly kind: "needs backup"; readonly since: string; readonly backup: string | undefined }
  | { readonly kind: "gone"; readonly image: string };

/**
 * Judges a build by its schema version and its images. Pure.
 *
 * @param schema that of the database; undefined if no pod could tell
 * @param present whether each image exists; undefined: that could not be found out
 */
export function judge(
  { images, schemaVersion = 0 }: Build,
  schema: DatabaseSchema | undefined,
  present: Readonly<Record<"backend" | "frontend", boolean | undefined>>,
): Verdict {
  for (const app of ["backend", "frontend"] as const) {
    if (present[app] === false) return { kind: "gone", image: images[app] };
  }
  if (schema === undefined) return { kind: "unsure", reason: "no backend pod can tell the schema" };
  // Builds from before 1.1 record no version; they know older ones than any that a build could need.
  const { oldestBuild, since = "" } = schema;
  if (schemaVersion < oldestBuild) {
    return { kind: "needs backup", since, backup: backupOfThen(schema) };
  }
  const isUnknown = Object.values(present).includes(undefined);
  return isUnknown ? { kind: "unsure", reason: "the registry does not tell" } : { kind: "safe" };
}

/**
 * Whether the nodes of a cluster have an image or can get it: from the local Docker, or from its registry.
 *
 * @returns undefined when the registry does not tell
 */
export async function isPresent(
  target: ClusterTarget,
  image: string,
): Promise<boolean | undefined> {
  if (target.kind === "remote") return isInRegistry(image);
  if ((await inspectImage(image)) !== undefined) return true;
  const nodes = await listNodes(target);
  const found = await Promise.all(nodes.map((node) => imageOnNode(target, node, image)));
  return found.every((id) => id !== undefined);
}
