import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import type { Ended, Interrupted, ProjectCopy } from "../project.ts";
import { set } from "../stack.ts";

/** Settings of a group. */
export type Settings = Readonly<Record<string, unknown>>;

interface Review {
  readonly digest: string;
  readonly file: string;
}

/** A stack on the remote cluster, with a stack file by `todo stack new`. */
export class RemoteStack {
  readonly name: string;
  readonly #project: ProjectCopy;

  constructor(project: ProjectCopy, name: string) {
    this.#project = project;
    this.name = name;
  }

  get namespace(): string {
    return `todo-${this.name}`;
  }
  get host(): string {
    return `${this.name}.todo.example.org`;
  }
  get file(): string {
    return join(this.#project.folder, `Pulumi.${this.name}.yaml`);
  }

  /** @param options as for `todo stack new` */
  async create(options: readonly string[], values: readonly string[]): Promise<void> {
    const all = [`cluster.namespace=${this.namespace}`, "monitoring.mode=off", ...values];
    const how = ["--kind", "remote", ...options, ...set(all)];
    succeeded(await this.#project.npm("todo", "stack", "new", this.name, ...how));
  }

  /** Replaces a group in the stack file, as an editor would. */
  async edit(group: string, settings: Settings): Promise<void> {
    const document = parse(await readFile(this.file, "utf8")) as { config: Settings };
    const config = { ...document.config, [`todo-chatbot:${group}`]: settings };
    await writeFile(this.file, stringify({ ...document, config }));
  }

  /** The credentials that the pods pull images with, in the stack's own settings. */
  async pullAs(server: string, username: string, password: string): Promise<void> {
    const of = (key: string, value: string) =>
      `todo-chatbot:images.pullCredentials.${key}=${value}`;
    const plain = [of("server", server), of("username", username)];
    const values = plain.flatMap((value) => ["--plaintext", value]);
    const secret = ["--secret", of("password", password)];
    succeeded(await this.todo("pulumi", "config", "set-all", "--path", ...values, ...secret));
  }

  /** `npm start`, approved. */
  start(...values: readonly string[]): Promise<Ended> {
    return this.npm("start", "--yes", ...set(values));
  }

  /** `npm start` that has to succeed; prints how long it took. */
  async deploy(...values: readonly string[]): Promise<string> {
    const { output, took } = succeeded(await this.start(...values));
    console.log(`      npm start -- --stack ${this.name} ${values.join(" ")} took ${took} s`);
    return output;
  }

  /** Makes the settings of this machine, such as encrypted ones, a part of the stack file. */
  async commitSettings(): Promise<void> {
    const { folder } = this.#project;
    await copyFile(join(folder, ".todo-chatbot", `Pulumi.${this.name}.yaml`), this.file);
  }

  /** What a pull request's review would have: the stack's digest, and the file of digests. */
  async review(): Promise<Review> {
    const file = join(this.#project.folder, `digests-${this.name}.json`);
    succeeded(await this.todo("preview", "--digests", file));
    const all = JSON.parse(await readFile(file, "utf8")) as Record<string, { digest: string }>;
    return { digest: all[this.name]?.digest ?? "", file };
  }

  /** `npm start` of what was reviewed and nothing else. */
  startReviewed({ digest, file }: Review): Promise<Ended> {
    return this.npm("start", "--yes", "--reviewed", digest, "--digests", file);
  }

  /** `npm start`, killed as soon as it has printed something. */
  killed(printed: RegExp): Promise<Interrupted> {
    return this.#project.killAt(printed, "start", "--stack", this.name, "--yes");
  }

  /** `npm run <script>`. */
  npm(script: "start" | "down", ...options: readonly string[]): Promise<Ended> {
    return this.#project.npm(script, "--stack", this.name, ...options);
  }

  /** `npm run todo -- doctor`, which looks at all stacks. */
  doctor(): Promise<Ended> {
    return this.#project.npm("todo", "doctor");
  }

  /** `npm run todo -- <command>`; Pulumi's own options have to follow the stack's. */
  todo(command: string, ...options: readonly string[]): Promise<Ended> {
    return this.#project.npm("todo", ...command.split(" "), "--stack", this.name, ...options);
  }
}

/** Fails with a command's output unless it succeeded. */
export function succeeded(ended: Ended): Ended {
  assert.equal(ended.code, 0, ended.output);
  return ended;
}

/** Fails unless a command was refused for want of an answer. */
export function unanswered({ code, output, took }: Ended): void {
  assert.equal(code, 1, output);
  assert.match(output, /Not a terminal: pass --yes to skip confirmation\./);
  assert.ok(took < 60, `it took ${took} s`);
}
