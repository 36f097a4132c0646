import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { text } from "node:stream/consumers";

import type { KubeConfig } from "@kubernetes/client-node";

import { kubeconfigOf } from "../../lib/kubernetes.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { Problem } from "../../lib/problem.ts";

/** An error response of the API server. */
export class ApiError extends Problem {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The API server of a context, for objects of any kind. The typed client drops unknown fields, so they
 * would never be compared.
 */
export class KubernetesApi {
  readonly #config: KubeConfig;
  readonly #server: URL;
  /** Plural names by `apiVersion/kind`, and whether the kind is namespaced. */
  readonly #kinds = new Map<
    string,
    Promise<ReadonlyMap<string, { name: string; namespaced: boolean }>>
  >();

  constructor(context: string) {
    this.#config = kubeconfigOf(context);
    this.#server = new URL(this.#config.getCurrentCluster()?.server ?? "");
  }

  /** The live object; undefined when there is none. */
  async read(manifest: Manifest): Promise<Manifest | undefined> {
    try {
      return (await this.#call("GET", await this.#pathOf(manifest))) as Manifest;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /**
   * A dry run of an update: the object with the server's defaults.
   *
   * @throws ApiError with the server's message when it rejects the update
   */
  async dryReplace(manifest: Manifest): Promise<Manifest> {
    const path = `${await this.#pathOf(manifest)}?dryRun=All`;
    return (await this.#call("PUT", path, manifest)) as Manifest;
  }

  /**
   * Updates the object to match the manifest, or creates it.
   *
   * The field manager is Pulumi's, because its provider only takes over fields of a manager of that
   * name: any other would cause a conflict in its next apply. Helm doesn't check managers.
   *
   * @throws ApiError with the server's message when it rejects the object
   */
  async put(manifest: Manifest, isNew: boolean): Promise<void> {
    const path = await this.#pathOf(manifest);
    const query = "?fieldManager=pulumi-kubernetes";
    if (isNew) await this.#call("POST", `${path.replace(/\/[^/]*$/, "")}${query}`, manifest);
    else await this.#call("PUT", `${path}${query}`, manifest);
  }

  /** Patches an object's metadata. */
  async patchMetadata(manifest: Manifest, metadata: object): Promise<void> {
    const query = "?fieldManager=todo-chatbot";
    await this.#call("PATCH", `${await this.#pathOf(manifest)}${query}`, { metadata });
  }

  /** The Secrets of a namespace with these labels, like `owner=helm`. */
  async secrets(namespace: string, labels: string): Promise<Manifest[]> {
    const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=${encodeURIComponent(labels)}`;
    return ((await this.#call("GET", path)) as { items: Manifest[] }).items;
  }

  async #pathOf({ apiVersion, kind, metadata }: Manifest): Promise<string> {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.#kinds.get(group) ?? this.#discover(group);
    this.#kinds.set(group, known);
    const found = (await known).get(kind);
    if (found === undefined)
      throw new ApiError(404, `The cluster has no kind ${kind} in ${apiVersion}`);
    const namespace = found.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
    return `${group}${namespace}/${found.name}/${metadata.name}`;
  }

  async #discover(group: string) {
    const { resources } = (await this.#call("GET", group)) as {
      resources: { name: string; kind: string; namespaced: boolean }[];
    };
    // Subresources, like deployments/scale, may have the same kind.
    const whole = resources.filter(({ name }) => !name.includes("/"));
    return new Map(whole.map(({ kind, name, namespaced }) => [kind, { name, namespaced }]));
  }

  async #call(
    method: "GET" | "PUT" | "POST" | "PATCH",
    path: string,
    body?: object,
  ): Promise<unknown> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const options = {
      method,
      timeout: 30_000,
      headers: { accept: "application/json", "content-type": type },
    };
    await this.#config.applyToHTTPSOptions(options);
    const base = this.#server.href.replace(/\/$/, "");
    const request = this.#server.protocol === "http:" ? overHttp : overHttps;
    return new Promise((resolve, reject) => {
      const call = request(`${base}${path}`, options, (response) => {
        text(response).then((answer) => {
          const { statusCode: status = 0 } = response;
          if (status < 300) resolve(JSON.parse(answer));
          else
            reject(
              new ApiError(
                status,
                `The API server refuses ${method} ${path}: ${messageIn(answer)}`,
              ),
            );
        }, reject);
      });
      call.on("timeout", () => call.destroy(new Error("the API server does not answer")));
      call.on("error", reject);
      call.end(body && JSON.stringify(body));
    });
  }
}

function messageIn(answer: string): string {
  try {
    return (JSON.parse(answer) as { message: string }).message;
  } catch {
    return answer.slice(0, 300);
  }
}
