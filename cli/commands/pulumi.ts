import { ensureStack, onStack, showPulumi } from "../pulumi/stack.ts";
import { ensureTool } from "../toolchain.ts";
import { openUnchecked, openWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { stacks } from "../stacks.ts";

/** Commands that read a stack's config, and so need to be told where it is. */
const readsConfig = ["up", "preview", "destroy", "refresh", "config", "watch"];

export async function pulumi(
  args: readonly string[],
  options: { readonly stack: Stack },
): Promise<void> {
  // Pulumi takes --stack after its command too.
  const at = args.indexOf("--stack");
  const stack = stacks.find((known) => at !== -1 && known === args[at + 1]) ?? options.stack;
  const rest = at === -1 ? args : args.toSpliced(at, 2);
  const isConfig = rest[0] === "config";
  const workspace = isConfig ? await openUnchecked(stack) : await openWorkspace(stack);
  await ensureTool("pulumi");
  // The first npm start may need a secret, like the URL of an external database.
  if (isConfig) await ensureStack(workspace);
  process.exitCode = await showPulumi(
    workspace,
    readsConfig.includes(rest[0] ?? "") ? onStack(workspace, ...rest) : [...rest, "--stack", stack],
  );
}
