import { connect as connectTcp } from "node:net";

import type { Metadata } from "./api-server.ts";
import { ApiError, callApi } from "./api-server.ts";
import type { ClusterTarget } from "./clusters.ts";
import { createCommand } from "./clusters.ts";
import type { Access, Kubeconfig } from "./kubeconfig.ts";
import {
  accessTo,
  clusterIn,
  contextsIn,
  kubeconfigInWords,
  readKubeconfig,
  textIn,
} from "./kubeconfig.ts";
import { messageOf } from "./problem.ts";
import { portOf } from "./url.ts";

/** A cluster that answered. */
export interface Connection {
  /** UID of the namespace kube-system, which identifies the cluster. */
  readonly uid: string;
  /** Addresses of the nodes, in the API server's order. */
  readonly nodeAddresses: readonly string[];
}

/** The part of a node that is read here. */
interface Node {
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

/** No cluster answers; the message has the reason and what to do. */
export class NoCluster extends Error {
  readonly reason: string;
  /** Whether a local cluster must be created or started, which npm start does. */
  readonly needsStart: boolean;

  constructor(reason: string, remedy: string, options?: ErrorOptions & { needsStart?: boolean }) {
    super(`${reason}. ${remedy}`, options);
    this.reason = reason;
    this.needsStart = options?.needsStart ?? false;
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
  const { server, cluster } = knownAccess(target);
  const proxyUrl = textIn(cluster, "proxy-url");
  try {
    // A request would wait half a minute for an address that drops packets, so connect first.
    await reach(proxyUrl ?? server);
    // Otherwise the requests, and with them the process, would go on after that.
    const limit = { timeoutMs: timeoutMs + 500 };
    // Listing nodes is forbidden on many remote clusters; continue without their addresses.
    const [system, nodes] = await withTimeout(
      Promise.all([
        callApi<{ metadata?: Metadata }>(context, "/api/v1/namespaces/kube-system", limit),
        callApi<{ items: readonly Node[] }>(context, "/api/v1/nodes", limit).catch(() => ({
          items: [],
        })),
      ]),
    );
    return {
      uid: system.metadata?.uid ?? "",
      nodeAddresses: nodes.items.flatMap(
        ({ status }) => status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? [],
      ),
    };
  } catch (error) {
    if (error instanceof ApiError && [401, 403].includes(error.status)) {
      throw new NoCluster(
        `The API server of context ${context} (${server}) refuses your credentials (status ${error.status})`,
        "Sign in to the cluster again, or ask for the right to read the namespace kube-system.",
        { cause: error },
      );
    }
    const way = proxyUrl === undefined ? "" : ` through the proxy ${hostOf(proxyUrl)}`;
    throw new NoCluster(
      `The API server of context ${context} (${server}) does not answer${way}: ${reason(error)}`,
      `Start the cluster, or recreate it: ${createCommand(target)}`,
      { cause: error, needsStart: true },
    );
  }
}

/** Whether resources in an unreachable cluster count as deleted, as for the Kubernetes provider. */
export function countsAsGone(): boolean {
  return process.env["PULUMI_K8S_DELETE_UNREACHABLE"] === "true";
}

/** @throws NoCluster */
function knownAccess(target: ClusterTarget): Access {
  const { context } = target;
  let config: Kubeconfig | undefined;
  try {
    config = readKubeconfig();
  } catch (error) {
    throw new NoCluster(
      `The kubeconfig can't be read: ${messageOf(error)}`,
      "Fix it, or set KUBECONFIG.",
      { cause: error },
    );
  }
  const contexts = config === undefined ? [] : contextsIn(config);
  if (config !== undefined && contexts.includes(context)) {
    const access = accessTo(config, context);
    if (access !== undefined) return access;
    throw new NoCluster(
      `The kubeconfig's context ${context} names the cluster ${clusterIn(config, context)}, which has no server there`,
      `Fix the file, or ${nameAnother}`,
    );
  }
  const create = `Create the cluster (${createCommand(target)})`;
  if (contexts.length > 0) {
    throw new NoCluster(
      `The kubeconfig has no context ${context}; it has ${contexts.join(", ")}`,
      `${create}, or ${nameAnother}`,
      { needsStart: true },
    );
  }
  const files = kubeconfigInWords();
  throw new NoCluster(
    config === undefined
      ? `There is no kubeconfig (${files})`
      : `The kubeconfig has no contexts (${files})`,
    `${create}, or set KUBECONFIG to the file that has your cluster.`,
    { needsStart: true },
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
