import { chmod, writeFile } from "node:fs/promises";

import { run } from "../../../lib/exec.ts";
import { temporaryFolder } from "../../../lib/temporary.ts";
import type { TemporaryFolder } from "../../../lib/temporary.ts";
import { Authority } from "../certificates.ts";
import { eventually } from "../project.ts";

const name = "todo-chatbot-e2e-registry";

/** The only user, with the hash of the password: a registry takes nothing but bcrypt. */
export const user = {
  name: "e2e",
  password: "correct horse battery staple",
  hash: "$2y$05$abcdefghijklmnopqrstuuFiPhXf1sVd3pCCRO.uVh34H/qI/ZsuS",
};

/**
 * A registry with TLS and a password, on a port of this machine: Docker trusts any certificate there. The nodes
 * of a kind cluster reach it by its container's name, and trust its authority.
 */
export class Registry implements AsyncDisposable {
  readonly #authority: Authority;
  readonly #docker: TemporaryFolder;
  /** Like `localhost:32768`. */
  readonly server: string;

  private constructor(server: string, authority: Authority, docker: TemporaryFolder) {
    this.server = server;
    this.#authority = authority;
    this.#docker = docker;
  }

  static async start(): Promise<Registry> {
    await remove();
    const authority = await Authority.make("Registry authority");
    await authority.issue("registry", [`DNS:${name}`, "DNS:localhost"]);
    await writeFile(authority.at("htpasswd"), `${user.name}:${user.hash}\n`);
    await chmod(authority.folder, 0o755);
    const settings = {
      OTEL_TRACES_EXPORTER: "none",
      REGISTRY_HTTP_TLS_CERTIFICATE: "/etc/e2e/registry.crt",
      REGISTRY_HTTP_TLS_KEY: "/etc/e2e/registry.key",
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_REALM: "e2e",
      REGISTRY_AUTH_HTPASSWD_PATH: "/etc/e2e/htpasswd",
    };
    await run("docker", [
      ...["run", "--detach", "--name", name, "--network", "kind", "--user", "0"],
      ...["--publish", "127.0.0.1::5000", "--volume", `${authority.folder}:/etc/e2e:ro`],
      ...Object.entries(settings).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
      process.env.TODO_IMAGE_REGISTRY ?? "registry:3",
    ]);
    const port = (await run("docker", ["port", name, "5000/tcp"])).split(":").at(-1) ?? "";
    return new Registry(`localhost:${port}`, authority, await temporaryFolder());
  }

  /** Environment in which Docker and Pulumi are signed in. */
  get env() {
    return { DOCKER_CONFIG: this.#docker.path };
  }

  /** As a person does it, once. */
  async signIn(): Promise<void> {
    await eventually(30, () => this.#run("login", "--username", user.name, "--password-stdin"));
  }

  #run(command: string, ...args: readonly string[]): Promise<string> {
    return run("docker", [command, ...args, this.server], {
      env: this.env,
      stdin: user.password,
    });
  }

  /** Copies an image of the local Docker to it. @returns a reference by digest */
  async mirror(image: string): Promise<string> {
    const [path = ""] = image.replace(/^.*\//, "").split(/[:@]/);
    const copy = `${this.server}/mirror/${path}:e2e`;
    await run("docker", ["tag", image, copy]);
    try {
      const output = await run("docker", ["push", copy], { env: this.env, timeoutMs: 300_000 });
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
      if (digest === undefined) throw new Error(`docker push printed no digest: ${output}`);
      return `${this.server}/mirror/${path}@${digest}`;
    } finally {
      await run("docker", ["image", "rm", copy]);
    }
  }

  /** Makes containerd on a node take its images from the container, and trust the authority. */
  async trustedBy(node: string): Promise<void> {
    await using folder = await temporaryFolder();
    const path = `/etc/containerd/certs.d/${this.server}`;
    const hosts = `server = "https://${name}:5000"\n\n[host."https://${name}:5000"]\n  ca = "${path}/ca.crt"\n`;
    await writeFile(`${folder.path}/hosts.toml`, hosts);
    await run("docker", ["exec", node, "mkdir", "-p", path]);
    await run("docker", ["cp", this.#authority.file, `${node}:${path}/ca.crt`]);
    await run("docker", ["cp", `${folder.path}/hosts.toml`, `${node}:${path}/hosts.toml`]);
    // Newer node images of kind look there already.
    const script = `
      grep -q certs.d /etc/containerd/config.toml && exit
      printf '\\n[plugins."io.containerd.grpc.v1.cri".registry]\\n  config_path = "/etc/containerd/certs.d"\\n' >>/etc/containerd/config.toml
      systemctl restart containerd`;
    await run("docker", ["exec", node, "sh", "-c", script]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove();
    const format = ["--format", "{{.Repository}}:{{.Tag}}"];
    const list = ["image", "ls", ...format, "--filter", `reference=${this.server}/*/*`];
    const images = (await run("docker", list)).split("\n").filter((image) => image !== "");
    if (images.length > 0) await run("docker", ["image", "rm", ...images]);
    await this.#docker[Symbol.asyncDispose]();
    await this.#authority[Symbol.asyncDispose]();
  }
}

async function remove(): Promise<void> {
  await run("docker", ["rm", "--force", "--volumes", name]).catch(() => undefined);
}
