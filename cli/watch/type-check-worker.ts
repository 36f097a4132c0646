import { existsSync } from "node:fs";
import { join } from "node:path";
import { parentPort } from "node:worker_threads";

import ts from "typescript";

import { project } from "../../lib/project.ts";
import type { Answer, Question } from "./type-check.ts";

const words = {
  getCurrentDirectory: () => project,
  getCanonicalFileName: (file: string) => file,
  getNewLine: () => "\n",
};

/** A program of one app, of which only what edits affect is checked again. */
class Program {
  readonly #options: ts.CompilerOptions;
  readonly #roots: readonly string[];
  readonly #files = new Map<string, ts.SourceFile | undefined>();
  #builder: ts.SemanticDiagnosticsBuilderProgram | undefined;

  constructor({ folder, roots }: Question["types"]) {
    const path = join(folder, "tsconfig.json");
    const file = ts.readJsonConfigFile(path, ts.sys.readFile);
    const parse = ts.parseJsonSourceFileConfigFileContent;
    // With its path, types are looked up in the app's packages.
    this.#options = parse(file, ts.sys, folder, undefined, path).options;
    this.#roots = roots.map((file) => join(folder, file));
  }

  errors(edits: readonly string[]): string {
    const typed = edits.filter((file) => /\.(tsx?|json)$/.test(file));
    // Another file may be found for an import, of which the old program knows nothing.
    if (!typed.every((file) => this.#files.has(file) && existsSync(file))) {
      this.#builder = undefined;
    }
    for (const file of typed) this.#files.delete(file);
    const create = ts.createSemanticDiagnosticsBuilderProgram;
    const builder = create(this.#roots, this.#options, this.#host(), this.#builder);
    this.#builder = builder;
    return ts.formatDiagnostics(
      [
        ...builder.getOptionsDiagnostics(),
        ...builder.getSyntacticDiagnostics(),
        ...builder.getSemanticDiagnostics(),
      ],
      words,
    );
  }

  /** One per check: the compiler makes it remember which files do not exist. */
  #host(): ts.CompilerHost {
    const host = ts.createIncrementalCompilerHost(this.#options);
    return {
      ...host,
      getSourceFile: (file, ...rest) => {
        if (!this.#files.has(file)) this.#files.set(file, host.getSourceFile(file, ...rest));
        return this.#files.get(file);
      },
    };
  }
}

const programs = new Map<string, Program>();

parentPort?.on("message", ({ id, types, edits }: Question) => {
  const key = [types.folder, ...types.roots].join("\n");
  const program = programs.get(key) ?? new Program(types);
  programs.set(key, program);
  parentPort?.postMessage({ id, errors: program.errors(edits) } satisfies Answer);
});
