import { BackupPods } from "../database/backup-pod.ts";
import type { Stack } from "../stacks.ts";
import { green, step } from "../terminal.ts";

/** Restores the newest backup into a throwaway database, and compares every table. */
export async function drill({ stack }: { readonly stack: Stack }): Promise<void> {
  const pods = await BackupPods.of(stack, "backup-drill");
  step(`Proving the newest backup of stack ${stack} in ${pods.context}`);
  const log = await pods.run((text) => process.stdout.write(text));
  const [, name = ""] = /^proven: (\S+)$/m.exec(log) ?? [];
  console.log(green(`✓ ${name} restores, with every row`));
}
