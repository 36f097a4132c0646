import { Problem } from "../../lib/problem.ts";
import { podsOf } from "../kubernetes/pod-logs.ts";
import { PodShell } from "../../lib/pod-shell.ts";
import { ownClusterOf } from "../kubernetes/session.ts";
import { askPulumi } from "../pulumi/stack.ts";
import { readWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";

export interface ResetPasswordOptions {
  readonly stack: Stack;
}

/** Prints a one-time link to set a new password for an account. */
export async function resetPassword(email: string, { stack }: ResetPasswordOptions): Promise<void> {
  const cluster = await ownClusterOf(stack);
  const { config, namespace, context } = cluster;
  const pod = (await podsOf(cluster, ["backend"])).find(({ status }) =>
    status?.conditions?.some((is) => is.type === "Ready" && is.status === "True"),
  );
  if (pod === undefined) {
    throw new Problem(
      `No backend pod is ready in namespace ${namespace} of ${context}. Run ${npmCommand("start", stack)}.`,
    );
  }
  const backend = new PodShell(config, namespace, pod.metadata?.name ?? "", "backend");
  // Of little memory: it shares the pod's limit with the server.
  const node = ["node", "--max-old-space-size=48", "/app/reset-password.mjs"];
  const path = await backend.ask([...node, email]);
  const url = await address(stack);
  console.log(`${url.replace(/\/+$/, "")}${path}`);
  console.error("Give this link to its owner only. It works once, within the next hour.");
}

/** The URL of the web UI; without the state it is not known. */
async function address(stack: Stack): Promise<string> {
  const workspace = await readWorkspace(stack);
  const output = ["stack", "output", "url", "--stack", workspace.stack];
  return askPulumi(workspace, output).then(
    (url) => url.trim(),
    () => "https://<address of the web UI>",
  );
}
