import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { run, RunError } from "./exec.ts";
import { temporaryFolder } from "./temporary.ts";

/** A build for several platforms. The local Docker can't hold the result, so it is pushed at once. */
export interface PlatformBuild {
  /** Like `linux/amd64`. */
  readonly platforms: readonly string[];
  /** Build context, with a Dockerfile. */
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
}

/** The same sources give the same digest on any day: no layer has a newer time, and layers of the base stay. */
const reproducible = [
  ...["--build-arg", "SOURCE_DATE_EPOCH=0"],
  ...["--output", "type=image,push=true,rewrite-timestamp=true"],
];

/**
 * Arguments for `docker` that build an image and push it.
 *
 * @param image name with the registry
 * @param metadata file for the result, which {@link pushedDigest} reads
 */
export function buildArguments(
  image: string,
  { platforms, context, args }: PlatformBuild,
  metadata: string,
  options: readonly string[] = [],
): string[] {
  return [
    ...["buildx", "build", "--platform", platforms.join(",")],
    ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...[...reproducible, ...options, "--tag", image, "--metadata-file", metadata, context],
  ];
}

/** The digest of the image index that a build has pushed. */
export async function pushedDigest(metadata: string): Promise<string> {
  const facts = JSON.parse(await readFile(metadata, "utf8")) as Record<string, unknown>;
  return String(facts["containerimage.digest"]);
}

/**
 * Builds and pushes an image, in half an hour at most: programs of other processors are emulated.
 *
 * @returns the digest of the image index
 * @throws RunError with the last lines of the build
 */
export async function buildAndPush(image: string, build: PlatformBuild): Promise<string> {
  await using folder = await temporaryFolder();
  const metadata = join(folder.path, "metadata.json");
  // A provenance has times, and would give the index another digest each time.
  const args = buildArguments(image, build, metadata, ["--provenance=false"]);
  await run("docker", args, { timeoutMs: 1_800_000 });
  return await pushedDigest(metadata);
}

/** Why images can't be built for several platforms here, and what to do; undefined when they can. */
export async function buildxProblem(platforms: readonly string[]): Promise<string | undefined> {
  const names = platforms.join(" and ");
  try {
    // Starts the builder, whose platforms are not known before.
    const output = await run("docker", ["buildx", "inspect", "--bootstrap"]);
    const [, driver] = /^Driver:\s*(\S+)/m.exec(output) ?? [];
    const known = [...output.matchAll(/^Platforms:\s*(.*)$/gm)]
      .flatMap(([, list = ""]) => list.split(/[\s,]+/))
      .map((platform) => platform.replace(/\*$/, ""));
    if (driver === "docker" && !(await hasContainerdStore())) {
      return `images.platforms has ${names}, but the current builder of docker buildx builds for one only. Create another: docker buildx create --use`;
    }
    const missing = platforms.filter((platform) => !known.includes(platform));
    if (missing.length === 0) return undefined;
    return `images.platforms has ${names}, but the current builder of docker buildx can't build for ${missing.join(" and ")}. Let it run programs of that processor (on Linux: install qemu-user-static and binfmt-support), or use a builder that can: docker buildx create --use`;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return `images.platforms has ${names}, which takes docker buildx, but: ${error.message}. Install it (https://github.com/docker/buildx#installing), or name one platform only.`;
  }
}

/** Whether Docker itself stores images of several platforms. */
async function hasContainerdStore(): Promise<boolean> {
  const status = await run("docker", ["info", "--format", "{{.DriverStatus}}"]);
  return status.includes("io.containerd.snapshotter");
}
