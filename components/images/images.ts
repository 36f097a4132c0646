import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterTarget } from "../../lib/clusters.ts";
import { contentTag } from "./content-tag.ts";
import { ImageDelivery } from "./delivery.ts";
import type { ImagesSettings } from "./images.schema.ts";
import type { ImageReference } from "../../lib/image-reference.ts";
import { parseReference } from "../../lib/image-reference.ts";

/** The two parts of the application, each an image of its own. */
export type App = "backend" | "frontend";

/** Arguments of {@link AppImages}. */
export type AppImagesArgs = ImagesSettings & {
  /** Where the images are needed. */
  readonly target: ClusterTarget;
  /** Whether a Docker engine answers; expected: not in this preview, but in the update. */
  readonly docker: "present" | "expected" | "absent";
  /** Whether the cluster answers; only a preview goes on without. */
  readonly isConnected: boolean;
  /** Images from elsewhere: put on the nodes when the local Docker has them. */
  readonly thirdParty: Readonly<Record<string, string>>;
};

/** What a stack says about one image. */
export interface ImageFacts {
  /** Docker's id, `sha256:…`; empty when it was not built here. */
  readonly id: string;
  /** `repository:tag`. */
  readonly name: string;
  readonly tag: string;
  /** Bytes, unpacked; 0 when it was not built here. */
  readonly size: number;
  /** ISO 8601; empty when it was not built here. */
  readonly buildDate: string;
  /** Result of a vulnerability scan. No scanner runs yet, and none is claimed. */
  readonly securityScanStatus: "not-scanned";
}

/** The application's images: built, tagged by content, and where the cluster finds them. */
export class AppImages extends pulumi.ComponentResource {
  /** References for the release; they resolve when the image is where the cluster finds it. */
  public readonly references: Readonly<Record<App, pulumi.Output<ImageReference>>>;
  /** What there is to know about each image. */
  public readonly facts: Readonly<Record<App, pulumi.Output<ImageFacts>>>;
  /** Resolves when the images from elsewhere are where the cluster finds them. */
  public readonly thirdParty: pulumi.Resource[];

  constructor(name: string, args: AppImagesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "todo-chatbot:index:AppImages",
      name,
      {},
      {
        ...opts,
        ...(args.docker === "expected" && { providers: [unconnectedProvider(name)] }),
      },
    );
    const { target } = args;

    const built = {
      backend: this.#image("backend", name, args),
      frontend: this.#image("frontend", name, args),
    };
    this.references = { backend: built.backend.reference, frontend: built.frontend.reference };
    this.facts = { backend: built.backend.facts, frontend: built.frontend.facts };

    const elsewhere = Object.entries(args.thirdParty).filter(
      ([, reference]) =>
        args.docker !== "absent" && target.kind !== "remote" && deliverable(reference),
    );
    this.thirdParty = elsewhere.map(
      ([part, image]) =>
        new ImageDelivery(
          `${name}-${part}-delivery`,
          { target, image, pullable: true, keep: 0, isBlind: isBlind(args) },
          { parent: this },
        ),
    );

    this.registerOutputs({ facts: this.facts });
  }

  #image(app: App, name: string, args: AppImagesArgs) {
    const { target, mode, keep } = args;
    const image = args.mode === "prebuilt" ? args.prebuilt[app] : imageName(app, args);
    if (mode === "none" || args.docker === "absent" || !deliverable(image))
      return undelivered(image);

    const build = mode === "build" ? this.#build(app, name, image, args) : undefined;
    const delivery = new ImageDelivery(
      `${name}-${app}-delivery`,
      {
        target,
        image: build?.imageName ?? image,
        pullable: mode === "prebuilt",
        keep: mode === "build" ? keep : 0,
        isBlind: isBlind(args),
      },
      { parent: this },
    );
    const { imageId, size, created } = delivery;
    return {
      // The URN, because a preview does not know the id yet.
      reference: delivery.urn.apply(() => parseReference(image)),
      facts: pulumi.all([imageId, size, created]).apply((known) => facts(image, ...known)),
    };
  }

  #build(app: App, name: string, image: string, args: AppImagesArgs): docker.Image {
    return new docker.Image(
      `${name}-${app}`,
      {
        imageName: image,
        build: {
          context: contextOf(app),
          dockerfile: `${contextOf(app)}/Dockerfile`,
          args: { NODE_IMAGE: args.node },
          platform: platformOf(args),
          builderVersion: docker.BuilderVersion.BuilderBuildKit,
        },
        buildOnPreview: false,
        skipPush: args.registry === undefined,
      },
      { parent: this },
    );
  }
}

/**
 * Builds nothing and connects to nothing: for a preview without Docker, which the usual provider
 * fails for want of an engine to ping. It waits with one behind SSH. The engine takes a provider whose
 * name begins so for one of its own, and does not show it: no update makes it.
 */
function unconnectedProvider(name: string): docker.Provider {
  return new docker.Provider(`default_${name}_unconnected`, { host: "ssh://unconnected" });
}

/** Whether this preview can't see what the nodes have. */
const isBlind = ({ docker, isConnected }: AppImagesArgs) => docker === "expected" || !isConnected;

/** A digest can't be delivered: what Docker writes to an archive has another one. */
const deliverable = (reference: string) => !reference.includes("@");

const contextOf = (app: App) => `./images/${app}`;

const platformOf = ({ platform }: AppImagesArgs) =>
  platform ?? `linux/${process.arch === "x64" ? "amd64" : process.arch}`;

function imageName(app: App, args: AppImagesArgs): string {
  const tag = contentTag(contextOf(app), { NODE_IMAGE: args.node, platform: platformOf(args) });
  return `${args.registry === undefined ? "" : `${args.registry}/`}todo-chatbot-${app}:${tag}`;
}

function undelivered(image: string) {
  return {
    reference: pulumi.output(parseReference(image)),
    facts: pulumi.output(facts(image, "", 0, "")),
  };
}

function facts(name: string, id: string, size: number, buildDate: string): ImageFacts {
  const { tag } = parseReference(name);
  return { id, name, tag, size, buildDate, securityScanStatus: "not-scanned" };
}
