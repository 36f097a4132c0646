import { run, RunError } from "./exec.ts";

interface Config {
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> };
}

/**
 * A label of an image in the local Docker or, if it isn't there, in its registry.
 *
 * @returns undefined when the image has no such label, or can't be read from here within ten seconds
 */
export async function readLabel(reference: string, label: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${label}"}}`;
  try {
    return await run("docker", ["image", "inspect", "--format", format, reference]);
  } catch {
    const [image] = (await inRegistry(reference).catch(() => undefined)) ?? [];
    return image?.config?.Labels?.[label];
  }
}

/** Whether a registry has an image; undefined when that can't be found out from here. */
export async function isInRegistry(reference: string): Promise<boolean | undefined> {
  try {
    await inRegistry(reference);
    return true;
  } catch (error) {
    const isMissing = error instanceof RunError && /not found|manifest unknown/i.test(error.output);
    return isMissing ? false : undefined;
  }
}

/** The image in its registry, once for each platform. */
async function inRegistry(reference: string): Promise<Config[]> {
  const format = ["--format", "{{json .Image}}"];
  const args = ["buildx", "imagetools", "inspect", reference, ...format];
  const image = JSON.parse(await run("docker", args, { timeoutMs: 10_000 })) as object;
  return "config" in image ? [image as Config] : Object.values(image as Record<string, Config>);
}
