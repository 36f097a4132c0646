import { clusterOf } from "../kubernetes/session.ts";
import type { LogLine } from "../kubernetes/logs.ts";
import { inOrder, isOfRequest, readable } from "../kubernetes/logs.ts";
import { componentsOf, followLogs, linesOf, podsOf } from "../kubernetes/pod-logs.ts";
import { red, yellow } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";

export interface LogsOptions {
  readonly stack: Stack;
  readonly follow?: boolean | undefined;
  readonly component?: string | undefined;
  /** Seconds. */
  readonly since: number;
  readonly request?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function logs(options: LogsOptions): Promise<void> {
  const { stack, component, since, request, json } = options;
  const cluster = await clusterOf(stack);
  const show = (lines: readonly LogLine[]) => {
    for (const line of inOrder(lines)) {
      if (request !== undefined && !isOfRequest(line, request)) continue;
      console.log(json ? line.text : readable(line, { error: red, warning: yellow }));
    }
  };

  const components = component === undefined ? [] : [component];
  const pods = await podsOf(cluster, components);
  if (pods.length === 0) {
    throw new Problem(
      component === undefined
        ? `There is no pod in namespace ${cluster.namespace} of ${cluster.context}: stack ${stack} is not deployed. Run ${npmCommand("start", stack)}.`
        : `There is no pod of component "${component}" in namespace ${cluster.namespace}. Components with pods: ${(await componentsOf(cluster)).join(", ") || "none"}.`,
    );
  }
  if (options.follow) await followLogs(cluster, { components, since }, show);
  else show((await Promise.all(pods.map((pod) => linesOf(cluster, pod, since)))).flat());
}
