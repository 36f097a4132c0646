import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { Folder } from "./folder.ts";

/** An image in the local Docker; the defaults are those of a build with the classic image store. */
export interface FakeImage {
  /** Docker's id; with the containerd image store it is not that of the nodes. */
  readonly id?: string;
  /** Digest of the configuration, which is the id on the nodes. */
  readonly config: string;
  /** ISO 8601. */
  readonly created?: string;
  /** Whether a container runs it. */
  readonly inUse?: boolean;
}

/** A digest that begins with some letters: `digest("aa")` is `sha256:aa000…`. */
export const digest = (start: string) => `sha256:${start.padEnd(64, "0")}`;

/** What an environment variable was, put back when the object goes. */
export class Variable implements Disposable {
  readonly #name: string;
  readonly #before: string | undefined;

  /** @param value undefined: the variable is not set */
  constructor(name: string, value: string | undefined) {
    this.#name = name;
    this.#before = process.env[name];
    set(name, value);
  }

  [Symbol.dispose](): void {
    set(this.#name, this.#before);
  }
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** Only these programs are on PATH: name and text of each, run by `sh` unless it says otherwise. */
export class Programs extends Folder {
  readonly #path: Variable;

  constructor(programs: Readonly<Record<string, string>> = {}) {
    super();
    for (const [name, text] of Object.entries(programs)) {
      this.write(name, text.startsWith("#!") ? text : `#!/bin/sh\n${text}\n`, 0o755);
    }
    this.#path = new Variable("PATH", this.path);
  }

  override [Symbol.dispose](): void {
    this.#path[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

/** A Docker engine and the nodes of a kind or minikube cluster, before everything else on PATH. */
export class FakeCluster extends Folder {
  readonly #variables: readonly Variable[];

  /** @param nodes names of the running nodes */
  constructor(nodes: readonly string[] = ["node-1"]) {
    super({ calls: "" });
    this.setNodes(...nodes.map((node) => `${node} control-plane`));
    // A copy, because a checkout on some file systems loses the executable bits.
    for (const program of readdirSync(join(import.meta.dirname, "fakes"))) {
      const text = readFileSync(join(import.meta.dirname, "fakes", program), "utf8");
      this.write(`bin/${program}`, text, 0o755);
    }
    this.#variables = [
      new Variable("FAKE_STATE", this.path),
      new Variable("PATH", [this.at("bin"), process.env["PATH"]].join(delimiter)),
    ];
  }

  /** Lines of a name and a role. */
  setNodes(...lines: readonly string[]): void {
    this.write("nodes", lines.map((line) => `${line}\n`).join(""));
  }

  /** Puts an image into the local Docker. */
  addLocal(ref: string, image: FakeImage): void {
    const { config, id = config, created = "2026-11-22T08:00:00.5Z", inUse = false } = image;
    const folder = `docker/${key(ref)}`;
    for (const [file, text] of Object.entries({ ref, id, size: "1234", created, config })) {
      this.write(`${folder}/${file}`, text);
    }
    if (inUse) this.write(`${folder}/in-use`, "");
  }

  /** Puts an image onto a node. */
  addToNode(node: string, ref: string, id: string): void {
    this.write(`node/${node}/${key(ref)}/ref`, ref);
    this.write(`node/${node}/${key(ref)}/id`, id);
  }

  /** References in the local Docker. */
  get local(): string[] {
    return this.#references("docker");
  }

  /** References on a node. */
  onNode(node: string): string[] {
    return this.#references(`node/${node}`);
  }

  #references(folder: string): string[] {
    if (!existsSync(this.at(folder))) return [];
    return readdirSync(this.at(folder))
      .map((image) => this.read(`${folder}/${image}/ref`).trim())
      .sort();
  }

  /** Every call of docker and minikube so far. */
  get calls(): string[] {
    return this.read("calls").split("\n").slice(0, -1);
  }

  /** What a `docker save` wrote to, in this and all cases a temporary file. */
  get archives(): string[] {
    return [...this.read("calls").matchAll(/--output (\S+)/g)].map(([, file = ""]) => file);
  }

  override [Symbol.dispose](): void {
    for (const variable of this.#variables) variable[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

const key = (ref: string) => ref.replaceAll(/[/:@]/g, "_");
