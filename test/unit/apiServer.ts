import { createServer, request } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect as connectTcp } from "node:net";

import { Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

/** How an API server answers; nothing at all when it is silent. */
export interface Answers {
  /** UID of kube-system. */
  readonly uid?: string;
  /** InternalIP addresses of the nodes. */
  readonly addresses?: readonly string[];
  /** HTTP status instead of an answer. */
  readonly status?: number;
  /** The same, for the nodes alone. */
  readonly nodesStatus?: number;
  /** More objects, by path; each answers with what it is. */
  readonly objects?: Readonly<Record<string, unknown>>;
  readonly silent?: boolean;
  /** Whether it ends the connection instead of an answer. */
  readonly hangsUp?: boolean;
}

/** The claim of the database in a namespace, with a volume of 2Gi, as an object for {@link Answers}. */
export function claimIn(namespace: string): Readonly<Record<string, unknown>> {
  return {
    [`/api/v1/namespaces/${namespace}/persistentvolumeclaims/todo-chatbot-data`]: {
      spec: {
        storageClassName: "standard",
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "2Gi" } },
      },
      status: { capacity: { storage: "2Gi" } },
    },
  };
}

/** A Kubernetes API server on this machine that knows kube-system and the nodes. */
export class ApiServer implements AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  /** Those among them that would change something, with the method. */
  readonly writes: string[] = [];
  readonly #server: Server;

  private constructor(server: Server, answers: Answers) {
    const { uid = "uid-1", addresses = [], silent, hangsUp } = answers;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const objects: Record<string, unknown> = {
      ...answers.objects,
      "/api/v1/namespaces/kube-system": { metadata: { name: "kube-system", uid } },
      "/api/v1/nodes": {
        items: addresses.map((address) => ({
          status: {
            addresses: [
              { type: "Hostname", address: "node" },
              { type: "InternalIP", address },
            ],
          },
        })),
      },
    };
    server.on("request", (request, response) => {
      const path = request.url ?? "";
      this.requests.push(path);
      if (request.method !== "GET") this.writes.push(`${request.method ?? ""} ${path}`);
      if (hangsUp) request.socket.destroy();
      if (silent || hangsUp) return;
      const object = objects[path];
      const status = path.endsWith("/nodes")
        ? (answers.nodesStatus ?? answers.status)
        : answers.status;
      response.writeHead(status ?? (object === undefined ? 404 : 200), {
        "content-type": "application/json",
      });
      response.end(JSON.stringify(status === undefined ? object : { message: "refused" }));
    });
  }

  static async start(answers: Answers = {}): Promise<ApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ApiServer(server, answers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** An HTTP proxy on this machine that leads to one server, whatever it is asked for. */
export class Proxy implements AsyncDisposable {
  readonly url: string;
  /** Hosts and ports that it was asked for. */
  readonly asked = new Set<string>();
  readonly #server: Server;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (question, answer) => {
      const { host, pathname, search } = new URL(question.url ?? "");
      this.asked.add(host);
      const { method, headers } = question;
      const upstream = request(
        `${target.origin}${pathname}${search}`,
        { method, headers },
        (got) => {
          answer.writeHead(got.statusCode ?? 0, got.headers);
          got.pipe(answer);
        },
      );
      question.pipe(upstream);
    });
    server.on("connect", ({ url = "" }, client) => {
      this.asked.add(url);
      const upstream = connectTcp(Number(target.port), target.hostname, () => {
        client.write("HTTP/1.1 200 Connected\r\n\r\n");
        upstream.pipe(client).pipe(upstream);
      });
      client.on("close", () => upstream.destroy());
    });
  }

  static async start(target: string): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Proxy(server, new URL(target));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    return Promise.resolve();
  }
}

/** The kubeconfig of this process, with a server for each context. */
export class Kubeconfig extends Folder {
  readonly #variable: Variable;

  constructor(servers: Readonly<Record<string, string>>) {
    super();
    const names = Object.keys(servers);
    this.write(
      "config",
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: names.map((name) => ({
          name,
          cluster: {
            server: servers[name],
            // The client takes plain HTTP only from those who ask for it.
            "insecure-skip-tls-verify": true,
          },
        })),
        users: names.map((name) => ({ name, user: { token: "token" } })),
        contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
      }),
    );
    this.#variable = new Variable("KUBECONFIG", this.at("config"));
  }

  edit(from: string, to: string): void {
    this.write("config", this.read("config").replace(from, to));
  }

  override [Symbol.dispose](): void {
    this.#variable[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}
