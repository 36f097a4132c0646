import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

import type { ClusterTarget } from "../../lib/clusters.ts";
import { clusterName } from "../../lib/clusters.ts";
import { connect } from "../../lib/kubernetes.ts";
import { run } from "../../lib/exec.ts";
import { step } from "../terminal.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import { ensureTool } from "../toolchain.ts";

/** Kubernetes 1.34 still supports cgroup v1, which many Docker hosts have. */
const nodeImage =
  "kindest/node:v1.34.11@sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d";

/**
 * Ensures that the stack's cluster is running: starts it if it is stopped, and creates a local one if
 * there is none.
 *
 * @param port the web UI's NodePort; a kind cluster maps it to this machine
 * @param isOpened whether the web UI is opened at this port; false with an Ingress, Gateway or load balancer
 * @throws Problem with the cause and the fix
 */
export async function ensureCluster(
  target: ClusterTarget,
  port: number,
  isOpened = true,
): Promise<void> {
  switch (target.kind) {
    case "kind":
      return ensureKind(target, port, isOpened);
    case "minikube":
      return ensureMinikube(target);
    case "remote":
      await connect(target).catch((error: unknown) => {
        throw new Problem(messageOf(error));
      });
  }
}

async function ensureKind(target: ClusterTarget, port: number, isOpened: boolean): Promise<void> {
  const name = clusterName(target);
  const nodes = (
    await docker(
      "ps",
      "--all",
      "--filter",
      `label=io.x-k8s.kind.cluster=${name}`,
      "--format",
      "{{.Names}} {{.State}}",
    )
  )
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" "));

  if (nodes.length === 0) {
    await freePort(port);
    // Spare ports for more stacks: a running node can't be given another.
    const spare = [port + 1, port + 2].filter((each) => each <= 32767);
    const isFree = await Promise.all(spare.map((each) => freePort(each).then(yes, no)));
    const mapped = [port, ...spare.filter((_, index) => isFree[index])];
    await ensureTool("kind");
    step(
      `Creating the kind cluster ${name} (about a minute; longer if its image has to be pulled)`,
    );
    const config = [
      "kind: Cluster",
      "apiVersion: kind.x-k8s.io/v1alpha4",
      "nodes:",
      "  - role: control-plane",
      "    extraPortMappings:",
      ...mapped.map(
        (each) => `      - { listenAddress: 127.0.0.1, hostPort: ${each}, containerPort: ${each} }`,
      ),
    ].join("\n");
    await kindCreate(name, config);
    return;
  }

  const stopped = nodes.flatMap(([node, state]) => (node && state !== "running" ? [node] : []));
  if (stopped.length > 0) {
    step(`Starting the kind cluster ${name}`);
    await docker("start", ...stopped);
  }
  await reachable(target, async () => {
    await ensureTool("kind");
    await run("kind", ["export", "kubeconfig", "--name", name]);
  });
  if (!isOpened) return;
  const mapped = (await Promise.all(nodes.map(([node = ""]) => docker("port", node)))).join("\n");
  if (!new RegExp(`^${port}/tcp -> .*:${port}$`, "m").test(mapped)) {
    const others = [...mapped.matchAll(/^(\d+)\/tcp -> .*:\1$/gm)].map(([, other]) => other);
    throw new Problem(
      `The kind cluster ${name} does not map its port ${port} to this machine, and a running container can't be given a port. Choose a port that it maps (npm start -- --port <port>; it maps ${[...new Set(others)].join(", ") || "none"}), or, if nothing in it is needed, recreate it: kind delete cluster --name ${name}, then npm start.`,
    );
  }
}

async function kindCreate(name: string, config: string): Promise<void> {
  const image = process.env["KIND_NODE_IMAGE"] ?? nodeImage;
  await using folder = await temporaryFolder();
  const file = join(folder.path, "kind.yaml");
  await writeFile(file, config);
  await run(
    "kind",
    ["create", "cluster", "--name", name, "--image", image, "--config", file, "--wait", "3m"],
    { timeoutMs: 900_000 },
  );
}

async function ensureMinikube(target: ClusterTarget): Promise<void> {
  const version = await run("minikube", ["version", "--short"]).catch(() => undefined);
  if (version === undefined) {
    throw new Problem(
      "minikube is missing: install it (https://minikube.sigs.k8s.io/docs/start/), or use kind: npm start -- --stack dev.",
    );
  }
  await reachable(target, async () => {
    step(`Starting minikube's profile ${target.context} (a few minutes the first time)`);
    await run("minikube", ["start", "--profile", target.context], { timeoutMs: 1_200_000 });
  });
}

/** Connects to the cluster; if that fails, runs `fix` and retries for a minute. */
async function reachable(target: ClusterTarget, fix: () => Promise<void>): Promise<void> {
  try {
    await connect(target);
    return;
  } catch {
    await fix();
  }
  for (const deadline = Date.now() + 60_000; ;) {
    try {
      await connect(target);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

const yes = () => true;
const no = () => false;

/** @throws Problem when the port is in use */
async function freePort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", () => {
      reject(
        new Problem(
          `Port ${port} of this machine is in use, and the web UI needs it. Stop what listens there, or choose another from 30000 to 32767: npm start -- --port <port>.`,
        ),
      );
    });
    server.listen(port, "127.0.0.1", () =>
      server.close(() => {
        resolve();
      }),
    );
  });
}

const docker = (...args: string[]) => run("docker", args);
