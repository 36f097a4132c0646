import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { grafanaDashboard } from "../../components/monitoring/dashboard.ts";
import { forwardPod } from "../../lib/port-forward.ts";
import type { StackCluster } from "../kubernetes/session.ts";
import { clusterOf } from "../kubernetes/session.ts";
import type { Answers, Sample } from "../kubernetes/status.ts";
import { overview, overviewQueries } from "../kubernetes/status.ts";
import { bold, green, main, red, withUsage } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import type { Stack } from "../pulumi/workspace.ts";
import { openWorkspace, stackNamed, stacks } from "../pulumi/workspace.ts";

const usage = `npm run dashboard -- [--stack ${stacks.join("|")}] [--once | --grafana]

Shows the essentials of the running application in the terminal, every five seconds until Ctrl+C, as the
Prometheus beside it knows them.

  --once     prints them once
  --grafana  prints a dashboard for Grafana to import (npm run --silent dashboard -- --grafana)`;

const port = 9090;
const pauseMs = 5_000;

await main(async () => {
  const { stack, once, grafana } = commandLine();
  if (grafana) {
    const { settings } = await openWorkspace(stack);
    console.log(grafanaDashboard(settings.cluster.namespace));
    return;
  }
  const cluster = await clusterOf(stack);
  const pod = await prometheusPod(cluster, stack);
  const { namespace, context, config } = cluster;
  using forward = await forwardPod(config, { namespace, pod, port });
  const queries = overviewQueries(namespace);
  for (;;) {
    const answers = await ask(forward.url, queries);
    const lines = overview(answers, { good: green, bad: red, title: bold });
    const time = new Date().toISOString().slice(11, 19);
    // From the top of the screen, so that it stands still.
    if (!once && process.stdout.isTTY) process.stdout.write("\u001B[H\u001B[2J");
    console.log([bold(`${namespace} in ${context}, ${time} UTC`), ...lines].join("\n"));
    if (once) return;
    await sleep(pauseMs);
  }
});

async function ask(url: string, queries: ReturnType<typeof overviewQueries>): Promise<Answers> {
  const answers = Object.entries(queries).map(async ([key, query]) => {
    const address = `${url}/api/v1/query?query=${encodeURIComponent(query)}`;
    const response = await fetch(address, {
      // A connection that is kept open would keep the forwarding open too.
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
    if (data === undefined) throw new Problem(`Prometheus refuses a query: ${error ?? ""}`);
    return [key, data.result] as const;
  });
  return Object.fromEntries(await Promise.all(answers)) as unknown as Answers;
}

/** Name of the running pod of Prometheus. */
async function prometheusPod(
  { core, namespace, context, settings }: StackCluster,
  stack: Stack,
): Promise<string> {
  const { mode } = settings.monitoring;
  if (mode === "operator") {
    throw new Problem(
      "monitoring.mode is operator: the operator's Grafana has the dashboard (ConfigMap todo-chatbot-dashboard).",
    );
  }
  if (mode === "off") {
    throw new Problem(
      "monitoring.mode is off, so nothing is measured. Switch it on: npm start -- --set monitoring.mode=bundled",
    );
  }
  const labelSelector = "app.kubernetes.io/component=prometheus";
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  const running = items.find(({ status }) => status?.phase === "Running");
  if (running?.metadata?.name !== undefined) return running.metadata.name;
  throw new Problem(
    `No Prometheus runs in the namespace ${namespace} of ${context}: stack ${stack} is not up. Run npm start, and npm run doctor if that does not help.`,
  );
}

function commandLine() {
  return withUsage(usage, () => {
    const { values } = parseArgs({
      options: {
        stack: { type: "string", default: "dev" },
        once: { type: "boolean", default: false },
        grafana: { type: "boolean", default: false },
      },
    });
    return { ...values, stack: stackNamed(values.stack) };
  });
}
