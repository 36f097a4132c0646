import { parseArgs } from "node:util";

import { compareStacks } from "../preview/comparison.ts";
import { comparisonMarkdown, comparisonText } from "../preview/comparison-text.ts";
import { stackContent } from "../../render/stack-manifests.ts";
import { checkOut, workTree } from "../preview/checkout.ts";
import { main, withUsage } from "../terminal.ts";
import { needTool } from "../toolchain.ts";
import { stacks } from "../pulumi/workspace.ts";

const usage = `npm run diff -- <ref> [<ref>] [--stack <name>]... [--markdown]

What a change of the repository changes in the cluster: compares a revision with the work tree, or
with a second one, object by object. Needs neither cluster nor Docker; secrets are masked.

  --stack     dev, local, or any with a Pulumi.<name>.yaml (default: ${stacks.join(" and ")})
  --markdown  for a comment on a pull request`;

await main(async () => {
  const { from, to, chosen, format } = commandLine();
  await needTool("helm");
  await using before = await checkOut(from);
  await using after = to === undefined ? workTree : await checkOut(to);
  for (const stack of chosen) {
    const comparison = compareStacks(
      await stackContent(before.path, stack),
      await stackContent(after.path, stack),
    );
    console.log(format(comparison));
  }
});

function commandLine() {
  return withUsage(usage, () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        stack: { type: "string", multiple: true },
        markdown: { type: "boolean", default: false },
      },
    });
    const [from, to, ...rest] = positionals;
    if (from === undefined || rest.length > 0) throw new Error("Name one revision, or two.");
    const { stack: chosen = stacks, markdown } = values;
    return { from, to, chosen, format: markdown ? comparisonMarkdown : comparisonText };
  });
}
