import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";

import { run } from "../../../lib/exec.ts";
import { temporaryFolder } from "../../../lib/temporary.ts";
import type { TemporaryFolder } from "../../../lib/temporary.ts";

/** What clusters beyond a laptop have, and this one may lack. */
export type Controller =
  | "an Ingress controller"
  | "the Gateway API"
  | "a load balancer"
  | "metrics-server"
  | "cert-manager";

/** Paths of the API server that exist with a controller. */
const signs: Readonly<Record<Controller, string>> = {
  "an Ingress controller": "/apis/networking.k8s.io/v1/ingressclasses/traefik",
  "the Gateway API": "/apis/gateway.networking.k8s.io/v1/gatewayclasses/traefik",
  "a load balancer": "/apis/metallb.io/v1beta1",
  "metrics-server": "/apis/metrics.k8s.io/v1beta1/nodes",
  "cert-manager": "/apis/cert-manager.io/v1",
};

const plainName = "todo-chatbot-e2e-remote";
const threeNodes = stringify({
  ...{ kind: "Cluster", apiVersion: "kind.x-k8s.io/v1alpha4" },
  nodes: [{ role: "control-plane" }, { role: "worker" }, { role: "worker" }],
});

/** A kind cluster of three nodes whose context has a name that gives no hint of kind. */
export class RemoteCluster implements AsyncDisposable {
  readonly context = "e2e-remote";
  readonly config: KubeConfig;
  readonly #folder: TemporaryFolder;
  readonly #name: string;

  private constructor(folder: TemporaryFolder, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.config = new KubeConfig();
    this.config.loadFromFile(this.kubeconfig);
  }

  /** Starts it with TODO_E2E_REMOTE_START, or without controllers. */
  static async make(): Promise<RemoteCluster> {
    const folder = await temporaryFolder();
    const file = join(folder.path, "kubeconfig");
    const start = process.env.TODO_E2E_REMOTE_START;
    const limit = { env: { KUBECONFIG: file }, timeoutMs: 1_800_000 };
    if (start !== undefined) await run("sh", ["-c", start], limit);
    else {
      const image = process.env.KIND_NODE_IMAGE;
      const options = ["--name", plainName, "--kubeconfig", file, "--wait", "3m"];
      if (image !== undefined) options.push("--image", image);
      await run("kind", ["delete", "cluster", "--name", plainName]);
      const args = ["create", "cluster", ...options, "--config", "-"];
      await run("kind", args, { ...limit, stdin: threeNodes });
    }
    const kubeconfig = parse(await readFile(file, "utf8")) as Kubeconfig;
    const name = kubeconfig["current-context"].replace(/^kind-/, "");
    await writeFile(file, stringify(renamed(kubeconfig, "e2e-remote")));
    return new RemoteCluster(folder, name);
  }

  get kubeconfig(): string {
    return join(this.#folder.path, "kubeconfig");
  }

  /** Names of the containers that are its nodes. */
  async nodes(): Promise<string[]> {
    return (await run("kind", ["get", "nodes", "--name", this.#name])).split("\n");
  }

  /** Why a part of the tests can't run here; undefined if it can. */
  async lacks(controller: Controller): Promise<string | undefined> {
    return this.kubectl("get", "--raw", signs[controller]).then(
      () => undefined,
      () =>
        process.env.TODO_E2E_REMOTE_START === undefined
          ? `TODO_E2E_REMOTE_START is not set, which leaves out what needs ${Object.keys(signs).join(", ")}`
          : `the cluster of TODO_E2E_REMOTE_START lacks ${controller}`,
    );
  }

  /** Lets pods run on all nodes, as kind does on a single one. */
  async schedule(): Promise<void> {
    await this.kubectl("taint", "nodes", "--all", "node-role.kubernetes.io/control-plane-").catch(
      () => undefined,
    );
  }

  /** Address of the Ingress controller's load balancer; none without one. */
  async address(): Promise<string> {
    const { items } = await this.#core.listServiceForAllNamespaces();
    const addresses = items.flatMap(({ status }) => status?.loadBalancer?.ingress ?? []);
    return addresses[0]?.ip ?? "127.0.0.1";
  }

  /** Node of the Ingress controller; the first worker without one. */
  async nodeOfIngress(): Promise<string> {
    const { items } = await this.#core.listPodForAllNamespaces({ labelSelector: "app=traefik" });
    return items[0]?.spec?.nodeName ?? `${this.#name}-worker`;
  }

  /** What there is to know about the pods of a namespace, except those that are terminating. */
  async podsOf(namespace: string) {
    const { items } = await this.#core.listNamespacedPod({ namespace });
    return items
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .map(({ metadata, spec, status }) => ({
        name: metadata?.name ?? "",
        node: spec?.nodeName,
        pullSecrets: spec?.imagePullSecrets?.map(({ name }) => name),
        images: (spec?.containers ?? []).map(({ name, image = "" }) => {
          const running = status?.containerStatuses?.find((each) => each.name === name);
          return { image, imageID: running?.imageID ?? "" };
        }),
      }));
  }

  /** Number of ready backends. */
  async readyBackends(namespace: string): Promise<number> {
    const apps = this.config.makeApiClient(AppsV1Api);
    const where = { namespace, name: "backend-deployment" };
    const { spec, status } = await apps.readNamespacedDeployment(where);
    return spec?.replicas === status?.readyReplicas ? (status?.readyReplicas ?? 0) : 0;
  }

  /** Evicts all pods of a node. */
  async drain(node: string): Promise<void> {
    const options = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout", "150s"];
    await this.kubectl("drain", node, ...options);
  }

  /** Stops a node for good, and takes it out of the cluster. */
  async lose(node: string): Promise<void> {
    await run("docker", ["stop", "--time", "5", node]);
    await this.kubectl("delete", "node", node);
  }

  get #core(): CoreV1Api {
    return this.config.makeApiClient(CoreV1Api);
  }
  get #first(): string {
    return `${this.#name}-control-plane`;
  }

  /** Runs kubectl on a node, which every kind cluster has. */
  kubectl(...args: readonly string[]): Promise<string> {
    return this.#kubectl(args);
  }

  /** `kubectl apply` of objects. */
  async apply(...objects: readonly object[]): Promise<void> {
    const text = objects.map((object) => stringify(object)).join("---\n");
    await this.#kubectl(["apply", "--filename", "-"], text);
  }

  #kubectl(args: readonly string[], stdin?: string): Promise<string> {
    const kubectl = ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"];
    return run("docker", ["exec", "--interactive", this.#first, ...kubectl, ...args], {
      ...(stdin !== undefined && { stdin }),
      timeoutMs: 180_000,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("kind", ["delete", "cluster", "--name", this.#name, "--kubeconfig", this.kubeconfig]);
    await this.#folder[Symbol.asyncDispose]();
  }
}

interface Kubeconfig {
  readonly "current-context": string;
  readonly contexts: readonly { readonly name: string }[];
}

const renamed = (kubeconfig: Kubeconfig, name: string): Kubeconfig => ({
  ...kubeconfig,
  "current-context": name,
  contexts: kubeconfig.contexts.map((context) => ({ ...context, name })),
});
