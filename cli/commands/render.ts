import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { mask } from "../../render/mask.ts";
import { stackContent } from "../../render/stack-manifests.ts";
import { writeObjects } from "../../render/files.ts";
import { main, step, withUsage } from "../terminal.ts";
import { needTool } from "../toolchain.ts";
import { project } from "../../lib/project.ts";

const usage = `npm run render -- [--stack <name>] [--out <folder>]

Writes the Kubernetes objects of a stack to files, one per object, with neither cluster nor Docker:
the program's own and those of its Helm release. Secrets are masked.

  --stack  dev (default), local, or any with a Pulumi.<name>.yaml
  --out    folder, new or of an earlier rendering (default .todo-chatbot/rendered/<stack>)`;

await main(async () => {
  const { stack, out } = commandLine();
  await needTool("helm");
  const { objects, secrets } = await stackContent(project, stack);
  await writeObjects(
    out,
    objects.map((object) => mask(object, secrets)),
  );
  step(`${objects.length} objects of stack ${stack} are in ${relative(process.cwd(), out) || "."}`);
});

function commandLine(): { stack: string; out: string } {
  return withUsage(usage, () => {
    const { values } = parseArgs({
      options: { stack: { type: "string", default: "dev" }, out: { type: "string" } },
    });
    const { stack, out = join(project, ".todo-chatbot", "rendered", stack) } = values;
    return { stack, out: resolve(out) };
  });
}
