import { join } from "node:path";
import { Worker } from "node:worker_threads";

import type { Build } from "./builds.ts";

/** What the worker is asked: the types of a program after edits. */
export interface Question {
  readonly id: number;
  readonly types: Build["types"];
  /** Paths. */
  readonly edits: readonly string[];
}

/** Its answer: the errors, as text; empty for none. */
export interface Answer {
  readonly id: number;
  readonly errors: string;
}

/** Checks types in another thread, where the compiler keeps what has not changed. */
export class TypeCheck implements AsyncDisposable {
  readonly #worker = new Worker(join(import.meta.dirname, "type-check-worker.ts"));
  readonly #pending = new Map<number, PromiseWithResolvers<string>>();
  #count = 0;

  constructor() {
    this.#worker.on("message", ({ id, errors }: Answer) => {
      this.#pending.get(id)?.resolve(errors);
      this.#pending.delete(id);
    });
    this.#worker.on("error", (error) => {
      for (const { reject } of this.#pending.values()) reject(error);
    });
  }

  /** @returns the errors, with file and line; empty for none */
  async errors({ types }: Build, edits: readonly string[]): Promise<string> {
    const id = ++this.#count;
    const pending = Promise.withResolvers<string>();
    this.#pending.set(id, pending);
    this.#worker.postMessage({ id, types, edits } satisfies Question);
    return pending.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
