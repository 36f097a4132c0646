import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { run } from "../../lib/exec.ts";
import { temporaryFolder } from "../../lib/temporary.ts";

/** A cluster of one kind, only for the tests. */
export interface TestCluster {
  readonly context: string;
  /** The stack that is meant for it. */
  readonly stack: "dev" | "local";
  /** Settings that make npm start use it. */
  readonly settings: readonly string[];
  /** Creates it, where npm start does not. */
  make(): Promise<void>;
  /**
   * Creates it with more nodes, if its kind can. All are schedulable, and labelled: the first one
   * `e2e-node: first`, the others `e2e-node: other`.
   */
  makeNodes?(others: number): Promise<void>;
  /** Stops it, as its own program or a restart of the machine does; npm start starts it again. */
  stop(): Promise<void>;
  /** Deletes it with everything in it, if it exists. */
  remove(): Promise<void>;
  /** References of the images on its first node. */
  images(): Promise<string[]>;
  removeImage(reference: string): Promise<void>;
  /** Runs a script without single quotes as root on its first node. */
  onNode(script: string): Promise<void>;
}

const name = "todo-chatbot-e2e";
const nodePort = 30081;
/** With more nodes, kind would keep pods off the first one. */
const nodes = (others: number) => `
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    labels: { e2e-node: first }
    kubeadmConfigPatches:
      - |
        kind: InitConfiguration
        nodeRegistration: { taints: [] }
    extraPortMappings:
      - { listenAddress: 127.0.0.1, hostPort: ${nodePort}, containerPort: ${nodePort} }
${"  - { role: worker, labels: { e2e-node: other } }\n".repeat(others)}`;
const lines = (text: string) => text.split("\n");

const kind: TestCluster = {
  context: `kind-${name}`,
  stack: "dev",
  settings: [`cluster.context=kind-${name}`, `network.nodePort=${nodePort}`],
  make: () => Promise.resolve(),
  async makeNodes(others) {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "kind.yaml");
    await writeFile(file, nodes(others));
    const image = process.env.KIND_NODE_IMAGE;
    await run(
      "kind",
      [
        ...["create", "cluster", "--name", name, "--config", file, "--wait", "3m"],
        ...(image === undefined ? [] : ["--image", image]),
      ],
      { timeoutMs: 900_000 },
    );
  },
  async stop() {
    await run("docker", ["stop", kindNode], { timeoutMs: 120_000 });
  },
  async remove() {
    await run("kind", ["delete", "cluster", "--name", name], { timeoutMs: 120_000 });
  },
  async images() {
    return lines(await run("docker", [...kindImages, "ls", "--quiet"]));
  },
  async removeImage(reference) {
    await run("docker", [...kindImages, "rm", reference]);
  },
  async onNode(script) {
    await run("docker", ["exec", kindNode, "sh", "-c", script]);
  },
};
const kindNode = `${name}-control-plane`;
const kindImages = ["exec", kindNode, "ctr", "--namespace=k8s.io", "images"];

const minikube: TestCluster = {
  context: name,
  stack: "local",
  settings: [`cluster.profile=${name}`],
  async make() {
    // Machines that can't pull minikube's images start it their own way.
    const start = process.env.TODO_E2E_MINIKUBE_START ?? `minikube start --profile ${name}`;
    await run("sh", ["-c", start], { timeoutMs: 1_200_000 });
  },
  async stop() {
    await run("minikube", ["stop", "--profile", name], { timeoutMs: 300_000 });
  },
  async remove() {
    await run("minikube", ["delete", "--profile", name], { timeoutMs: 300_000 });
  },
  async images() {
    return lines(await run("minikube", ["--profile", name, "image", "ls"]));
  },
  async removeImage(reference) {
    await run("minikube", ["--profile", name, "image", "rm", reference]);
  },
  async onNode(script) {
    await run("minikube", ["ssh", "--profile", name, "--", `sudo sh -c '${script}'`]);
  },
};

/** The cluster that `npm run test:e2e -- --on <kind>` names; kind by default. */
export const testCluster = process.env.TODO_E2E_CLUSTER === "minikube" ? minikube : kind;
