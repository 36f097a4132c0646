import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { project } from "../../lib/project.ts";

/** The frontend's copy of a file of the backend: each image is built from its own folder alone. */
export async function frontendCopy(file: string): Promise<string> {
  const source = `images/backend/${file}`;
  const text = await readFile(join(project, source), "utf8");
  // A copy imports the copies beside it.
  const copy = text.replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.gen.ts"');
  return `// Generated from ${source} by \`npm run generate\`.\n${copy}`;
}
