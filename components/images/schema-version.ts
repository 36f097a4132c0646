import { readFileSync } from "node:fs";

import { readLabel } from "../../lib/image-label.ts";
import type { ImagesSettings } from "./images.schema.ts";

/** Label of a backend image: the newest schema version of the database that it knows. */
export const schemaLabel = "todo-chatbot.schema-version";

/**
 * The version that the sources in images/backend know. Undefined for images that were built elsewhere: to ask
 * a registry would make what is deployed depend on the machine.
 */
export function builtSchemaVersion({ mode }: Pick<ImagesSettings, "mode">): number | undefined {
  if (mode === "prebuilt") return undefined;
  const dockerfile = readFileSync("images/backend/Dockerfile", "utf8");
  return parse(new RegExp(`^LABEL ${schemaLabel}=(.*)$`, "m").exec(dockerfile)?.[1]);
}

/** The version that an image knows, from its label; undefined when it has none or can't be read here. */
export async function schemaVersionOf(image: string): Promise<number | undefined> {
  return parse(await readLabel(image, schemaLabel));
}

function parse(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
