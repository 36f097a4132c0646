import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import type { PolicyConfig } from "../../policy/check.ts";
import { check } from "../../policy/check.ts";
import { rules } from "../../policy/rules.ts";
import { contentForPolicies } from "../../policy/model.ts";
import { stackContent } from "../../render/stack-manifests.ts";
import { green, main, red, withUsage } from "../terminal.ts";
import { needTool } from "../toolchain.ts";
import { stacks } from "../pulumi/workspace.ts";
import { project } from "../../lib/project.ts";

const usage = `npm run policies -- [--stack <name>]... [--config <file>]

Checks everything that a stack would install against the policies, with neither cluster nor Docker.
Exit code 1 when one is broken.

  --stack   dev, local, or any with a Pulumi.<name>.yaml (default: ${stacks.join(" and ")})
  --config  settings of the policies, the same file as for pulumi's --policy-pack-config`;

await main(async () => {
  const { chosen, config } = commandLine();
  await needTool("helm");
  for (const stack of chosen) {
    const content = await stackContent(project, stack);
    const violations = check(contentForPolicies(content), config);
    const size = `${content.objects.length} objects, ${content.resources.length} resources, ${rules.length} policies`;
    if (violations.length === 0) {
      console.log(green(`✓ stack ${stack}: no policy is broken (${size})`));
      continue;
    }
    process.exitCode = 1;
    console.log(red(`✗ stack ${stack}: ${violations.length} violation(s) (${size})`));
    for (const { rule, subject, message } of violations) {
      console.log(`  ${rule}: ${subject} ${message}`);
    }
  }
});

function commandLine(): { chosen: readonly string[]; config: PolicyConfig } {
  return withUsage(usage, () => {
    const { values } = parseArgs({
      options: { stack: { type: "string", multiple: true }, config: { type: "string" } },
    });
    const { stack: chosen = stacks, config } = values;
    return {
      chosen,
      config:
        config === undefined ? {} : (JSON.parse(readFileSync(config, "utf8")) as PolicyConfig),
    };
  });
}
