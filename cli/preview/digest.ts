import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import type { Manifest } from "../../lib/manifest.ts";
import { nameOf } from "../../lib/manifest.ts";
import { check } from "../../policy/check.ts";
import { contentForPolicies } from "../../policy/model.ts";
import { rules } from "../../policy/rules.ts";
import type { StackContent } from "../../render/stack-manifests.ts";
import { imageVersions } from "./comparison.ts";

/**
 * What a stack deploys, in a form to compare: equal digests mean the same objects, resources with their
 * options, images and policy results. The same on every machine, and without any secret: encrypted
 * settings are placeholders that change with the encrypted text.
 */
export interface StackDigest {
  readonly stack: string;
  /** Of all parts together: `sha256:…`. */
  readonly digest: string;
  /** Versions of images, and a digest of everything else, by name; those that explain others come first. */
  readonly parts: Readonly<Record<string, string>>;
}

/** The digest of a stack. Pure. */
export function digestOf(content: StackContent): StackDigest {
  const { stack, objects, resources } = content;
  const parts = Object.fromEntries([
    ...[...imageVersions(objects)].map(([name, versions]) => [`image ${name}`, versions] as const),
    ...grouped(objects.map((object) => [objectName(object), object])),
    ...grouped(
      resources.map((resource) => {
        // Which of its inputs are secret is in them.
        const { type, name, secrets: _, ...others } = resource;
        return [`resource ${type} ${name}`, others];
      }),
    ),
    [
      "policies",
      sha256({
        rules: rules.map(({ name, config }) => ({ name, config })),
        violations: check(contentForPolicies(content)),
      }),
    ],
  ]);
  return { stack, digest: `sha256:${sha256(parts)}`, parts };
}

/** Digests by name, sorted; the program may register resources in any order. */
function grouped(entries: readonly (readonly [string, unknown])[]): [string, string][] {
  const values = new Map<string, unknown[]>();
  for (const [name, value] of entries) values.set(name, [...(values.get(name) ?? []), value]);
  return [...values]
    .map(([name, list]): [string, string] => [name, sha256(list)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function objectName(object: Manifest): string {
  const { namespace } = object.metadata;
  return `${nameOf(object)}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

/** SHA-256 of a value, whatever the order of its fields. */
function sha256(value: unknown): string {
  const text = JSON.stringify(value, (_, field: unknown) =>
    typeof field === "object" && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
  return createHash("sha256").update(text).digest("hex");
}

/** A file of digests, by stack. */
export type DigestFile = Readonly<Record<string, Pick<StackDigest, "digest" | "parts">>>;

/** The text of such a file. */
export const digestFile = (digests: readonly StackDigest[]): string =>
  `${JSON.stringify(Object.fromEntries(digests.map(({ stack, ...rest }) => [stack, rest])), null, 2)}\n`;

/** The parts of a reviewed digest; undefined when the file is missing or of another review. */
export async function reviewedParts(
  file: string | undefined,
  stack: string,
  reviewed: string,
): Promise<StackDigest["parts"] | undefined> {
  if (file === undefined) return undefined;
  try {
    const entry = (JSON.parse(await readFile(file, "utf8")) as DigestFile)[stack];
    return entry?.digest === reviewed ? entry.parts : undefined;
  } catch {
    return undefined;
  }
}

/** Why a stack must not be deployed: it is not what was reviewed. Undefined if it is. Pure. */
export function unreviewed(
  { stack, digest, parts }: StackDigest,
  reviewed: string,
  before: StackDigest["parts"] | undefined,
): string | undefined {
  if (digest === reviewed) return undefined;
  return [
    `Nothing was changed. Stack ${stack} is not what was reviewed: its digest is ${digest}, and that of the review ${reviewed}.`,
    before === undefined
      ? `What differs is not known without the review's file of digests: pass it with --digests, or compare the two revisions with npm run todo -- preview --stack ${stack} --against <ref>.`
      : differenceText(before, parts),
    "Deploy the revision that was reviewed, or have this one reviewed.",
  ].join("\n");
}

/** Names of differing parts in a message, besides the first. */
const maxNames = 8;

function differenceText(before: StackDigest["parts"], after: StackDigest["parts"]): string {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  const [first = "", ...others] = names.filter((name) => before[name] !== after[name]);
  const shown = others.slice(0, maxNames).join(", ");
  const more =
    others.length === 0
      ? ""
      : ` ${others.length} more: ${shown}${others.length > maxNames ? ", …" : ""}.`;
  return `First difference: ${first} ${verdict(first, before[first], after[first])}.${more}`;
}

function verdict(name: string, before: string | undefined, after: string | undefined): string {
  if (before === undefined) return "was not there";
  if (after === undefined) return "is gone";
  return name.startsWith("image ") ? `was ${before} and is ${after}` : "has changed";
}
