// Bundles each program into one file, so that the image needs no node_modules, and lists what is in the image.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { build, type BuildOptions } from "esbuild";

import { sbom } from "./sbom.ts";

/** For `todo watch`, which has no bundler of its own. */
export { context } from "esbuild";

/** Options of every program; `todo watch` bundles the server with them. */
export const bundle = {
  absWorkingDir: import.meta.dirname,
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  minify: true,
  keepNames: true,
  legalComments: "none",
  // Embedded Postgres is for development only; imported if DATABASE_URL is unset.
  external: ["@electric-sql/pglite", "pg-native"],
  // CommonJS packages load Node's built-in modules with require().
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
} satisfies BuildOptions;

/** The programs of the image. */
export const entryPoints = {
  server: "src/server.ts",
  backups: "src/backups/main.ts",
  "reset-password": "src/auth/reset-command.ts",
  schema: "src/database/schema-command.ts",
};

if (import.meta.main) {
  const { metafile } = await build({ ...bundle, entryPoints, metafile: true });
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const root = bundle.absWorkingDir;
  await writeFile(join(root, "dist/sbom.cdx.json"), sbom(root, files, process.argv[2]));
}
