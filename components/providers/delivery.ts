// The path of this file is stored in the state of every deployed stack: never move or rename it.

import { setTimeout as sleep } from "node:timers/promises";

import type { PlatformBuild } from "../../lib/buildx.ts";
import { buildAndPush } from "../../lib/buildx.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import {
  imageOnNode,
  importArchive,
  layersOnNode,
  listNodes,
  pruneNode,
} from "../../lib/clusters.ts";
import { inspectImage, pruneImages, saveImage } from "../../lib/docker.ts";
import type { Archive, LocalImage } from "../../lib/docker.ts";
import { parseReference } from "../../lib/image-reference.ts";

/** Inputs from the engine; plain values. */
export interface DeliveryInputs {
  readonly target: ClusterTarget;
  /** Reference in the local Docker, like `todo-chatbot-backend:3f9c1a7be204`. */
  readonly image: string;
  /** Whether the nodes can pull it if the local Docker does not have it. */
  readonly pullable: boolean;
  /** Number of builds of the repository to keep in Docker and on the nodes; 0: all. */
  readonly keep: number;
  /** The build of an image for several platforms, which is pushed and not in the local Docker. */
  readonly build?: PlatformBuild;
  /** Whether this is an offline preview, which can't inspect the nodes. The name is part of states. */
  readonly isBlind?: boolean;
}

export interface DeliveryOutputs extends DeliveryInputs {
  /** Image ID on every node, `sha256:…`; empty when the nodes pull it. */
  readonly configDigest: string;
  /**
   * Docker's image ID, `sha256:…`; of an image for several platforms, the digest of its index. Empty when the
   * nodes pull it.
   */
  readonly imageId: string;
  /** Unpacked size in bytes; 0 when the nodes pull it. */
  readonly size: number;
  /** When it was built, ISO 8601; empty when the nodes pull it. */
  readonly created: string;
}

/** Whether a node lacks the delivered image, or Docker now has an image that the nodes would pull. */
export async function diff(
  _id: string,
  old: DeliveryOutputs,
  now: DeliveryInputs,
): Promise<{ changes: boolean }> {
  const { target, image, pullable, keep } = now;
  if (image !== old.image || pullable !== old.pullable || keep !== old.keep) {
    return { changes: true };
  }
  if (target.kind !== old.target.kind || target.context !== old.target.context) {
    return { changes: true };
  }
  // Its platforms are part of the tag.
  if (now.isBlind || now.build !== undefined) return { changes: false };
  try {
    if (old.configDigest === "") return { changes: (await inspectImage(image)) !== undefined };
    const present = await Promise.all(
      (await listNodes(target)).map((node) => imageOnNode(target, node, image)),
    );
    return { changes: present.some((digest) => digest !== old.configDigest) };
  } catch {
    // A node does not respond: the update reports why, and a preview continues.
    return { changes: true };
  }
}

export async function create(
  inputs: DeliveryInputs,
): Promise<{ id: string; outs: DeliveryOutputs }> {
  return { id: inputs.image, outs: await deliver(inputs) };
}

export async function update(
  _id: string,
  old: DeliveryOutputs,
  inputs: DeliveryInputs,
): Promise<{ outs: DeliveryOutputs }> {
  return { outs: await deliver(inputs, old.image) };
}

/** @param before what this replaces: a build to go back to, however old it is */
async function deliver(inputs: DeliveryInputs, before?: string): Promise<DeliveryOutputs> {
  const { target, image, pullable, keep, build } = inputs;
  if (build !== undefined) {
    const imageId = await buildAndPush(image, build);
    return { ...inputs, configDigest: "", imageId, size: 0, created: new Date().toISOString() };
  }
  const [local, nodes] = await Promise.all([inspectImage(image), listNodes(target)]);
  if (local === undefined) {
    if (pullable) return { ...inputs, configDigest: "", imageId: "", size: 0, created: "" };
    throw new Error(
      `${image} is gone from the local Docker, so it can't be delivered. Build it again: pulumi up --replace with the URN of its docker Image (pulumi stack --show-urns), or npm start.`,
    );
  }
  const configDigest = await ensureOnNodes(target, nodes, image, local);
  if (keep > 0) {
    const { repository } = parseReference(image);
    const deployed = [image, before ?? image].map(parseReference);
    const tags = deployed.filter((each) => each.repository === repository).map(({ tag }) => tag);
    const kept = await pruneImages(repository, tags, keep);
    for (const node of nodes) await pruneNode(target, node, repository, kept);
  }
  const { id: imageId, size, created } = local;
  return { ...inputs, configDigest, imageId, size, created };
}

/**
 * Ensures that every node has the local image.
 *
 * @returns the image's ID on the nodes
 */
async function ensureOnNodes(
  target: ClusterTarget,
  nodes: readonly string[],
  image: string,
  local: LocalImage,
): Promise<string> {
  const present = await Promise.all(nodes.map((node) => imageOnNode(target, node, image)));
  const missing = nodes.filter((_, index) => present[index] !== local.id);
  if (missing.length === 0) return local.id;

  await using archive = await saveImage(image);
  for (const node of missing) {
    if ((await imageOnNode(target, node, image)) === archive.configDigest) continue;
    if (await importMissing(target, node, image, archive)) continue;
    const arrived = await importInto(target, node, image, archive.file);
    if (arrived !== archive.configDigest) {
      throw new Error(
        `Node ${node} has ${arrived ?? "nothing"} under ${image} after the import, not ${archive.configDigest}. Remove that image from the node (crictl rmi ${image}), then try again.`,
      );
    }
  }
  return archive.configDigest;
}

/**
 * Imports the layers that a node lacks: it has those of the base image since the first build.
 *
 * @returns whether the node then has the image; otherwise it must be imported whole
 */
async function importMissing(
  target: ClusterTarget,
  node: string,
  image: string,
  archive: Archive,
): Promise<boolean> {
  try {
    const part = await archive.missingFrom(await layersOnNode(target, node));
    if (part === undefined) return false;
    return (await importInto(target, node, image, part)) === archive.configDigest;
  } catch {
    return false;
  }
}

/** Imports an archive, and returns the ID that the node then has for the image. */
async function importInto(
  target: ClusterTarget,
  node: string,
  image: string,
  file: string,
): Promise<string | undefined> {
  await importArchive(target, node, file);
  // The CRI learns of an import from containerd's events, which are late on a busy node.
  let arrived = await imageOnNode(target, node, image);
  for (let attempt = 0; attempt < 20 && arrived === undefined; attempt += 1) {
    await sleep(250);
    arrived = await imageOnNode(target, node, image);
  }
  return arrived;
}
