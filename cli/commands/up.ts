import { parseArgs } from "node:util";

import { CoreV1Api } from "@kubernetes/client-node";

import { claimNames } from "../../lib/pvc.ts";
import { openCommand } from "../../lib/clusters.ts";
import { dockerProblem, inspectImage } from "../../lib/docker.ts";
import { connect, kubeconfigOf } from "../../lib/kubernetes.ts";
import { clusterTarget } from "../../preflight.ts";
import { needCluster } from "../kubernetes/local-cluster.ts";
import { askPulumi, needStack, onStack, readState, showPulumi } from "../pulumi/stack.ts";
import type { StackState } from "../pulumi/stack.ts";
import { bold, green, main, step, withUsage } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { needTool } from "../toolchain.ts";
import { PodWatch } from "../kubernetes/pod-watch.ts";
import { knownStack, openWorkspace, stacks } from "../pulumi/workspace.ts";
import type { Stack } from "../pulumi/workspace.ts";

const usage = `npm start -- [--stack ${stacks.join("|")}] [--port <30000-32767>] [--set <key>=<value>]...

Brings the application up: gets what is missing, makes the cluster if there is none, runs
pulumi up, and prints where the page opens.

  --stack  dev: a kind cluster (default); local: minikube
  --port   NodePort of the page; a new kind cluster maps it to this machine (default 30080)
  --set    a config value below todo-chatbot:, like backend.replicas=3; may be given again`;

await main(async () => {
  const { stack, changes } = commandLine();

  const workspace = await openWorkspace(stack, changes);
  const { settings } = workspace;
  const problem = await dockerProblem();
  if (problem !== undefined) throw new Problem(problem);
  await needTool("pulumi");

  const target = clusterTarget(settings.cluster);
  const { nodePort, exposure } = settings.network;
  await needCluster(target, nodePort, exposure === "nodePort");
  const { uid } = await connect(target);

  await needStack(workspace);
  const state = await readState(workspace);
  const claims = await claimNames(target.context, settings.cluster.namespace);
  const mending = await mendings(state, uid, claims);

  step(`Bringing up stack ${stack} in ${target.context}`);
  const core = kubeconfigOf(target.context).makeApiClient(CoreV1Api);
  const watch = new PodWatch(core, settings.cluster.namespace);
  const code = await showPulumi(
    workspace,
    onStack(workspace, "up", "--yes", "--skip-preview", ...mending),
  );
  const troubles = watch.stop();
  if (code !== 0) {
    for (const trouble of troubles) step(`Not ready: ${trouble}`);
    throw new Problem(
      `pulumi up ended with exit code ${code}; its words stand above. Mend the cause and run npm start again: it goes on from here. npm run doctor says what is there.`,
    );
  }

  const url = await askPulumi(workspace, ["stack", "output", "url", "--stack", stack]);
  await answers(url, openCommand(target, settings.cluster.namespace, "frontend-service"));
  console.log(
    [
      "",
      green(`The Todo chatbot is running: ${bold(url)}`),
      "Open it, choose “Create account” with any e-mail address and a password, and say: add buy milk tomorrow",
      `Take it down: npm run down${stack === "dev" ? "" : ` -- --stack ${stack}`}   What is there: npm run doctor`,
    ].join("\n"),
  );
});

function commandLine(): { stack: Stack; changes: Record<string, string> } {
  const { values } = readArguments();
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const stack = knownStack(values.stack);
  const changes: Record<string, string> = {};
  for (const change of values.set) {
    const [, path, value] = /^([\w.]+)=(.*)$/s.exec(change) ?? [];
    if (path === undefined || value === undefined) {
      throw new Problem(
        `--set ${change} is no key and value; write it like --set backend.replicas=3.`,
      );
    }
    changes[path] = value;
  }
  if (values.port !== undefined) changes["network.nodePort"] = values.port;
  return { stack, changes };
}

function readArguments() {
  return withUsage(usage, () =>
    parseArgs({
      options: {
        stack: { type: "string", default: "dev" },
        port: { type: "string" },
        set: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", default: false },
      },
    }),
  );
}

/** What plain `pulumi up` would not notice, as arguments for it. */
async function mendings(
  state: StackState | undefined,
  uid: string,
  claims: readonly string[] | undefined,
): Promise<string[]> {
  const args: string[] = [];
  const resources = state?.resources ?? [];

  const identity = resources.find(({ type }) => type.endsWith(":ClusterIdentity"));
  const known = identity?.outputs?.["uid"];
  if (known !== undefined && known !== uid) {
    step(
      "The cluster was made anew since the last time: everything is made again, with the same secrets",
    );
    args.push("--refresh");
  } else if (claims !== undefined) {
    const gone = resources
      .filter(({ type }) => type.endsWith(":PersistentVolumeClaim"))
      .map(({ outputs }) => (outputs?.["metadata"] as { name: string } | undefined)?.name)
      .filter((name) => name !== undefined && !claims.includes(name));
    for (const name of gone) {
      step(`The claim ${name} is gone, and what was in it too: an empty one is made`);
    }
    if (gone.length > 0) args.push("--refresh");
  }

  for (const { urn, type, outputs } of resources) {
    const image = outputs?.["imageName"];
    if (type !== "docker:index/image:Image" || typeof image !== "string") continue;
    if ((await inspectImage(image)) === undefined) {
      step(`${image} is gone from Docker: it is built again`);
      args.push("--replace", urn);
    }
  }
  return args;
}

/** Waits until the page opens from this machine; a NodePort may take a second. */
async function answers(url: string, otherwise: string): Promise<void> {
  let cause: unknown;
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    try {
      const { ok, status } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
      if (ok) return;
      cause = `status ${status}`;
    } catch (error) {
      cause = error instanceof Error ? (error.cause ?? error.message) : error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Problem(
    `Everything is up, but ${url} does not open from this machine (${String(cause)}). Open it with: ${otherwise}`,
  );
}
