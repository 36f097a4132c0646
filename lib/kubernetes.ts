import { connect as connectTcp } from "node:net";

import type { V1Node } from "@kubernetes/client-node";
import { ApiException, CoreV1Api, KubeConfig } from "@kubernetes/client-node";

import { portOf } from "./url.ts";
import type { ClusterTarget } from "./clusters.ts";
import { createCommand } from "./clusters.ts";

/** A cluster that answered. */
export interface Connection {
  /** UID of the namespace kube-system: another one is another cluster, whatever its name. */
  readonly uid: string;
  /** Addresses of the nodes, in the order in which the API server lists them. */
  readonly nodeAddresses: readonly string[];
}

/** How long an API server may take to answer, in milliseconds. */
const patience = 5_000;

/**
 * Asks the API server behind a context who it is. Changes nothing.
 *
 * @throws Error that says in one sentence why no cluster answers, and what to do
 */
export async function connect(target: ClusterTarget): Promise<Connection> {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    throw new Error(`The kubeconfig can't be read: ${String(error)}. Mend it, or set KUBECONFIG.`, {
      cause: error,
    });
  }
  const contexts = config.getContexts().map(({ name }) => name);
  if (!contexts.includes(target.context)) {
    throw new Error(
      `The kubeconfig has no context ${target.context}; it has ${contexts.join(", ") || "none"}. Make the cluster (${createCommand(target)}), or name another with: pulumi config set --path todo-chatbot:cluster.context <context>`,
    );
  }
  config.setCurrentContext(target.context);
  const server = config.getCurrentCluster()?.server ?? "";
  try {
    // The client waits for minutes for an address that swallows packets; a connection attempt tells.
    await reach(server);
    const api = config.makeApiClient(CoreV1Api);
    // Who may not list nodes, as on many remote clusters, goes on without their addresses.
    const [system, nodes] = await withinPatience(
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
      throw new Error(
        `The API server of context ${target.context} (${server}) refuses your credentials (status ${error.code}). Sign in to the cluster anew, or ask for the right to read the namespace kube-system.`,
        { cause: error },
      );
    }
    throw new Error(
      `The API server of context ${target.context} (${server}) does not answer: ${reason(error)}. Start the cluster, or make it anew: ${createCommand(target)}`,
      { cause: error },
    );
  }
}

/** The kubeconfig, for a context that it has. */
export function kubeconfigOf(context: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  config.setCurrentContext(context);
  return config;
}

function reach(server: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({
      host: new URL(server).hostname.replace(/^\[|\]$/g, ""),
      port: portOf(server),
      timeout: patience,
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => {
      socket.destroy();
      reject(new Error(`no connection within ${patience / 1000} s`));
    });
    socket.once("error", reject);
  });
}

async function withinPatience<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${patience / 1000} s`));
    }, patience);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The innermost cause: the outer ones only say that something failed. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reason(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") return "connection refused";
  return error.message.split("\n")[0] ?? error.message;
}
