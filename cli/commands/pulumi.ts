import { needStack, onStack, showPulumi } from "../pulumi/stack.ts";
import { main } from "../terminal.ts";
import { needTool } from "../toolchain.ts";
import { openWorkspace, stacks } from "../pulumi/workspace.ts";

/** Commands that read a stack's config, and so need to be told where it is. */
const readsConfig = ["up", "preview", "destroy", "refresh", "config", "watch"];

// npm run pulumi -- [--stack dev|local] <anything that the pulumi CLI takes>
await main(async () => {
  const args = process.argv.slice(2);
  const at = args.indexOf("--stack");
  const stack = stacks.find((known) => at !== -1 && known === args[at + 1]) ?? "dev";
  const rest = at === -1 ? args : args.toSpliced(at, 2);
  const workspace = await openWorkspace(stack);
  await needTool("pulumi");
  // The first npm start may need a secret, like the address of a database elsewhere.
  if (rest[0] === "config") await needStack(workspace);
  process.exitCode = await showPulumi(
    workspace,
    readsConfig.includes(rest[0] ?? "") ? onStack(workspace, ...rest) : [...rest, "--stack", stack],
  );
});
