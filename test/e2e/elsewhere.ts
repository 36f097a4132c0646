import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { V1Namespace, V1Pod, V1Secret, V1Service } from "@kubernetes/client-node";

import { Authority } from "./certificates.ts";
import { eventually, inPod } from "./project.ts";

/** Every printable ASCII character. */
const password = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

/** An external Postgres, in a namespace of its own; TLS only, with a certificate for its name. */
export class Elsewhere {
  readonly #config: KubeConfig;
  readonly #core: CoreV1Api;
  readonly #namespace: string;
  #authorities: readonly [own: Authority, other: Authority] | undefined;

  constructor(config: KubeConfig, core: CoreV1Api, namespace: string) {
    this.#config = config;
    this.#core = core;
    this.#namespace = namespace;
  }

  get host(): string {
    return `postgres.${this.#namespace}.svc.cluster.local`;
  }

  /** CA bundles: of the CA that signed the server's certificate, and of another. */
  get ca(): string {
    return this.#authorities?.[0].file ?? "";
  }
  get otherCa(): string {
    return this.#authorities?.[1].file ?? "";
  }

  /** Connection string; the server's certificate is only for {@link host}. */
  url(mode = "verify-full", host = this.host): string {
    const encoded = [...Buffer.from(password)].map((byte) => `%${byte.toString(16)}`).join("");
    return `postgresql://owner:${encoded}@${host}:5432/todo?sslmode=${mode}`;
  }

  /** Whether a text reveals the password, plain or URL-encoded. */
  isIn(text: string): boolean {
    return text.includes(password.slice(-40)) || text.includes("%21%22%23");
  }

  /** @param image a Postgres that the nodes have */
  async start(image: string): Promise<void> {
    const authorities = [await Authority.make("ca"), await Authority.make("other")] as const;
    this.#authorities = authorities;
    const { certificate, key } = await authorities[0].issue("postgres", [`DNS:${this.host}`]);
    const metadata = { name: "postgres", labels: { app: "postgres" } };
    const namespace = this.#namespace;
    await this.#core.createNamespace({
      body: Object.assign(new V1Namespace(), { metadata: { name: namespace } }),
    });
    await this.#core.createNamespacedSecret({
      namespace,
      body: Object.assign(new V1Secret(), {
        metadata,
        stringData: {
          "server.crt": certificate,
          "server.key": key,
          "pg_hba.conf": "local all all trust\nhostssl all all all scram-sha-256\n",
        },
      }),
    });
    await this.#core.createNamespacedService({
      namespace,
      body: Object.assign(new V1Service(), {
        metadata,
        spec: { selector: metadata.labels, ports: [{ port: 5432 }] },
      }),
    });
    const settings = [
      "ssl=on",
      "ssl_cert_file=/tls/server.crt",
      "ssl_key_file=/tls/server.key",
      "hba_file=/tls/pg_hba.conf",
    ];
    await this.#core.createNamespacedPod({
      namespace,
      body: Object.assign(new V1Pod(), {
        metadata,
        spec: {
          securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
          containers: [
            {
              name: "postgres",
              image,
              imagePullPolicy: "IfNotPresent",
              args: settings.flatMap((setting) => ["-c", setting]),
              env: [
                { name: "PGDATA", value: "/data/pgdata" },
                { name: "POSTGRES_PASSWORD", value: "of nobody" },
              ],
              volumeMounts: [
                { name: "data", mountPath: "/data" },
                { name: "tls", mountPath: "/tls", readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: "data", emptyDir: {} },
            // Postgres rejects a key that everybody may read.
            { name: "tls", secret: { secretName: "postgres", defaultMode: 0o440 } },
          ],
        },
      }),
    });
    await eventually(90, async () => {
      // Over TCP, because the server that initializes the data directory only listens on its socket.
      const answer = await this.#psql("postgres", "SELECT 'over TCP'", ["-h", "127.0.0.1"]);
      if (!answer.includes("password")) throw new Error(answer);
    });
    // As in a managed database: not a superuser, but the database's owner.
    const quoted = password.replaceAll("'", "''");
    await this.#psql("postgres", `CREATE ROLE owner LOGIN CREATEROLE PASSWORD '${quoted}'`);
    await this.#psql("postgres", "CREATE DATABASE todo OWNER owner");
  }

  /** The output of an SQL statement. */
  sql(statement: string): Promise<string> {
    return this.#psql("todo", statement);
  }

  async remove(): Promise<void> {
    await this.#core.deleteNamespace({ name: this.#namespace }).catch(() => undefined);
    for (const authority of this.#authorities ?? []) await authority[Symbol.asyncDispose]();
  }

  #psql(database: string, statement: string, options: readonly string[] = []): Promise<string> {
    const psql = ["psql", "-XqAtw", "-U", "postgres", "-d", database, ...options, "-c", statement];
    return inPod(this.#config, "postgres", psql, this.#namespace);
  }
}
