import { open } from "node:fs/promises";
import { basename } from "node:path";

import { run, RunError } from "./exec.ts";

/** The cluster that a stack is deployed to. */
export interface ClusterTarget {
  readonly kind: "kind" | "minikube" | "remote";
  /** Context of the kubeconfig. */
  readonly context: string;
}

/** Annotation of a Service whose NodePort the settings allow on a remote cluster; policies read it. */
export const nodePortAllowed = "todo-chatbot/node-port-allowed";

/** Labels for a node selector. */
export type NodeLabels = Readonly<Record<string, string>>;

/** Differences between cluster kinds; no other file knows them. */
interface ClusterKind {
  /** The cluster's name in its own CLI. */
  name(context: string): string;
  /** Names of the nodes that run pods; empty if the nodes pull images from a registry. */
  nodes(context: string): Promise<string[]>;
  /** Runs a command on a node, as root. */
  onNode(context: string, node: string, command: readonly string[]): Promise<string>;
  /** Digests of all layers in a node's image store; none if it can't import a part of an image. */
  layers(context: string, node: string): Promise<ReadonlySet<string>>;
  /** Imports a tar archive of `docker save` or an OCI layout into one node's image store. */
  importArchive(context: string, node: string, file: string): Promise<void>;
  /** References of all images on a node. */
  images(context: string, node: string): Promise<string[]>;
  /** Removes images from a node; running containers are not affected. */
  removeImages(context: string, node: string, references: readonly string[]): Promise<void>;
  /** The command that creates the cluster, for messages. */
  createCommand(context: string): string;
  /** Host for NodePorts from outside the cluster, given the nodes' addresses. */
  nodePortHost(nodeAddresses: readonly string[]): string | undefined;
  /** The command that opens a Service when the nodes' addresses are unreachable from this machine. */
  openCommand(context: string, namespace: string, service: string): string;
  /** Labels of the nodes on which a StorageClass, or the default one, provisions volumes. */
  volumeNodes(storageClassName: string | undefined): NodeLabels | undefined;
}

const portForward = (context: string, namespace: string, service: string) =>
  `kubectl --context ${context} --namespace ${namespace} port-forward service/${service} 8080:80`;

/** containerd's CLI, with the containerd namespace of Kubernetes. */
const containerd = ["ctr", "--namespace=k8s.io"];

const notAccessible = () =>
  Promise.reject(
    new Error("the nodes of a remote cluster can't be accessed; they pull their images"),
  );

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
    async images(_context, node) {
      return (await run("docker", ["exec", node, ...containerd, "images", "ls", "--quiet"])).split(
        "\n",
      );
    },
    async removeImages(_context, node, references) {
      await run("docker", ["exec", node, ...containerd, "images", "rm", ...references]);
    },
    async layers(_context, node) {
      const list = await run("docker", ["exec", node, ...containerd, "content", "ls", "--quiet"]);
      return new Set(list.split("\n"));
    },
    async importArchive(_context, node, file) {
      const archive = await open(file);
      try {
        const importer = [...containerd, "images", "import", "--digests", "-"];
        await run("docker", ["exec", "--interactive", node, ...importer], {
          stdin: archive.fd,
          timeoutMs: 300_000,
        });
      } finally {
        await archive.close();
      }
    },
    createCommand: (context) => `kind create cluster --name ${context.replace(/^kind-/, "")}`,
    // The nodes are containers, whose addresses are only reachable on Linux; npm start maps the port.
    nodePortHost: () => "localhost",
    openCommand: portForward,
    volumeNodes: () => undefined,
  },
  minikube: {
    name: (context) => context,
    async nodes(context) {
      const list = await run("minikube", ["--profile", context, "node", "list"]);
      return list.split("\n").flatMap((line) => line.trim().split(/\s+/)[0] || []);
    },
    onNode: (context, node, command) =>
      run("minikube", ["--profile", context, "ssh", "--node", node, "--", "sudo", ...command]),
    async images(context) {
      return (await run("minikube", ["--profile", context, "image", "ls"])).split("\n");
    },
    async removeImages(context, _node, references) {
      await run("minikube", ["--profile", context, "image", "rm", ...references]);
    },
    layers: () => Promise.resolve(new Set()),
    async importArchive(context, _node, file) {
      // Loads into all nodes at once; nodes that then have the image are skipped.
      await run("minikube", ["--profile", context, "image", "load", file], { timeoutMs: 600_000 });
      // minikube leaves a copy of the archive on each node.
      for (const node of await this.nodes(context)) {
        await this.onNode(context, node, [
          "rm",
          "-f",
          `/var/lib/minikube/images/${basename(file)}`,
        ]);
      }
    },
    createCommand: (context) => `minikube start --profile ${context}`,
    nodePortHost: ([address]) => address,
    // With the docker driver on macOS or Windows, the nodes are inside a virtual machine.
    openCommand: (context, namespace, service) =>
      `minikube --profile ${context} service ${service} --namespace ${namespace} --url`,
    // The default class provisions a directory on the first node, without node affinity: on another
    // node, a pod would get an empty directory that it can't write to.
    volumeNodes: (storageClassName = "standard") =>
      storageClassName === "standard" ? { "minikube.k8s.io/primary": "true" } : undefined,
  },
  remote: {
    name: (context) => context,
    nodes: () => Promise.resolve([]),
    onNode: notAccessible,
    images: notAccessible,
    removeImages: notAccessible,
    layers: notAccessible,
    importArchive: notAccessible,
    createCommand: () => "your provider's own tools",
    nodePortHost: ([address]) => address,
    openCommand: portForward,
    volumeNodes: () => undefined,
  },
};

