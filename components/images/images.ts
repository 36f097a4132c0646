import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterTarget } from "../../lib/clusters.ts";
import type { WithSecrets } from "../../lib/fields.ts";
import { contentTag } from "./content-tag.ts";
import { ImageDelivery } from "./delivery.ts";
import type { ImagesSettings } from "./images.schema.ts";
import type { ImageReference } from "../../lib/image-reference.ts";
import { parseReference } from "../../lib/image-reference.ts";
import type { Scanned } from "./scan.ts";
import { ensurePassed, isGuarded, scanned } from "./scan.ts";
import type { ScanStatus, Verdict } from "./verdict.ts";

/** The two apps, each with its own image. */
export type App = "backend" | "frontend";

/** Arguments of {@link AppImages}. */
export type AppImagesArgs = WithSecrets<ImagesSettings> & {
  /** The cluster to deliver to. */
  readonly target: ClusterTarget;
  /** Whether a Docker engine answers; expected: not in this preview, but required for the update. */
  readonly docker: "present" | "expected" | "absent";
  /** Whether the cluster answers; only a preview continues without. */
  readonly isConnected: boolean;
  /** Images are only delivered once this has resolved; they are built before. */
  readonly deliverAfter: Promise<unknown>;
  /** Third-party images; delivered to the nodes if the local Docker has them. */
  readonly thirdParty: Readonly<Record<string, string>>;
};

/** Stack output for one image. */
export interface ImageFacts {
  /** Docker's image ID, `sha256:…`; empty when it was not built here. */
  readonly id: string;
  /** `repository:tag`. */
  readonly name: string;
  readonly tag: string;
  /** Unpacked size in bytes; 0 when it was not built here. */
  readonly size: number;
  /** ISO 8601; empty when it was not built here. */
  readonly buildDate: string;
  /** Result of the vulnerability scan; {@link AppImages.scans} has the rest. */
  readonly securityScanStatus: ScanStatus;
}

/** The application's images: built, tagged by content and delivered to the cluster. */
export class AppImages extends pulumi.ComponentResource {
  /** References for the release, once the images are delivered. */
  public readonly references: Readonly<Record<App, pulumi.Output<ImageReference>>>;
  /** Stack output for each image. */
  public readonly facts: Readonly<Record<App, pulumi.Output<ImageFacts>>>;
  /** Stack output for the scan of each image, third-party ones too. */
  public readonly scans: Readonly<Record<string, pulumi.Output<Verdict>>>;
  /** Deliveries of third-party images. */
  public readonly thirdParty: pulumi.Resource[];
  /**
   * In an update that `images.scan.mode: enforce` guards, resolves once all images have passed, and rejects
   * with a RunError otherwise. Resolved in all others.
   */
  public readonly accepted: Promise<void>;

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

    const sources = {
      backend: this.#source("backend", name, args),
      frontend: this.#source("frontend", name, args),
    };
    const scans = Object.fromEntries(
      Object.entries({ ...sources, ...mapValues(args.thirdParty, prebuilt) }).map(
        ([part, { ready }]) => [part, ready.apply((image) => scanned(image, args.scan))],
      ),
    );
    this.scans = mapValues(scans, (scan) => scan.apply(({ verdict }) => verdict));
    this.accepted = isGuarded(args.scan)
      ? allOf(Object.values(scans)).then(ensurePassed)
      : Promise.resolve();

    const deliver = (app: App) =>
      this.#deliver(app, name, args, sources[app], this.scans[app] as pulumi.Output<Verdict>);
    const built = { backend: deliver("backend"), frontend: deliver("frontend") };
    this.references = { backend: built.backend.reference, frontend: built.frontend.reference };
    this.facts = { backend: built.backend.facts, frontend: built.frontend.facts };

    const thirdParty = Object.entries(args.thirdParty).filter(
      ([, reference]) =>
        args.docker !== "absent" && target.kind !== "remote" && deliverable(reference),
    );
    this.thirdParty = thirdParty.map(
      ([part, image]) =>
        new ImageDelivery(
          `${name}-${part}-delivery`,
          {
            ...{ target, pullable: true, keep: 0, isOffline: isOffline(args) },
            image: this.#onceAccepted(args, image),
          },
          { parent: this },
        ),
    );

