import { open } from "node:fs/promises";
import { basename } from "node:path";

import { run, RunError } from "./exec.ts";

/** Where a stack goes. */
export interface ClusterTarget {
  readonly kind: "kind" | "minikube" | "remote";
  /** Context of the kubeconfig. */
  readonly context: string;
}

/** Labels that choose nodes. */
export type NodeLabels = Readonly<Record<string, string>>;

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
  /** References of all images that a node has. */
  images(context: string, node: string): Promise<string[]>;
  /** Removes images from a node; running containers go on. */
  removeImages(context: string, node: string, references: readonly string[]): Promise<void>;
  /** What makes the cluster, for messages. */
  createCommand(context: string): string;
  /** Host under which a NodePort answers from outside, given the nodes' own addresses. */
  nodePortHost(nodeAddresses: readonly string[]): string | undefined;
  /** What opens a Service from this machine where the node's address is out of reach. */
  openCommand(context: string, namespace: string, service: string): string;
  /** Labels of the nodes that a storage class, or the default one, makes its volumes on. */
  volumeNodes(storageClassName: string | undefined): NodeLabels | undefined;
}

const portForward = (context: string, namespace: string, service: string) =>
  `kubectl --context ${context} --namespace ${namespace} port-forward service/${service} 8080:80`;

/** containerd's own client; Kubernetes keeps its images in a namespace of their own. */
const containerd = ["ctr", "--namespace=k8s.io"];

const outOfReach = () =>
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
    // The nodes are containers, whose own addresses only Linux reaches; npm start maps the port.
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
    async importArchive(context, _node, file) {
      // Loads into every node at once; a node that has the image by then is not asked again.
      await run("minikube", ["--profile", context, "image", "load", file], { timeoutMs: 600_000 });
      // It leaves its copies of the archive on the nodes' disks.
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
    // With the docker driver on macOS or Windows the node is behind a virtual machine.
    openCommand: (context, namespace, service) =>
      `minikube --profile ${context} service ${service} --namespace ${namespace} --url`,
    // Its own class makes a folder on its first node, and lets pods of any node have one of that
    // name: on another, they find one that is empty and not theirs to write.
    volumeNodes: (storageClassName = "standard") =>
      storageClassName === "standard" ? { "minikube.k8s.io/primary": "true" } : undefined,
  },
  remote: {
    name: (context) => context,
    nodes: () => Promise.resolve([]),
    onNode: outOfReach,
    images: outOfReach,
    removeImages: outOfReach,
    importArchive: outOfReach,
    createCommand: () => "your provider's own tools",
    nodePortHost: ([address]) => address,
    openCommand: portForward,
    volumeNodes: () => undefined,
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

/** The command that opens a Service from this machine whatever the network, for messages. */
export function openCommand(
  { kind, context }: ClusterTarget,
  namespace: string,
  service: string,
): string {
  return kinds[kind].openCommand(context, namespace, service);
}

/**
 * Labels of the nodes that pods with claims of a storage class, or the default one, have to run
 * on; undefined where the cluster's scheduler knows by itself.
 */
export function volumeNodes(
  { kind }: ClusterTarget,
  storageClassName: string | undefined,
): NodeLabels | undefined {
  return kinds[kind].volumeNodes(storageClassName);
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
      `The ${target.kind} cluster ${clusterName(target)} has no running node. Start it, or create it: ${createCommand(target)}`,
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
  try {
    const answer = await kinds[kind].onNode(context, node, ["crictl", "inspecti", reference]);
    // minikube's ssh puts a program's warnings among its output.
    const json = answer.slice(answer.indexOf("{"));
    return (JSON.parse(json) as { status: { id: string } }).status.id;
  } catch (error) {
    if (error instanceof RunError && /no such image/i.test(error.output)) return undefined;
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
  const stale = (await kinds[kind].images(context, node)).filter((reference) => {
    // containerd tells the whole name, Docker as a minikube's runtime leaves its own registry out.
    const [, name, tag] = /^(?:docker\.io\/library\/)?(.+):([^:@]+)$/.exec(reference) ?? [];
    return name === repository && tag !== undefined && !keep.includes(tag);
  });
  if (stale.length > 0) await kinds[kind].removeImages(context, node, stale);
}
