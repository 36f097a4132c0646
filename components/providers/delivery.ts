// The path of this file is stored in the state of every deployed stack: never move or rename it.

import { setTimeout as sleep } from "node:timers/promises";

import type { ClusterTarget } from "../../lib/clusters.ts";
import { imageOnNode, importArchive, listNodes, pruneNode } from "../../lib/clusters.ts";
import { inspectImage, pruneImages, saveImage } from "../../lib/docker.ts";
import type { LocalImage } from "../../lib/docker.ts";
import { parseReference } from "../../lib/image-reference.ts";

/** What the engine hands over; plain values. */
export interface DeliveryInputs {
  readonly target: ClusterTarget;
  /** Reference in the local Docker, like `todo-chatbot-backend:3f9c1a7be204`. */
  readonly image: string;
  /** Whether the node pulls it itself when the local Docker has none. */
  readonly pullable: boolean;
  /** Builds of the same repository that stay in Docker and on the nodes; 0: all. */
  readonly keep: number;
  /** In a preview that can't look at the nodes. */
  readonly isBlind?: boolean;
}

export interface DeliveryOutputs extends DeliveryInputs {
  /** Id of the image on every node, `sha256:…`; empty when the nodes pull it. */
  readonly configDigest: string;
  /** Docker's id of the image, `sha256:…`; empty when the nodes pull it. */
  readonly imageId: string;
  /** Bytes, unpacked; 0 when the nodes pull it. */
  readonly size: number;
  /** When it was built, ISO 8601; empty when the nodes pull it. */
  readonly created: string;
}

/** Whether a node lacks the image that was delivered, or Docker has one that the nodes lack. */
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
  if (now.isBlind) return { changes: false };
  try {
    if (old.configDigest === "") return { changes: (await inspectImage(image)) !== undefined };
    const present = await Promise.all(
      (await listNodes(target)).map((node) => imageOnNode(target, node, image)),
    );
    return { changes: present.some((digest) => digest !== old.configDigest) };
  } catch {
    // A node that can't be asked: the update says why, while a preview goes on without it.
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
  _old: DeliveryOutputs,
  inputs: DeliveryInputs,
): Promise<{ outs: DeliveryOutputs }> {
  return { outs: await deliver(inputs) };
}

async function deliver(inputs: DeliveryInputs): Promise<DeliveryOutputs> {
  const { target, image, pullable, keep } = inputs;
  const local = await inspectImage(image);
  if (local === undefined) {
    if (pullable) return { ...inputs, configDigest: "", imageId: "", size: 0, created: "" };
    throw new Error(
      `${image} is gone from the local Docker, so it can't be delivered. Build it again: pulumi up --replace with the URN of its docker Image (pulumi stack --show-urns), or npm start.`,
    );
  }
  const configDigest = await fill(target, image, local);
  if (keep > 0) {
    const { repository, tag } = parseReference(image);
    const kept = await pruneImages(repository, tag, keep);
    for (const node of await listNodes(target)) await pruneNode(target, node, repository, kept);
  }
  const { id: imageId, size, created } = local;
  return { ...inputs, configDigest, imageId, size, created };
}

/**
 * Sees to it that every node has the local image.
 *
 * @returns the image's id on the nodes
 */
async function fill(target: ClusterTarget, image: string, local: LocalImage): Promise<string> {
  const nodes = await listNodes(target);
  const lacking: string[] = [];
  for (const node of nodes) {
    if ((await imageOnNode(target, node, image)) !== local.id) lacking.push(node);
  }
  if (lacking.length === 0) return local.id;

  await using archive = await saveImage(image);
  for (const node of lacking) {
    if ((await imageOnNode(target, node, image)) === archive.configDigest) continue;
    await importArchive(target, node, archive.file);
    // Kubernetes learns of an import from containerd's events, which a busy node gets late.
    let arrived = await imageOnNode(target, node, image);
    for (let look = 0; look < 20 && arrived === undefined; look += 1) {
      await sleep(250);
      arrived = await imageOnNode(target, node, image);
    }
    if (arrived !== archive.configDigest) {
      throw new Error(
        `Node ${node} has ${arrived ?? "nothing"} under ${image} after the import, not ${archive.configDigest}. Remove that image from the node (crictl rmi ${image}), then try again.`,
      );
    }
  }
  return archive.configDigest;
}
