import { mkdir, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { isGreen, review, reviewMarkdown } from "../preview/report.ts";
import { checkOut, workTree } from "../preview/checkout.ts";
import { main, step, withUsage } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { needTool } from "../toolchain.ts";
import { stacks } from "../pulumi/workspace.ts";

const usage = `npm run pull-request -- <base> [--out <file>]

What the work tree would change, compared with a base revision, as one comment for a pull request:
the plan, the policies, the objects in the cluster, and the sizes of the images where a Docker engine
answers. Needs no cluster. Exit code 1 when there is no plan, or when a policy is broken.

  --out  file for the comment (default .todo-chatbot/pull-request.md)`;

await main(async () => {
  const { base, out } = commandLine();
  await needTool("helm");
  await needTool("pulumi");
  await using before = await checkOut(base);
  const result = await review(before, workTree, stacks);
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, reviewMarkdown(result));
  step(`The comment is in ${relative(process.cwd(), out)}`);
  if (!isGreen(result))
    throw new Problem("The change must not go in as it is; the comment says why.");
});

function commandLine(): { base: string; out: string } {
  return withUsage(usage, () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { out: { type: "string", default: ".todo-chatbot/pull-request.md" } },
    });
    const [base, ...rest] = positionals;
    if (base === undefined || rest.length > 0) throw new Error("Name the base revision.");
    return { base, out: resolve(values.out) };
  });
}
