import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run, RunError } from "./exec.ts";
import { readArchive, writeMissing } from "./image-archive.ts";
import { temporaryFolder } from "./temporary.ts";

/** An image in the local Docker engine. */
export interface LocalImage {
  /** Docker's image ID, `sha256:…`. */
  readonly id: string;
  /** Unpacked size in bytes. */
  readonly size: number;
  /** When it was built, ISO 8601. */
  readonly created: string;
}

/** Why no Docker engine answers and what to do; undefined when one does. Takes at most five seconds. */
export async function dockerProblem(): Promise<string | undefined> {
  try {
    await run("docker", ["version", "--format", "{{.Server.Version}}"], { timeoutMs: 5_000 });
    return undefined;
  } catch (error) {
    if (error instanceof RunError && error.missing) {
      return "Docker is missing (no docker on PATH): install Docker Engine or Docker Desktop (https://docs.docker.com/get-started/get-docker/), then try again.";
    }
    const reason = reasonOf(error);
    if (/permission denied while/i.test(reason)) {
      return `The Docker engine refuses this user (${reason}): join the group docker (sudo usermod -aG docker $USER, then sign in again), or set DOCKER_HOST, then try again.`;
    }
    return `No Docker engine answers (${reason}): start Docker Desktop or the docker service, or set DOCKER_HOST, then try again.`;
  }
}

/** Sockets that Pulumi's Docker provider finds. */
const defaultHosts =
  /^(npipe:.*|unix:\/\/(\/var\/run|\/.*\/\.docker\/(run|desktop))\/docker\.sock)$/;

/**
 * Address of the current Docker context's engine, for Pulumi's Docker provider, which only knows DOCKER_HOST
 * and the default sockets (pulumi/pulumi-docker#603). Undefined if the provider finds it.
 */
export async function contextHost(): Promise<string | undefined> {
  if (process.env["DOCKER_HOST"]) return undefined;
  const format = "{{.Endpoints.docker.Host}}";
  const host = await run("docker", ["context", "inspect", "--format", format], {
    timeoutMs: 5_000,
  }).catch(() => "");
  return /^[a-z]+:\/\//.test(host) && !defaultHosts.test(host) ? host : undefined;
}

/** The image of a reference, or undefined if the local Docker does not have it. */
export async function inspectImage(reference: string): Promise<LocalImage | undefined> {
  try {
    const format = "{{.Id}} {{.Size}} {{.Created}}";
    const output = await run("docker", ["image", "inspect", "--format", format, reference]);
    const [id = "", size = "", created = ""] = output.split(" ");
    return { id, size: Number(size), created: new Date(created).toISOString() };
  } catch (error) {
    if (error instanceof RunError && /no such image/i.test(error.message)) return undefined;
    throw error;
  }
}

/** The text of a file in a local image; undefined if there is no such file. */
export async function readImageFile(reference: string, path: string): Promise<string | undefined> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  const container = await run("docker", ["create", reference, "none"]);
  try {
    await run("docker", ["cp", `${container}:${path}`, file]);
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof RunError && /could not find the file|no such file/i.test(error.message)) {
      return undefined;
    }
    throw error;
  } finally {
    await run("docker", ["rm", container]);
  }
}

/** An image archive, and its config digest, which is the image's ID on every node. */
export interface Archive extends AsyncDisposable {
  readonly file: string;
  readonly configDigest: string;
  /**
   * An archive of the layers that a node lacks, beside this one.
   *
   * @param present digests of what the node has, as `sha256:…`
   * @returns its path; undefined when it would be no smaller
   */
  missingFrom(present: ReadonlySet<string>): Promise<string | undefined>;
}

/**
 * Saves an image to a temporary file, which is removed on disposal.
 *
 * @param platform like `linux/amd64`; only supported by engines with multi-platform image stores
 */
export async function saveImage(reference: string, platform = ""): Promise<Archive> {
  const folder = await mkdtemp(join(tmpdir(), "todo-chatbot-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    // minikube copies archives to its nodes by file name, so names must be unique.
    const file = join(folder, `${reference.replaceAll(/[^\w.-]/g, "_")}.tar`);
    await run(
      "docker",
      ["save", ...(platform ? ["--platform", platform] : []), "--output", file, reference],
      { timeoutMs: 300_000 },
    );
    const image = await readArchive(file);
    const digest = /([0-9a-f]{64})(\.json)?$/.exec(image?.Config ?? "")?.[1];
    if (digest === undefined) {
      throw new RunError(`\`docker save ${reference}\` wrote no configuration digest.`);
    }
    let parts = 0;
    return {
      file,
      configDigest: `sha256:${digest}`,
      async missingFrom(present) {
        const part = join(folder, `missing-${++parts}.tar`);
        return (await writeMissing(file, present, part)) ? part : undefined;
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Removes all but the newest builds of a repository from the local Docker. Images in use by containers are kept.
 *
 * @param deployed tags that come before newer builds: the current one, then those before it
 * @returns the tags that were kept
 */
export async function pruneImages(
  repository: string,
  deployed: readonly string[],
  keep: number,
): Promise<string[]> {
  const list = await run("docker", ["image", "ls", repository, "--format", "{{.Tag}}"]);
  const newestFirst = list.split("\n").filter((tag) => tag !== "" && tag !== "<none>");
  const there = deployed.filter((tag) => newestFirst.includes(tag));
  const kept = [...new Set([...there, ...newestFirst])].slice(0, keep);
  for (const tag of newestFirst.filter((each) => !kept.includes(each))) {
    await run("docker", ["image", "rm", `${repository}:${tag}`]).catch((error: unknown) => {
      if (!(error instanceof RunError)) throw error;
    });
  }
  return kept;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^`[^`]*` failed: /, "") : String(error);
}