/** The cluster's name in its own CLI: `todo-chatbot` for context `kind-todo-chatbot`. */
export function clusterName({ kind, context }: ClusterTarget): string {
  return kinds[kind].name(context);
}

/** Host for NodePorts from outside the cluster; undefined when no node address is known. */
export function nodePortHost(
  { kind }: ClusterTarget,
  nodeAddresses: readonly string[],
): string | undefined {
  return kinds[kind].nodePortHost(nodeAddresses);
}

/** The command that opens a Service regardless of the network, for messages. */
export function openCommand(
  { kind, context }: ClusterTarget,
  namespace: string,
  service: string,
): string {
  return kinds[kind].openCommand(context, namespace, service);
}

/**
 * Labels of the nodes that pods with PVCs of a StorageClass, or the default one, must run on;
 * undefined if volumes have node affinity.
 */
export function volumeNodes(
  { kind }: ClusterTarget,
  storageClassName: string | undefined,
): NodeLabels | undefined {
  return kinds[kind].volumeNodes(storageClassName);
}

/** The command that creates such a cluster, for messages. */
export function createCommand({ kind, context }: ClusterTarget): string {
  return kinds[kind].createCommand(context);
}

/**
 * Names of the nodes to load images on; empty for a remote cluster.
 *
 * @throws RunError when a local cluster has none
 */
export async function listNodes(target: ClusterTarget): Promise<string[]> {
  const nodes = await kinds[target.kind].nodes(target.context);
  if (nodes.length === 0 && target.kind !== "remote") {
    throw new RunError(
      `The ${target.kind} cluster ${clusterName(target)} has no running node. Start it, or create it: ${createCommand(target)}`,
    );
  }
  return nodes;
}

/** ID (`sha256:…`) of the image that a node has for a reference, or undefined. */
export async function imageOnNode(
  { kind, context }: ClusterTarget,
  node: string,
  reference: string,
): Promise<string | undefined> {
  try {
    const answer = await kinds[kind].onNode(context, node, ["crictl", "inspecti", reference]);
    // minikube ssh mixes standard error into the output.
    const json = answer.slice(answer.indexOf("{"));
    return (JSON.parse(json) as { status: { id: string } }).status.id;
  } catch (error) {
    if (error instanceof RunError && /no such image/i.test(error.output)) return undefined;
    throw error;
  }
}

/** Digests of the layers that a node has, as `sha256:…`; none where an image must be imported whole. */
export async function layersOnNode(
  { kind, context }: ClusterTarget,
  node: string,
): Promise<ReadonlySet<string>> {
  return kinds[kind].layers(context, node);
}

/** Imports an image archive into one node's image store. */
export async function importArchive(
  { kind, context }: ClusterTarget,
  node: string,
  file: string,
): Promise<void> {
  await kinds[kind].importArchive(context, node, file);
}

/** Removes all builds of a repository from a node, except the given tags. */
export async function pruneNode(
  { kind, context }: ClusterTarget,
  node: string,
  repository: string,
  keep: readonly string[],
): Promise<void> {
  const stale = (await kinds[kind].images(context, node)).filter((reference) => {
    // containerd lists full names; Docker (as minikube's runtime) omits docker.io/library.
    const [, name, tag] = /^(?:docker\.io\/library\/)?(.+):([^:@]+)$/.exec(reference) ?? [];
    return name === repository && tag !== undefined && !keep.includes(tag);
  });
  if (stale.length > 0) await kinds[kind].removeImages(context, node, stale);
}
