import { run } from "../../lib/exec.ts";

/** How a command is killed. */
export const endings = {
  /** It and all of its descendants, as when the machine loses power. */
  "SIGKILL of all": killTree,
  /** Its process group; Pulumi's plugins have groups of their own and continue for a while. */
  "SIGKILL of the group": (pid: number) => {
    process.kill(-pid, "SIGKILL");
  },
  /** Ctrl-C. */
  SIGINT: (pid: number) => {
    process.kill(-pid, "SIGINT");
  },
} as const;

export type Ending = keyof typeof endings;

/** Kills a process and all of its descendants, in whatever group. */
async function killTree(pid: number): Promise<void> {
  const lines = (await run("ps", ["-e", "-o", "pid=,ppid="])).split("\n");
  const parents = lines.map((line) => line.trim().split(/ +/).map(Number));
  const tree = [pid];
  for (const each of tree) {
    tree.push(...parents.flatMap(([child = 0, parent]) => (parent === each ? [child] : [])));
  }
  for (const each of tree) {
    try {
      process.kill(each, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
