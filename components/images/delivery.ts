import * as pulumi from "@pulumi/pulumi";

import type { PlatformBuild } from "../../lib/buildx.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { storedProvider } from "../providers/local.ts";

/** Arguments of {@link ImageDelivery}. */
export interface ImageDeliveryArgs {
  /** Cluster whose nodes get the image. */
  readonly target: ClusterTarget;
  /** Reference in the local Docker, like `todo-chatbot-backend:3f9c1a7be204`. */
  readonly image: pulumi.Input<string>;
  /** Whether the nodes can pull it if the local Docker does not have it. */
  readonly pullable: boolean;
  /** Number of builds of the repository to keep in Docker and on the nodes; 0: all. */
  readonly keep: number;
  /** The build of an image for several platforms, which is pushed and not in the local Docker. */
  readonly build?: PlatformBuild;
  /** Whether this is an offline preview, which assumes that the nodes are unchanged. */
  readonly isOffline?: boolean;
}

/**
 * An image on every node of a local cluster, loaded from the local Docker.
 *
 * Each update inspects the nodes, and loads the image again after the cluster was recreated, a node
 * joined or the image was pruned. For a remote cluster it only reports what was built, or builds and pushes
 * what @pulumi/docker can't.
 */
export class ImageDelivery extends pulumi.CustomResource {
  /**
   * Docker's image ID, `sha256:…`; of an image for several platforms, the digest of its index. Empty when the
   * nodes pull it.
   */
  declare public readonly imageId: pulumi.Output<string>;
  /** Unpacked size in bytes; 0 when the nodes pull it. */
  declare public readonly size: pulumi.Output<number>;
  /** When it was built, ISO 8601; empty when the nodes pull it. */
  declare public readonly created: pulumi.Output<string>;

  constructor(
    name: string,
    { isOffline = false, ...args }: ImageDeliveryArgs,
    opts: pulumi.CustomResourceOptions,
  ) {
    const outputs = { imageId: undefined, size: undefined, created: undefined };
    const __provider = storedProvider("delivery");
    super(
      "pulumi-nodejs:dynamic/index:ImageDelivery",
      name,
      { ...outputs, ...args, ...(isOffline && { isBlind: true }), __provider },
      opts,
    );
  }
}
