import { ApiError, callApi, findObject } from "../../lib/api-server.ts";
import type { Manifest } from "../../lib/manifest.ts";

/**
 * The API server of a context, for objects of any kind. The typed client drops unknown fields, so they
 * would never be compared.
 */
export class KubernetesApi {
  readonly #context: string;
  /** Plural names by `apiVersion/kind`, and whether the kind is namespaced. */
  readonly #kinds = new Map<
    string,
    Promise<ReadonlyMap<string, { name: string; namespaced: boolean }>>
  >();

  constructor(context: string) {
    this.#context = context;
  }

  /** The live object; undefined when there is none. */
  async read(manifest: Manifest): Promise<Manifest | undefined> {
    let path: string;
    try {
      path = await this.#pathOf(manifest);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
    return findObject<Manifest>(this.#context, path);
  }

  /**
   * A dry run of an update: the object with the server's defaults.
   *
   * @throws ApiError with the server's message when it rejects the update
   */
  async dryReplace(manifest: Manifest): Promise<Manifest> {
    const path = `${await this.#pathOf(manifest)}?dryRun=All`;
    return callApi<Manifest>(this.#context, path, { method: "PUT", body: manifest });
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
    const [method, at] = isNew
      ? (["POST", path.replace(/\/[^/]*$/, "")] as const)
      : (["PUT", path] as const);
    await callApi(this.#context, `${at}${query}`, { method, body: manifest });
  }

  /** Patches an object's metadata. */
  async patchMetadata(manifest: Manifest, metadata: object): Promise<void> {
    const query = "?fieldManager=todo-chatbot";
    const path = `${await this.#pathOf(manifest)}${query}`;
    await callApi(this.#context, path, { method: "PATCH", body: { metadata } });
  }

  /** The Secrets of a namespace with these labels, like `owner=helm`. */
  async secrets(namespace: string, labels: string): Promise<Manifest[]> {
    const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=${encodeURIComponent(labels)}`;
    return (await callApi<{ items: Manifest[] }>(this.#context, path)).items;
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
    const { resources } = await callApi<{
      resources: { name: string; kind: string; namespaced: boolean }[];
    }>(this.#context, group);
    // Subresources, like deployments/scale, may have the same kind.
    const whole = resources.filter(({ name }) => !name.includes("/"));
    return new Map(whole.map(({ kind, name, namespaced }) => [kind, { name, namespaced }]));
  }
}
