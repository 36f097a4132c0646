import { connect as connectTcp } from "node:net";

import type { KubeConfig, V1Node } from "@kubernetes/client-node";
import { ApiException, CoreV1Api } from "@kubernetes/client-node";

import type { ClusterTarget } from "./clusters.ts";
import { createCommand } from "./clusters.ts";
import { kubeconfigInWords, readKubeconfig } from "./kubeconfig.ts";
import { messageOf } from "./problem.ts";
import { portOf } from "./url.ts";

/** A cluster that answered. */
export interface Connection {
  /** UID of the namespace kube-system, which identifies the cluster. */
  readonly uid: string;
  /** Addresses of the nodes, in the API server's order. */
  readonly nodeAddresses: readonly string[];
}

/** No cluster answers; the message has the reason and what to do. */
export class NoCluster extends Error {
  readonly reason: string;
  /** Whether a local cluster must be created or started, which npm start does. */
  readonly isAway: boolean;

  constructor(reason: string, remedy: string, options?: ErrorOptions & { isAway?: boolean }) {
    super(`${reason}. ${remedy}`, options);
    this.reason = reason;
    this.isAway = options?.isAway ?? false;
  }
}

/** Timeout for the API server, in milliseconds. */
const timeoutMs = 5_000;

/**
 * Reads the identity and node addresses of a context's cluster. Changes nothing.
 *
 * @throws NoCluster
 */
export async function connect(target: ClusterTarget): Promise<Connection> {
  const { context } = target;
  const config = knownContext(target);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const { cluster: name = "" } = config.getContextObject(context) ?? {};
    throw new NoCluster(
      `The kubeconfig's context ${context} names the cluster ${name}, which has no server there`,
      `Fix the file, or ${nameAnother}`,
    );
  }
  const { server, proxyUrl } = cluster;
  const api = config.makeApiClient(CoreV1Api);
  try {
    // The client would wait minutes for an address that drops packets, so connect first.
    await reach(proxyUrl ?? server);
    // Listing nodes is forbidden on many remote clusters; continue without their addresses.
    const [system, nodes] = await withTimeout(
      Promise.all([
        api.readNamespace({ name: "kube-system" }),
        api.listNode().catch(() => ({ items: [] })),
      ]),
    );
    return {
      uid: system.metadata?.uid ?? "",
      nodeAddresses: (nodes.items as V1Node[]).flatMap(
        ({ status }) => status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? [],
      ),
    };
  } catch (error) {
    if (error instanceof ApiException && [401, 403].includes(error.code)) {
      throw new NoCluster(
        `The API server of context ${context} (${server}) refuses your credentials (status ${error.code})`,
        "Sign in to the cluster again, or ask for the right to read the namespace kube-system.",
        { cause: error },
      );
    }
    const way = proxyUrl === undefined ? "" : ` through the proxy ${hostOf(proxyUrl)}`;
    throw new NoCluster(
      `The API server of context ${context} (${server}) does not answer${way}: ${reason(error)}`,
      `Start the cluster, or recreate it: ${createCommand(target)}`,
      { cause: error, isAway: true },
    );
  }
}

/** Whether resources in an unreachable cluster count as deleted, as for the Kubernetes provider. */
export function countsAsGone(): boolean {
  return process.env["PULUMI_K8S_DELETE_UNREACHABLE"] === "true";
}

/**
 * The kubeconfig, set to a context that it contains.
 *
 * @throws Error when there is no kubeconfig, or it can't be read
 */
export function kubeconfigOf(context: string): KubeConfig {
  const config = readKubeconfig();
  if (config === undefined) throw new Error(`There is no kubeconfig (${kubeconfigInWords()}).`);
  config.setCurrentContext(context);
  return config;
}

/** @throws NoCluster */
function knownContext(target: ClusterTarget): KubeConfig {
  const { context } = target;
  let config: KubeConfig | undefined;
  try {
    config = readKubeconfig();
  } catch (error) {
    throw new NoCluster(
      `The kubeconfig can't be read: ${messageOf(error)}`,
      "Fix it, or set KUBECONFIG.",
      { cause: error },
    );
  }
  const contexts = config?.getContexts().map(({ name }) => name) ?? [];
  if (config !== undefined && contexts.includes(context)) {
    config.setCurrentContext(context);
    return config;
  }
  const create = `Create the cluster (${createCommand(target)})`;
  if (contexts.length > 0) {
    throw new NoCluster(
      `The kubeconfig has no context ${context}; it has ${contexts.join(", ")}`,
      `${create}, or ${nameAnother}`,
      { isAway: true },
    );
  }
  const files = kubeconfigInWords();
  throw new NoCluster(
    config === undefined
      ? `There is no kubeconfig (${files})`
      : `The kubeconfig has no contexts (${files})`,
    `${create}, or set KUBECONFIG to the file that has your cluster.`,
    { isAway: true },
  );
}

const nameAnother =
  "name another: npm start -- --set cluster.context=<context>, or pulumi config set --path todo-chatbot:cluster.context <context>";

/** Host and port of a proxy, without the rest of its URL, which may contain a password. */
function hostOf(proxy: string): string {
  return URL.canParse(proxy) ? new URL(proxy).host : "of proxy-url, which is no URL";
}

function reach(server: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({
      host: new URL(server).hostname.replace(/^\[|\]$/g, ""),
      port: portOf(server),
      timeout: timeoutMs,
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => {
      socket.destroy();
      reject(new Error(`no connection within ${timeoutMs / 1000} s`));
    });
    socket.once("error", reject);
  });
}

async function withTimeout<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The innermost cause, which is the specific one. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reason(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "connection refused";
  return error.message.split("\n")[0] ?? error.message;
}
