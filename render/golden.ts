import { globSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { parse, stringify } from "yaml";

import type { Manifest } from "../lib/manifest.ts";
import { nameOf } from "../lib/manifest.ts";
import { project } from "../lib/project.ts";
import { readObjects, writeObjects } from "./files.ts";
import { mask, maskTexts } from "./mask.ts";
import type { ProgramResource } from "./program.ts";
import { isObject, stackContent } from "./stack-manifests.ts";

/** Golden content of a stack, for tests. */
export interface Golden {
  readonly objects: readonly Manifest[];
  /** Facts about resources that the objects don't show, by type and name. */
  readonly resources: Readonly<Record<string, unknown>>;
}

/** The golden files of this stack are complete; those of others only have the differences. */
const base = "dev";

/** Folder of a stack's objects; its resources are in a file of the same name. */
const goldenFolder = (stack: string): string => join(project, "test", "golden", stack);

/**
 * The golden content of a stack: without secrets, and without the tags, checksums and scripts that change
 * with every edit of a source. The same on every machine.
 */
export async function goldenOf(stack: string): Promise<Golden> {
  const { objects, resources, secrets } = await stackContent(project, stack);
  const scripts = chartFiles();
  return {
    objects: objects.map((object) => recorded(mask(object, secrets), scripts) as Manifest),
    resources: Object.fromEntries(
      resources
        .map((resource) => [resourceId(resource), factsOf(resource, secrets)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

export async function readGolden(stack: string): Promise<Golden> {
  const own = await readFiles(stack);
  return stack === base ? own : overlay(await readFiles(base), own);
}

/** Writes a stack's golden files; the base must be first, because others are compared with it. */
export async function writeGolden(stack: string, golden: Golden): Promise<void> {
  const own = stack === base ? golden : difference(golden, await readFiles(base));
  await writeObjects(goldenFolder(stack), own.objects);
  await writeFile(`${goldenFolder(stack)}.yaml`, stringify(own.resources));
}

async function readFiles(stack: string): Promise<Golden> {
  const text = await readFile(`${goldenFolder(stack)}.yaml`, "utf8");
  return {
    objects: await readObjects(goldenFolder(stack)),
    resources: (parse(text) ?? {}) as Golden["resources"],
  };
}

/** The differences from another stack; null for what only that one has. Pure. */
export function difference(golden: Golden, from: Golden): Golden {
  const [now, old] = [entriesOf(golden), entriesOf(from)];
  const changed = Object.entries(now).filter(([id, entry]) => !isDeepStrictEqual(entry, old[id]));
  const missing = Object.keys(old).filter((id) => !(id in now));
  const { objects, resources } = ofEntries(Object.fromEntries(changed));
  const nulls = Object.fromEntries(missing.map((id) => [id, null]));
  return { objects, resources: { ...resources, ...nulls } };
}

/** Applies such a difference. Pure. */
export function overlay(from: Golden, own: Golden): Golden {
  return ofEntries({ ...entriesOf(from), ...entriesOf(own) });
}

/** Objects and resources by ID. */
function entriesOf({ objects, resources }: Golden): Record<string, unknown> {
  const id = (object: Manifest) => `${nameOf(object)} ${object.metadata.namespace ?? ""}`.trim();
  return { ...Object.fromEntries(objects.map((object) => [id(object), object])), ...resources };
}

function ofEntries(entries: Readonly<Record<string, unknown>>): Golden {
  const all = Object.entries(entries).filter(([, entry]) => entry !== null);
  return {
    objects: all.map(([, entry]) => entry).filter(isManifest),
    resources: Object.fromEntries(all.filter(([, entry]) => !isManifest(entry))),
  };
}

const isManifest = (entry: unknown): entry is Manifest =>
  typeof entry === "object" && entry !== null && "kind" in entry && "metadata" in entry;

const resourceId = ({ type, name }: ProgramResource) => `${type} ${name}`;

/** Only what differs from a plain resource, and the inputs if no object shows them. */
function factsOf(resource: ProgramResource, secrets: readonly string[]): unknown {
  const { type, parent, provider, protect, dependsOn, inputs } = resource;
  // A release's values are visible in its objects.
  const { values: _values, ...others } = inputs;
  const shown = isObject(resource) ? {} : type.includes(":helm.sh/") ? others : inputs;
  const facts = {
    ...(parent !== "" && { parent }),
    ...(provider !== "" && { provider }),
    ...(protect && { protect }),
    ...(dependsOn.length > 0 && { dependsOn }),
    ...(Object.keys(shown).length > 0 && { inputs: shown }),
  };
  return recorded(maskTexts(facts, secrets), new Map());
}

/** The value without what differs between builds; chart files are replaced by their names. */
function recorded(value: unknown, scripts: ReadonlyMap<string, string>): unknown {
  const text = JSON.stringify(value, (_, field: unknown) =>
    typeof field === "string" ? (scripts.get(field.trimEnd()) ?? field) : field,
  );
  return JSON.parse(text.replaceAll(/\b[0-9a-f]{12}\b/g, "[hash]"));
}

/** Replacements for the charts' files, whose changes git shows. */
function chartFiles(): Map<string, string> {
  const files = globSync("charts/*/files/*", { cwd: project });
  return new Map(
    files.map((file) => [
      readFileSync(join(project, file), "utf8").trimEnd(),
      `[content of ${file}]`,
    ]),
  );
}
