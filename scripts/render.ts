import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { stringify } from "yaml";

import type { Manifest } from "./lib/manifest.ts";
import { mask } from "./lib/mask.ts";
import { stackContent } from "./lib/objects.ts";
import { main, Problem, step } from "./lib/say.ts";
import { needTool } from "./lib/tools.ts";
import { project } from "./lib/workspace.ts";

const usage = `npm run render -- [--stack <name>] [--out <folder>]

Writes the Kubernetes objects of a stack to files, one per object, with neither cluster nor Docker:
the program's own and those of its Helm release. Secrets are masked.

  --stack  dev (default), local, or any with a Pulumi.<name>.yaml
  --out    folder, new or of an earlier rendering (default .todo-chatbot/rendered/<stack>)`;

/** Marks a folder whose content may be thrown away. */
const mark = ".rendered";

await main(async () => {
  const { stack, out } = commandLine();
  await needTool("helm");
  const { objects, secrets } = await stackContent(project, stack);
  await emptyFolder(out);
  for (const object of objects) {
    const file = join(out, fileName(object));
    await mkdir(dirname(file), { recursive: true });
    // Two objects in one file would hide one of them.
    await writeFile(file, stringify(mask(object, secrets)), { flag: "wx" });
  }
  step(`${objects.length} objects of stack ${stack} are in ${relative(process.cwd(), out) || "."}`);
});

async function emptyFolder(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  if (files.length > 0 && !existsSync(join(folder, mark))) {
    throw new Problem(`${folder} has files that are not from here. Name a new folder with --out.`);
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, mark), "");
}

/** Stable, so that two folders compare file by file: `<namespace>/deployment-backend.yaml`. */
function fileName({ kind, metadata: { name, namespace = "" } }: Manifest): string {
  return join(namespace, `${kind.toLowerCase()}-${name.replace(/[^\w.-]/g, "-")}.yaml`);
}

function commandLine(): { stack: string; out: string } {
  try {
    const { values } = parseArgs({
      options: { stack: { type: "string", default: "dev" }, out: { type: "string" } },
    });
    const { stack, out = join(project, ".todo-chatbot", "rendered", stack) } = values;
    return { stack, out: resolve(out) };
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
