import { PassThrough } from "node:stream";
import type { Readable, Writable } from "node:stream";

import type { KubeConfig, V1Status } from "@kubernetes/client-node";
import { Exec } from "@kubernetes/client-node";

import { Problem } from "./problem.ts";

/** The result of a command in a pod. */
export interface Outcome {
  readonly code: number;
  /** Its standard error. */
  readonly errors: string;
}

/** A container of a running pod, to run commands in. */
export class PodShell {
  readonly #config: KubeConfig;
  readonly #namespace: string;
  readonly #name: string;
  readonly #container: string;

  constructor(config: KubeConfig, namespace: string, name: string, container: string) {
    this.#config = config;
    this.#namespace = namespace;
    this.#name = name;
    this.#container = container;
  }

  /**
   * Runs a command.
   *
   * @param output receives its standard output, and is ended
   * @param input its standard input
   * @throws Problem when the connection is lost before it has ended
   */
  async exec(command: readonly string[], output: Writable, input?: Readable): Promise<Outcome> {
    const errors = new PassThrough();
    let text = "";
    errors.setEncoding("utf8").on("data", (part: string) => (text += part));
    const code = await new Promise<number>((resolve, reject) => {
      new Exec(this.#config)
        .exec(
          this.#namespace,
          this.#name,
          this.#container,
          [...command],
          output,
          errors,
          input ?? null,
          false,
          (status) => {
            resolve(exitCode(status));
          },
        )
        .then((socket: { on(event: "close", listener: () => void): void }) => {
          socket.on("close", () => {
            reject(
              new Problem(
                `The connection to the pod ${this.#name} was lost. Run the command again; it is safe to repeat.`,
              ),
            );
          });
        }, reject);
    });
    return { code, errors: text.trim() };
  }

  /** Standard output of a command. @throws Problem with its standard error when it fails */
  async ask(command: readonly string[]): Promise<string> {
    const output = new PassThrough();
    let text = "";
    output.setEncoding("utf8").on("data", (part: string) => (text += part));
    const { code, errors } = await this.exec(command, output);
    if (code !== 0) throw new Problem(errors || `${command.join(" ")} failed (exit code ${code}).`);
    return text.trim();
  }
}

function exitCode({ status, details }: V1Status): number {
  if (status === "Success") return 0;
  const cause = details?.causes?.find(({ reason }) => reason === "ExitCode");
  return Number(cause?.message ?? 1);
}
