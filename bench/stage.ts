import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ensureCluster } from "../cli/kubernetes/local-cluster.ts";
import { openWorkspace } from "../cli/pulumi/workspace.ts";
import { step } from "../cli/terminal.ts";
import { create as deliver } from "../components/providers/delivery.ts";
import { clusterTarget } from "../config/target.ts";
import { clusterName } from "../lib/clusters.ts";
import { run } from "../lib/exec.ts";
import { parseReference } from "../lib/image-reference.ts";
import { project as source } from "../lib/project.ts";
import { ProjectCopy } from "../test/e2e/project.ts";
import type { Timed } from "./measure.ts";
import { timed } from "./measure.ts";

type Command = (...args: readonly string[]) => Promise<Timed>;

/** A deployed stack of the project. */
export interface Deployed {
  readonly pulumi: Command;
  /** Where the web UI is. */
  readonly url: string;
}

/** The peers that install the same chart with the same images and replicas. */
export type Peer = "plain" | "skaffold";

/** NodePorts, which the kind cluster maps. */
const ports = { ours: 30180, plain: 30181, skaffold: 30182 } as const;

/** What the rows are measured on, each created when the first row needs it. */
export class Stage implements AsyncDisposable {
  readonly project: ProjectCopy;
  readonly target = clusterTarget({
    ...{ kind: "kind", namespace: "todo-chatbot-namespace" },
    context: "kind-todo-chatbot-bench",
  });
  /** Where the peers' web UI is. */
  readonly urls = { plain: urlOf(ports.plain), skaffold: urlOf(ports.skaffold) };
  #cluster: Promise<void> | undefined;
  #deployed: Promise<Deployed> | undefined;
  #empty: Promise<Command> | undefined;

  private constructor(project: ProjectCopy) {
    this.project = project;
  }

  static async make(): Promise<Stage> {
    const project = await ProjectCopy.make();
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("PULUMI_")) Reflect.deleteProperty(process.env, name);
    }
    process.env["TODO_CHATBOT_HOME"] = join(project.folder, ".todo-chatbot");
    await symlink(join(source, "node_modules"), join(project.folder, "node_modules"));
    return new Stage(project);
  }

  /** Settings and environment of the project's stack; the same as `npm start` uses there. */
  workspace() {
    return openWorkspace("dev", {
      "cluster.context": this.target.context,
      "network.nodePort": String(ports.ours),
      "storage.protect": "false",
    });
  }

  /** A kind cluster with one node, which has the third-party images. */
  cluster(): Promise<void> {
    return (this.#cluster ??= (async () => {
      step("Creating the cluster of the benchmark");
      await this.#delete();
      await ensureCluster(this.target, ports.ours);
      const { images } = (await this.workspace()).settings;
      for (const image of [images.postgres, images.prometheus, images.alertmanager]) {
        await deliver({ target: this.target, image, pullable: true, keep: 0 });
      }
    })());
  }

  /** The project's stack, deployed to that cluster. */
  deployed(): Promise<Deployed> {
    return (this.#deployed ??= (async () => {
      await this.cluster();
      step("Deploying the stack");
      await this.start();
      return { pulumi: await this.pulumi(), url: urlOf(ports.ours) };
    })());
  }

  /** The Pulumi CLI with the project's stack. */
  async pulumi(): Promise<Command> {
    const { configFile, env } = await this.workspace();
    return (...args) =>
      timed("pulumi", [...args, "--stack", "dev", "--config-file", configFile], {
        ...{ cwd: this.project.folder, env },
      });
  }

  /** Runs `npm start`. */
  start(...settings: readonly string[]): Promise<Timed> {
    return this.npm("start", ...settings.flatMap((each) => ["--set", each]));
  }

  /** Runs a command of the project as a user would. */
  npm(command: string, ...args: readonly string[]): Promise<Timed> {
    return timed("npm", ["run", "--silent", command, "--", ...args], { cwd: this.project.folder });
  }

  /** The Pulumi CLI with a program that does nothing. */
  empty(): Promise<Command> {
    return (this.#empty ??= (async () => {
      const cwd = join(this.project.folder, "bench/empty");
      const env = {
        PULUMI_BACKEND_URL: `file://${cwd}`,
        PULUMI_CONFIG_PASSPHRASE: "bench",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      };
      await run("pulumi", ["stack", "init", "empty", "--non-interactive"], { cwd, env });
      const command: Command = (...args) =>
        timed("pulumi", [...args, "--stack", "empty"], { cwd, env });
      await command(...up);
      return command;
    })());
  }

  /** Arguments and environment of a peer: what it has to be told about this cluster. */
  async peer(peer: Peer) {
    const { images } = (await this.workspace()).settings;
    const { digest, repository, tag } = parseReference(images.postgres);
    const values = join(this.project.folder, `.bench-${peer}.json`);
    const text = {
      backend: { replicaCount: 2 },
      frontend: { replicaCount: 2, service: { nodePort: ports[peer] } },
      database: {
        mode: "bundled",
        bundled: { password: "bench", image: { digest, repository, tag } },
      },
      apiKeys: { jwtSecretKey: "0123456789abcdef0123456789abcdef" },
    };
    await writeFile(values, JSON.stringify(text));
    const { context } = this.target;
    return { cluster: clusterName(this.target), context, node: images.node, values };
  }

  async plain(tag: string): Promise<Timed> {
    const { cluster, context, node, values } = await this.peer("plain");
    const args = ["bench/plain.sh", cluster, context, tag, node, values];
    return timed("sh", args, { cwd: this.project.folder });
  }

  async skaffold(): Promise<Timed> {
    const { context, node } = await this.peer("skaffold");
    const { folder: cwd } = this.project;
    const config = join(cwd, ".bench-skaffold.yaml");
    // It neither asks nor reports anything.
    const quiet = "collect-metrics: false, update-check: false, survey: { disable-prompt: true }";
    await writeFile(config, `global: { ${quiet} }\n`);
    return timed(
      "skaffold",
      [
        ...["run", "--filename=bench/skaffold.yaml", `--config=${config}`],
        // It does not see that the Dockerfile mounts the sources, and would take what it built before.
        ...["--cache-artifacts=false", `--kube-context=${context}`],
      ],
      { cwd, env: { BENCH_NODE_IMAGE: node } },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#cluster !== undefined) await this.#delete();
    await this.project.remove();
  }

  #delete(): Promise<string> {
    return run("kind", ["delete", "cluster", "--name", clusterName(this.target)], {
      timeoutMs: 120_000,
    });
  }
}

/** An update as a script would run it. */
export const up = ["up", "--yes", "--skip-preview", "--non-interactive"] as const;
export const preview = ["preview", "--non-interactive"] as const;

const urlOf = (port: number) => `http://localhost:${port}`;
