import { randomBytes } from "node:crypto";
import { resolve } from "node:path";

import { inspectImage } from "../../lib/docker.ts";
import { run } from "../../lib/exec.ts";
import type { ProgramResource } from "../../render/program.ts";

/** The build inputs of a `docker:index/image:Image`. */
interface Build {
  readonly context: string;
  readonly dockerfile: string;
  readonly platform: string;
  readonly args: Readonly<Record<string, string>>;
}

/**
 * Builds a program's images, measures their sizes, and removes them again.
 *
 * @param tree folder of the program
 * @returns uncompressed bytes by repository
 * @throws RunError with Docker's message when a build fails
 */
export async function imageSizes(
  tree: string,
  resources: readonly ProgramResource[],
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const { inputs } of resources.filter(({ type }) => type === "docker:index/image:Image")) {
    const { context, dockerfile, platform, args } = inputs["build"] as Build;
    const [repository = ""] = String(inputs["imageName"]).split(":");
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
      sizes.set(repository, (await inspectImage(image))?.size ?? 0);
    } finally {
      await run("docker", ["image", "rm", image]);
    }
  }
  return sizes;
}
