import { setTimeout as sleep } from "node:timers/promises";

import { grafanaDashboard } from "../../components/monitoring/dashboard.ts";
import { forwardPod } from "../../lib/port-forward.ts";
import type { StackCluster } from "../kubernetes/session.ts";
import { clusterOf } from "../kubernetes/session.ts";
import type { Answers, Sample } from "../kubernetes/status.ts";
import { overview, overviewQueries } from "../kubernetes/status.ts";
import { bold, green, red } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { readWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand, stackFile } from "../stacks.ts";

export interface StatusOptions {
  readonly stack: Stack;
  readonly once?: boolean | undefined;
  /** Whether to print a dashboard for Grafana instead. */
  readonly grafana?: boolean | undefined;
}

const port = 9090;
const pauseMs = 5_000;

export async function status({ stack, once, grafana }: StatusOptions): Promise<void> {
  if (grafana) {
    const { settings } = await readWorkspace(stack);
    console.log(grafanaDashboard(settings.cluster.namespace));
    return;
  }
  const cluster = await clusterOf(stack);
  const pod = await prometheusPod(cluster, stack);
  const { namespace, context, config } = cluster;
  using forward = await forwardPod(config, { namespace, pod, port });
  const queries = overviewQueries(namespace);
  const { isTTY } = process.stdout;
  for (;;) {
    const answers = await ask(forward.url, queries);
    const lines = overview(answers, { good: green, bad: red, title: bold });
    const time = new Date().toISOString().slice(11, 19);
    // Redraw in place.
    if (!once && isTTY) process.stdout.write("\u001B[H\u001B[2J");
    console.log([bold(`${namespace} in ${context}, ${time} UTC`), ...lines].join("\n"));
    // A pipe or a file has nobody who ends it.
    if (once || !isTTY) return;
    await sleep(pauseMs);
  }
}

async function ask(url: string, queries: ReturnType<typeof overviewQueries>): Promise<Answers> {
  const answers = Object.entries(queries).map(async ([key, query]) => {
    const address = `${url}/api/v1/query?query=${encodeURIComponent(query)}`;
    const response = await fetch(address, {
      // A kept-alive connection would keep the port-forward open.
      headers: { connection: "close" },
      signal: AbortSignal.timeout(15_000),
    }).catch((error: unknown) => {
      const cause = error instanceof Error ? (error.cause ?? error.message) : error;
      throw new Problem(`Prometheus does not answer: ${String(cause)}. Try again shortly.`);
    });
    const { data, error } = (await response.json()) as {
      data?: { result: readonly Sample[] };
      error?: string;
    };
    if (data === undefined) throw new Problem(`Prometheus rejected a query: ${error ?? ""}`);
    return [key, data.result] as const;
  });
  return Object.fromEntries(await Promise.all(answers)) as unknown as Answers;
}

/** Name of the running Prometheus pod. */
async function prometheusPod(
  { core, namespace, context, settings }: StackCluster,
  stack: Stack,
): Promise<string> {
  const { mode } = settings.monitoring;
  if (mode === "operator") {
    throw new Problem(
      "monitoring.mode is operator: see the dashboard in Grafana (ConfigMap todo-chatbot-dashboard).",
    );
  }
  if (mode === "off") {
    throw new Problem(
      `monitoring.mode is off, so there are no metrics. Set it to bundled in ${stackFile(stack)}, then run ${npmCommand("start", stack)}.`,
    );
  }
  const labelSelector = "app.kubernetes.io/component=prometheus";
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  const running = items.find(({ status }) => status?.phase === "Running");
  if (running?.metadata?.name !== undefined) return running.metadata.name;
  throw new Problem(
    `Prometheus is not running in namespace ${namespace} of ${context}: stack ${stack} is not deployed. Run ${npmCommand("start", stack)}, and npm run todo -- doctor if that does not help.`,
  );
}
