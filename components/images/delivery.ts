import * as pulumi from "@pulumi/pulumi";

import type { ClusterTarget } from "../../lib/clusters.ts";
import { localProvider } from "../providers/local.ts";

/** Arguments of {@link ImageDelivery}. */
export interface ImageDeliveryArgs {
  /** Whose nodes get the image. */
  readonly target: ClusterTarget;
  /** Reference in the local Docker, like `todo-chatbot-backend:3f9c1a7be204`. */
  readonly image: pulumi.Input<string>;
  /** Whether the nodes can pull it themselves, when the local Docker has none. */
  readonly pullable: boolean;
  /** Builds of the same repository that stay in Docker and on the nodes; 0: all of them. */
  readonly keep: number;
  /** Whether this is a preview that can't look at the nodes, and takes them for unchanged. */
  readonly isBlind?: boolean;
}

/**
 * An image on every node of a local cluster, put there from the local Docker.
 *
 * Each update looks at the nodes: a cluster that was made anew, a node that joined or an image
 * that was pruned is noticed and mended; where every node has that very image nothing is done.
 * On a remote cluster it only says what was built.
 */
export class ImageDelivery extends pulumi.dynamic.Resource {
  /** Docker's id of the image, `sha256:…`; empty when the nodes pull it. */
  declare public readonly imageId: pulumi.Output<string>;
  /** Bytes, unpacked; 0 when the nodes pull it. */
  declare public readonly size: pulumi.Output<number>;
  /** When it was built, ISO 8601; empty when the nodes pull it. */
  declare public readonly created: pulumi.Output<string>;

  constructor(
    name: string,
    { isBlind = false, ...args }: ImageDeliveryArgs,
    opts: pulumi.CustomResourceOptions,
  ) {
    const outputs = { imageId: undefined, size: undefined, created: undefined };
    const provider = localProvider("delivery", ["diff", "create", "update"]);
    super(
      provider,
      name,
      { ...outputs, ...args, ...(isBlind && { isBlind }) },
      opts,
      "index",
      "ImageDelivery",
    );
  }
}
