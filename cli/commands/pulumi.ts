import { ensureStack, onStack, showPulumi } from "../pulumi/stack.ts";
import { ensureTool } from "../toolchain.ts";
import { openUnchecked, openWorkspace } from "../pulumi/workspace.ts";
import { UsageError } from "../command-line.ts";
import type { Stack } from "../stacks.ts";
import { noSuchStack, stacksIn } from "../stacks.ts";

/** Commands that read a stack's config, and need its path. */
const readsConfig = ["up", "preview", "destroy", "refresh", "config", "watch"];

export async function pulumi(
  args: readonly string[],
  options: { readonly stack: Stack },
): Promise<void> {
  // Pulumi also accepts --stack after its command.
  const at = args.findIndex((arg) => arg === "--stack" || arg === "-s");
  const stack = at === -1 ? options.stack : (args[at + 1] ?? "");
  if (!stacksIn().includes(stack)) throw new UsageError(noSuchStack(stack));
  const rest = at === -1 ? args : args.toSpliced(at, 2);
  const isConfig = rest[0] === "config";
  const workspace = isConfig ? await openUnchecked(stack) : await openWorkspace(stack);
  await ensureTool("pulumi");
  // Secrets, like the URL of an external database, can be set before the first npm start.
  if (isConfig) await ensureStack(workspace);
  process.exitCode = await showPulumi(
    workspace,
    readsConfig.includes(rest[0] ?? "") ? onStack(workspace, ...rest) : [...rest, "--stack", stack],
  );
}
