import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { project } from "../../lib/project.ts";

/** The frontend's copy of a file of the backend: each image is built from its own folder alone. */
export async function frontendCopy(file: string): Promise<string> {
  const source = `images/backend/${file}`;
  const text = await readFile(join(project, source), "utf8");
  return `// Generated from ${source} by \`npm run generate\`.\n${text}`;
}
