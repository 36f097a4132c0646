import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { bundle as backendBundle, context } from "../../images/backend/build.ts";
import { buildPage, bundle as frontendBundle } from "../../images/frontend/scripts/build.ts";
import { project } from "../../lib/project.ts";
import type { TemporaryFolder } from "../../lib/temporary.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import type { App } from "./overlay.ts";
import type { Code } from "./supervisor.ts";

/** A part of an app that is built on its own. */
export interface Build {
  readonly name: string;
  readonly app: App;
  /** Files and folders that it is built from. */
  readonly sources: readonly string[];
  /** Where its types are checked from: a folder with a tsconfig.json, and files in it. */
  readonly types: { readonly folder: string; readonly roots: readonly string[] };
  /**
   * The files of the image, as they are beside its command.
   *
   * @throws Error with the errors in the sources
   */
  readonly build: () => Promise<Code>;
}

/** The builds of both apps, which reuse what has not changed. */
export interface Builds extends AsyncDisposable {
  readonly builds: readonly Build[];
}

type Options = NonNullable<Parameters<typeof context>[0]>;

export async function openBuilds(): Promise<Builds> {
  const folder = await temporaryFolder();
  const backend = await bundler({ ...backendBundle, entryPoints: { server: "src/server.ts" } });
  const frontend = await bundler(frontendBundle);
  return {
    builds: [
      {
        ...{ name: "backend", app: "backend", build: () => bundled(backend, "server.mjs") },
        ...within("images/backend", ["src"], ["src/server.ts"]),
      },
      {
        ...{ name: "server of the web UI", app: "frontend" },
        ...within("images/frontend", ["server"], ["server/server.ts"]),
        build: () => bundled(frontend, "server.js"),
      },
      {
        ...{ name: "web UI", app: "frontend", build: () => page(folder) },
        ...within("images/frontend", ["src", "public", "index.html"], ["src/main.tsx"]),
      },
    ],
    async [Symbol.asyncDispose]() {
      await Promise.all([backend.dispose(), frontend.dispose()]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

function within(root: string, sources: readonly string[], roots: readonly string[]) {
  const folder = join(project, root);
  return { sources: sources.map((name) => join(folder, name)), types: { folder, roots } };
}

/** Errors in the log are easier to read if the code is not minified. */
const bundler = (options: Options) =>
  context({ ...options, minify: false, write: false, logLevel: "silent" });

async function bundled(bundler: Awaited<ReturnType<typeof context>>, file: string): Promise<Code> {
  const { outputFiles = [] } = await bundler.rebuild();
  const contents = outputFiles.find(({ path }) => path.endsWith(file))?.contents ?? [];
  return { [file]: Buffer.from(contents).toString("base64") };
}

async function page({ path }: TemporaryFolder): Promise<Code> {
  await buildPage(path);
  const files = await readdir(path, { recursive: true, withFileTypes: true });
  const contents = files
    .filter((file) => file.isFile())
    .map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      const inPage = file.slice(path.length).replaceAll("\\", "/");
      return [`page${inPage}`, await readFile(file, "base64")] as const;
    });
  return Object.fromEntries(await Promise.all(contents));
}
