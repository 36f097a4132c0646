import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { Agent as HttpAgent, request as overHttp } from "node:http";
import { Agent as HttpsAgent, request as overHttps } from "node:https";
import { text } from "node:stream/consumers";

import type { Access } from "./kubeconfig.ts";
import { accessTo, kubeconfigInWords, readKubeconfig, textIn } from "./kubeconfig.ts";
import { Problem } from "./problem.ts";

/** An error response of the API server. */
export class ApiError extends Problem {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The part of an object's metadata that this project reads. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Agents of their own: the global ones may have the proxy of the environment. */
const agents = {
  http: new HttpAgent({ keepAlive: true }),
  https: new HttpsAgent({ keepAlive: true }),
};

interface CallOptions {
  readonly method?: "GET" | "PUT" | "POST" | "PATCH";
  readonly body?: object;
  /** How long the server may be silent; default 30 s. */
  readonly timeoutMs?: number;
}

/**
 * Sends a request to the API server of a context.
 *
 * @returns the object in the response
 * @throws ApiError with the server's message when it refuses; Error when it can't be reached
 */
export async function callApi<T>(
  context: string,
  path: string,
  { method = "GET", body, timeoutMs = 30_000 }: CallOptions = {},
): Promise<T> {
  const config = readKubeconfig();
  if (config === undefined) throw new Error(`There is no kubeconfig (${kubeconfigInWords()}).`);
  const access = accessTo(config, context);
  if (access === undefined) throw new Error(`The kubeconfig has no server for ${context}.`);
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const options: RequestOptions = {
    method,
    timeout: timeoutMs,
    headers: { accept: "application/json", "content-type": type },
  };
  await signIn(options, access, context);
  const { server } = access;
  const request = server.startsWith("http:") ? overHttp : overHttps;
  return new Promise<T>((resolve, reject) => {
    const call = request(`${server.replace(/\/$/, "")}${path}`, options, (response) => {
      text(response).then((answer) => {
        const { statusCode: status = 0 } = response;
        if (status < 300) resolve(JSON.parse(answer) as T);
        else {
          const refusal = `The API server refuses ${method} ${path}: ${messageIn(answer)}`;
          reject(new ApiError(status, refusal));
        }
      }, reject);
    });
    call.on("timeout", () => call.destroy(new Error("the API server does not answer")));
    call.on("error", reject);
    call.end(body && JSON.stringify(body));
  });
}

/** The object at a path, or undefined when the API server answers with one of these statuses. */
export async function findObject<T>(
  context: string,
  path: string,
  absent: readonly number[] = [404],
): Promise<T | undefined> {
  try {
    return await callApi<T>(context, path);
  } catch (error) {
    if (error instanceof ApiError && absent.includes(error.status)) return undefined;
    throw error;
  }
}

/** Ways to connect and sign in that are left to the client library, which takes 0.3 s of CPU to load. */
const rare = {
  cluster: ["proxy-url"],
  user: ["exec", "auth-provider", "username", "as"],
} as const;

async function signIn(options: RequestOptions, access: Access, context: string): Promise<void> {
  const { server, cluster, user } = access;
  if (rare.cluster.some((key) => cluster[key]) || rare.user.some((key) => user[key])) {
    const { kubeconfigOf } = await import("./kube-client.ts");
    return kubeconfigOf(context).applyToHTTPSOptions(options);
  }
  const token = textIn(user, "token");
  Object.assign(options, {
    agent: server.startsWith("http:") ? agents.http : agents.https,
    ca: contentOf(cluster, "certificate-authority"),
    cert: contentOf(user, "client-certificate"),
    key: contentOf(user, "client-key"),
    servername: textIn(cluster, "tls-server-name"),
    headers: { ...options.headers, ...(token && { authorization: `Bearer ${token}` }) },
    ...(cluster["insecure-skip-tls-verify"] === true && { rejectUnauthorized: false }),
  });
}

/** A file of a kubeconfig, which has its path or its content. */
function contentOf(fields: Readonly<Record<string, unknown>>, name: string): Buffer | undefined {
  const data = textIn(fields, `${name}-data`);
  if (data !== undefined) return Buffer.from(data, "base64");
  const file = textIn(fields, name);
  return file === undefined ? undefined : readFileSync(file);
}

function messageIn(answer: string): string {
  try {
    return (JSON.parse(answer) as { message: string }).message;
  } catch {
    return answer.slice(0, 300);
  }
}
