import type { PlatformBuild } from "./buildx.ts";

/** A build of an image by a resource. */
export interface BuiltImage extends PlatformBuild {
  /** Name with tag, and registry if it is pushed. */
  readonly image: string;
  readonly dockerfile: string;
}

interface Resource {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a resource builds: one of @pulumi/docker for one platform, a delivery for several. */
export function builtImage({ type, inputs }: Resource): BuiltImage | undefined {
  if (type === "docker:index/image:Image") {
    const { platform = "", ...build } = (inputs["build"] ?? {}) as SingleBuild;
    return { args: {}, ...build, image: String(inputs["imageName"]), platforms: [platform] };
  }
  const build = inputs["build"] as PlatformBuild | undefined;
  if (!type.endsWith(":ImageDelivery") || build === undefined) return undefined;
  const dockerfile = `${build.context}/Dockerfile`;
  return { ...build, image: String(inputs["image"]), dockerfile };
}

interface SingleBuild {
  readonly context: string;
  readonly dockerfile: string;
  readonly platform?: string;
  readonly args?: Readonly<Record<string, string>>;
}
