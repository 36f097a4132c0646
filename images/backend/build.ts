// Bundles each program into one file, so that the image needs no node_modules.
import { build, type BuildOptions } from "esbuild";

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

if (import.meta.main) {
  const entryPoints = { server: "src/server.ts", backups: "src/backups/main.ts" };
  await build({ ...bundle, entryPoints });
}
