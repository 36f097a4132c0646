import { join } from "node:path";

import type { Manifest } from "../lib/manifest.ts";
import { mask } from "./mask.ts";
import { stackContent } from "./stack-manifests.ts";
import { project } from "../lib/project.ts";

/** Where the objects of a stack are kept that its tests compare with. */
export const goldenFolder = (stack: string): string => join(project, "test", "golden", stack);

/**
 * The objects of a stack as they are kept: without secrets, and without the tags and checksums that
 * change with every edit of a source. The same on every machine.
 */
export async function goldenObjects(stack: string): Promise<Manifest[]> {
  const { objects, secrets } = await stackContent(project, stack);
  return objects.map(
    (object) =>
      JSON.parse(
        JSON.stringify(mask(object, secrets)).replaceAll(/\b[0-9a-f]{12}\b/g, "[hash]"),
      ) as Manifest,
  );
}
