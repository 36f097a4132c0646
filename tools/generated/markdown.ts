import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { format } from "prettier";

import { project } from "../../lib/project.ts";

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/**
 * A page of the project with the block between `<!-- name: … -->` and `<!-- /name -->` replaced.
 *
 * @throws Error when the page has no such block
 */
export async function withBlock(file: string, name: string, block: string): Promise<string> {
  const text = await readFile(join(project, file), "utf8");
  const marks = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*?(<!-- /${name} -->)`);
  if (!marks.test(text))
    throw new Error(`${file} has no block <!-- ${name}: … --> … <!-- /${name} -->.`);
  const page = text.replace(
    marks,
    (_all, begin: string, end: string) => `${begin}\n${block}\n\n${end}`,
  );
  return format(page, { parser: "markdown", printWidth: 100 });
}