    this.registerOutputs({ facts: this.facts });
  }

  /** An app's image, which is built first where that is the mode. */
  #source(app: App, name: string, args: AppImagesArgs): Source {
    const image = args.mode === "prebuilt" ? args.prebuilt[app] : imageName(app, args);
    if (args.mode !== "build" || args.docker === "absent") return prebuilt(image);
    if (platformsOf(args).length > 1) {
      const index = this.#buildIndex(app, name, image, args);
      return { image, index, ready: index.imageId.apply(() => image) };
    }
    const build = this.#build(app, name, image, args);
    // The digest, because a preview does not know it before the build.
    return { image, build, ready: build.repoDigest.apply(() => image) };
  }

  #deliver(
    app: App,
    name: string,
    args: AppImagesArgs,
    { image, build, index }: Source,
    scan: pulumi.Output<Verdict>,
  ) {
    const { target, mode, keep } = args;
    if (mode === "none" || args.docker === "absent" || !deliverable(image)) {
      return {
        reference: pulumi.output(parseReference(image)),
        facts: scan.apply((known) => facts(image, "", 0, "", known)),
      };
    }
    if (index !== undefined) {
      const { imageId, size, created } = index;
      return {
        reference: imageId.apply((digest) => ({ ...parseReference(image), digest })),
        facts: pulumi.all([imageId, size, created, scan]).apply((known) => facts(image, ...known)),
      };
    }
    const delivery = new ImageDelivery(
      `${name}-${app}-delivery`,
      {
        target,
        image: this.#onceAccepted(args, build?.imageName ?? image),
        pullable: mode === "prebuilt",
        keep: mode === "build" ? keep : 0,
        isOffline: isOffline(args),
      },
      { parent: this },
    );
    const { imageId, size, created } = delivery;
    return {
      reference:
        build !== undefined && args.registry !== undefined
          ? pushed(build)
          : // The URN, because a preview does not know the ID yet.
            delivery.urn.apply(() => parseReference(image)),
      facts: pulumi.all([imageId, size, created, scan]).apply((known) => facts(image, ...known)),
    };
  }

  /** The image, once it may be delivered; never if it may not, because the program then fails. */
  #onceAccepted(
    { deliverAfter }: AppImagesArgs,
    image: pulumi.Input<string>,
  ): pulumi.Output<string> {
    const passed = this.accepted.catch(() => new Promise<void>(() => undefined));
    return pulumi.all([image, deliverAfter, passed]).apply(([each]) => each);
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
          platform: platformsOf(args)[0] ?? "",
          builderVersion: docker.BuilderVersion.BuilderBuildKit,
        },
        buildOnPreview: false,
        skipPush: args.registry === undefined,
      },
      { parent: this },
    );
  }

  /** As for one platform, it is pushed before it is scanned: nothing runs it yet. */
  #buildIndex(app: App, name: string, image: string, args: AppImagesArgs): ImageDelivery {
    const build = {
      platforms: platformsOf(args),
      context: contextOf(app),
      args: { NODE_IMAGE: args.node },
    };
    return new ImageDelivery(
      `${name}-${app}-delivery`,
      { target: args.target, image, pullable: true, keep: 0, build, isOffline: isOffline(args) },
      { parent: this },
    );
  }
}

/**
 * Connects to nothing, for a preview without Docker: the usual provider pings its engine and fails,
 * but connects lazily to a host behind SSH. The Pulumi engine treats a provider with this name prefix as a
 * default provider and does not show it: no update creates it.
 */
function unconnectedProvider(name: string): docker.Provider {
  return new docker.Provider(`default_${name}_unconnected`, { host: "ssh://unconnected" });
}

/** Whether this is a preview that can't inspect the nodes. */
const isOffline = ({ docker, isConnected }: AppImagesArgs) => docker === "expected" || !isConnected;

/** An image with a digest can't be delivered: `docker save` produces another digest. */
const deliverable = (reference: string) => !reference.includes("@");

const contextOf = (app: App) => `./images/${app}`;

/** Sorted, because their order means nothing. */
const platformsOf = ({ platforms }: AppImagesArgs) =>
  platforms?.toSorted() ?? [`linux/${process.arch === "x64" ? "amd64" : process.arch}`];

function imageName(app: App, args: AppImagesArgs): string {
  const platform = platformsOf(args).join();
  const tag = contentTag(contextOf(app), { NODE_IMAGE: args.node, platform });
  return `${args.registry === undefined ? "" : `${args.registry}/`}todo-chatbot-${app}:${tag}`;
}

/** What the nodes pull: the image that was pushed, whatever its tag names later. */
function pushed({ imageName, repoDigest }: docker.Image): pulumi.Output<ImageReference> {
  return pulumi.all([imageName, repoDigest]).apply(([name, digest]) => ({
    ...parseReference(name),
    digest: parseReference(digest).digest,
  }));
}

function facts(
  name: string,
  id: string,
  size: number,
  buildDate: string,
  { status: securityScanStatus }: Verdict,
): ImageFacts {
  const { tag } = parseReference(name);
  return { id, name, tag, size, buildDate, securityScanStatus };
}

/** An image, and its build if it is built here. */
interface Source {
  readonly image: string;
  readonly build?: docker.Image;
  /** Of a build for several platforms. */
  readonly index?: ImageDelivery;
  /** The image, once it exists. */
  readonly ready: pulumi.Output<string>;
}

const prebuilt = (image: string): Source => ({ image, ready: pulumi.output(image) });

const mapValues = <T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

const allOf = (scans: pulumi.Output<Scanned>[]) =>
  new Promise<Scanned[]>((resolve) => void pulumi.all(scans).apply(resolve));
