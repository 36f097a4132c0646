import { randomBytes } from "node:crypto";
import { resolve } from "node:path";

import { builtImage } from "../../lib/built-image.ts";
import { inspectImage } from "../../lib/docker.ts";
import { run } from "../../lib/exec.ts";
import { parseReference } from "../../lib/image-reference.ts";
import type { ScanResult } from "../../lib/grype.ts";
import { scanImage } from "../../lib/grype.ts";
import type { ListedPackage } from "../../lib/sbom.ts";
import { listedPackages, readSbom } from "../../lib/sbom.ts";
import type { ProgramResource } from "../../render/program.ts";

/** What is in an image. */
export interface ImageContent {
  /** Uncompressed bytes. */
  readonly size: number;
  /** Undefined if the image does not list them. */
  readonly packages?: readonly ListedPackage[] | undefined;
  /** What Grype found, or why it was not asked. */
  readonly scan: ScanResult;
}

/**
 * Builds a program's images for their first platform, examines them, and removes them again.
 *
 * @param tree folder of the program
 * @returns by repository
 * @throws RunError with Docker's message when a build fails
 */
export async function imageContents(
  tree: string,
  resources: readonly ProgramResource[],
): Promise<Map<string, ImageContent>> {
  const contents = new Map<string, ImageContent>();
  for (const built of resources.flatMap((resource) => builtImage(resource) ?? [])) {
    const { context, dockerfile, platforms, args } = built;
    const { repository } = parseReference(built.image);
    const [platform = ""] = platforms;
    const image = `${repository}:size-${randomBytes(6).toString("hex")}`;
    const mirror = process.env["TODO_IMAGE_NODE"];
    const values = { ...args, ...(mirror && { NODE_IMAGE: mirror }) };
    const build = [
      ...["build", "--quiet", "--tag", image, "--platform", platform],
      ...["--file", resolve(tree, dockerfile)],
      ...Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      resolve(tree, context),
    ];
    await run("docker", build, { timeoutMs: 900_000, env: { DOCKER_BUILDKIT: "1" } });
    try {
      const sbom = await readSbom(image);
      contents.set(repository, {
        size: (await inspectImage(image))?.size ?? 0,
        packages: sbom === undefined ? undefined : listedPackages(sbom),
        scan: await scanImage(image),
      });
    } finally {
      await run("docker", ["image", "rm", image]);
    }
  }
  return contents;
}
