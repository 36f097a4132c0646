import assert from "node:assert/strict";

import { AppsV1Api } from "@kubernetes/client-node";

import { unlessAbsent } from "../../cli/kubernetes/absent.ts";
import { cluster, eventually, namespace } from "./project.ts";
import { stack } from "./stack.ts";

/** A server beside the stack, in a namespace of its own, run with Node from the backend's image. */
export class SideServer {
  readonly #name: string;
  readonly #port: number;

  private constructor(name: string, port: number) {
    this.#name = name;
    this.#port = port;
  }

  /** @param files its source; `main.ts` is run */
  static async start(
    name: string,
    port: number,
    files: Readonly<Record<string, string>>,
  ): Promise<SideServer> {
    const { config, core } = cluster(stack.context);
    const backend = await config
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ name: "backend-deployment", namespace });
    const server = new SideServer(name, port);
    const place = { namespace: server.#namespace };
    const metadata = { name, labels: { app: name } };
    await core.createNamespace({ body: { metadata: { name: place.namespace } } });
    await core.createNamespacedConfigMap({ ...place, body: { metadata, data: { ...files } } });
    await core.createNamespacedService({
      ...place,
      body: { metadata, spec: { selector: { app: name }, ports: [{ port }] } },
    });
    await core.createNamespacedPod({
      ...place,
      body: {
        metadata,
        spec: {
          containers: [
            {
              name,
              image: backend.spec?.template.spec?.containers[0]?.image,
              command: ["node", "/source/main.ts"],
              readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
              volumeMounts: [{ name: "source", mountPath: "/source" }],
            },
          ],
          volumes: [{ name: "source", configMap: { name } }],
        },
      },
    });
    await eventually(60, async () => {
      const { status } = await core.readNamespacedPod({ ...place, name });
      assert.equal(status?.containerStatuses?.[0]?.ready, true);
    });
    return server;
  }

  /** Its URL within the cluster. */
  get url(): string {
    return `http://${this.#name}.${this.#namespace}.svc:${this.#port}`;
  }

  /** Host and port of the same. */
  get host(): string {
    return this.url.replace("http://", "");
  }

  async remove(): Promise<void> {
    await stack.core().deleteNamespace({ name: this.#namespace }).catch(unlessAbsent);
  }

  get #namespace(): string {
    return `todo-chatbot-e2e-${this.#name}`;
  }
}
