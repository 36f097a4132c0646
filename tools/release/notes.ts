import { Problem } from "../../lib/problem.ts";

/** The section of a version in a changelog, without its heading. Pure. */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`[${version}] - `));
  const [, ...lines] = section?.split("\n") ?? [];
  // Link definitions at the end of the file belong to no section.
  const notes = lines.filter((line) => !/^\[[^\]]+\]: /.test(line)).join("\n");
  if (notes.trim() !== "") return `${notes.trim()}\n`;
  throw new Problem(
    `CHANGELOG.md has ${section === undefined ? "no section" : "an empty section"} for ${version}: give "Unreleased" the heading "## [${version}] - <date>".`,
  );
}

/** Where a version has to be the same. */
export interface Versions {
  readonly packageJson: string;
  readonly chart: string;
}

/**
 * The version of a tag. Pure.
 *
 * @throws Problem when it is not one, or the files have another
 */
export function versionOf(tag: string, { packageJson, chart }: Versions): string {
  const [, version] = /^v(\d+\.\d+\.\d+)$/.exec(tag) ?? [];
  if (version === undefined) {
    throw new Problem(`The tag is ${tag}; it must be v and a version, like v${packageJson}.`);
  }
  const others = Object.entries({
    "package.json": packageJson,
    "charts/todo-chatbot/Chart.yaml": chart,
  }).filter(([, found]) => found !== version);
  if (others.length === 0) return version;
  throw new Problem(
    `The tag is ${tag}, but ${others.map(([file, found]) => `${file} has version ${found}`).join(" and ")}. Set the version there, and move the tag.`,
  );
}
