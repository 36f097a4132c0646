import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { environment } from "../components/secrets/environment.ts";
import { project } from "../lib/project.ts";

/** The reference page of the environment variables, made from their table. */
export function environmentPage(): string {
  const rows = environment.map(
    ({ name, scope, sensitivity, object, description }) =>
      `| \`${name}\` | ${scope} | ${sensitivity} | \`${object}\` | ${description} |`,
  );
  return [
    "# Environment variables",
    "",
    "Made from the table in `components/secrets/environment.ts` by `npm run docs`. Secret values are only ever in Secrets.",
    "",
    "| name | scope | sensitivity | kept in | what it is |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

if (import.meta.main) {
  await mkdir(join(project, "docs"), { recursive: true });
  await writeFile(join(project, "docs", "environment.md"), environmentPage());
}
