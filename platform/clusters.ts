import { open } from "node:fs/promises";

import { run, RunError } from "./run.ts";

/** Where a stack goes. */
export interface ClusterTarget {
  readonly kind: "kind" | "minikube" | "remote";
  /** Context of the kubeconfig. */
  readonly context: string;
}

/** What differs between the kinds of cluster. This file is the only place that knows it. */
interface ClusterKind {
  /** What the cluster is called by its own program, from its context. */
  name(context: string): string;
  /** Names of the nodes that run pods; empty where the nodes pull their images themselves. */
  nodes(context: string): Promise<string[]>;
  /** Runs a program on a node, as root. */
  onNode(context: string, node: string, command: readonly string[]): Promise<string>;
  /** Puts an image archive, a tar file of `docker save`, into one node's image store. */
  importArchive(context: string, node: string, file: string): Promise<void>;
  /** What makes the cluster, for messages. */
  createCommand(context: string): string;
  /** Host under which a NodePort answers from outside, given the nodes' own addresses. */
  nodePortHost(nodeAddresses: readonly string[]): string | undefined;
}

const kinds: Record<ClusterTarget["kind"], ClusterKind> = {
  kind: {
    name: (context) => context.replace(/^kind-/, ""),
    async nodes(context) {
      const list = await run("docker", [
        "ps",
        "--filter",
        `label=io.x-k8s.kind.cluster=${this.name(context)}`,
        "--format",
        '{{.Names}} {{.Label "io.x-k8s.kind.role"}}',
      ]);
      return list
        .split("\n")
        .map((line) => line.split(" "))
        .flatMap(([name, role]) => (name && role !== "external-load-balancer" ? [name] : []));
    },
    onNode: (_context, node, command) => run("docker", ["exec", node, ...command]),
    async importArchive(_context, node, file) {
      const archive = await open(file);
      try {
        const importer = ["ctr", "--namespace=k8s.io", "images", "import", "--digests", "-"];
        await run("docker", ["exec", "--interactive", node, ...importer], {
          stdin: archive.fd,
          timeoutMs: 300_000,
        });
      } finally {
        await archive.close();
      }
    },
    createCommand: (context) => `kind create cluster --name ${context.replace(/^kind-/, "")}`,
    // The nodes are containers, whose own addresses only Linux reaches; npm start maps the port.
    nodePortHost: () => "localhost",
  },
  minikube: {
    name: (context) => context,
    async nodes(context) {
      const list = await run("minikube", ["--profile", context, "node", "list"]);
      return list.split("\n").flatMap((line) => line.trim().split(/\s+/)[0] || []);
    },
    onNode: (context, node, command) =>
      run("minikube", ["--profile", context, "ssh", "--node", node, "--", "sudo", ...command]),
    async importArchive(context, _node, file) {
      // Loads into every node at once; a node that has the image by then is not asked again.
      await run("minikube", ["--profile", context, "image", "load", file], { timeoutMs: 600_000 });
    },
    createCommand: (context) => `minikube start --profile ${context}`,
    nodePortHost: ([address]) => address,
  },
  remote: {
    name: (context) => context,
    nodes: () => Promise.resolve([]),
    onNode: () => Promise.reject(new Error("the nodes of a remote cluster are out of reach")),
    importArchive: () => Promise.reject(new Error("a remote cluster pulls its images")),
    createCommand: () => "your provider's own tools",
    nodePortHost: ([address]) => address,
  },
};

/** What the cluster is called by its own program: `todo-chatbot` for context `kind-todo-chatbot`. */
export function clusterName({ kind, context }: ClusterTarget): string {
  return kinds[kind].name(context);
}

/** Host under which a NodePort answers from outside; undefined when the cluster names no node. */
export function nodePortHost(
  { kind }: ClusterTarget,
  nodeAddresses: readonly string[],
): string | undefined {
  return kinds[kind].nodePortHost(nodeAddresses);
}

/** The command that makes such a cluster, for messages. */
export function createCommand({ kind, context }: ClusterTarget): string {
  return kinds[kind].createCommand(context);
}

/**
 * Names of the nodes whose image store this machine fills; empty for a remote cluster.
 *
 * @throws RunError when a local cluster has none
 */
export async function listNodes(target: ClusterTarget): Promise<string[]> {
  const nodes = await kinds[target.kind].nodes(target.context);
  if (nodes.length === 0 && target.kind !== "remote") {
    throw new RunError(
      `The ${target.kind} cluster ${clusterName(target)} has no running node. Start it, or make it: ${createCommand(target)}`,
    );
  }
  return nodes;
}

/** Id (`sha256:…`) of the image that a node has under a reference, or undefined. */
export async function imageOnNode(
  { kind, context }: ClusterTarget,
  node: string,
  reference: string,
): Promise<string | undefined> {
  const template = ["--output", "go-template", "--template", "{{.status.id}}"];
  try {
    return await kinds[kind].onNode(context, node, ["crictl", "inspecti", ...template, reference]);
  } catch (error) {
    if (error instanceof RunError && /no such image/i.test(error.message)) return undefined;
    throw error;
  }
}

/** Puts an image archive into one node's image store. */
export async function importArchive(
  { kind, context }: ClusterTarget,
  node: string,
  file: string,
): Promise<void> {
  await kinds[kind].importArchive(context, node, file);
}

/** Removes the builds of a repository from a node, but for the tags named. */
export async function pruneNode(
  { kind, context }: ClusterTarget,
  node: string,
  repository: string,
  keep: readonly string[],
): Promise<void> {
  const list = await kinds[kind].onNode(context, node, ["crictl", "images", "--output", "json"]);
  const { images } = JSON.parse(list) as { images: { repoTags: string[] }[] };
  const stale = images
    .flatMap(({ repoTags }) => repoTags)
    .filter((reference) => {
      const [, name, tag] = /^docker\.io\/library\/(.+):([^:]+)$/.exec(reference) ?? [];
      return name === repository && tag !== undefined && !keep.includes(tag);
    });
  if (stale.length > 0) await kinds[kind].onNode(context, node, ["crictl", "rmi", ...stale]);
}
