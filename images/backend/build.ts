// Bundles each program into one file, so that the image carries no node_modules.
import { build } from "esbuild";

await build({
  entryPoints: { server: "src/server.ts", backups: "src/backups/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  minify: true,
  keepNames: true,
  legalComments: "none",
  // Embedded Postgres is for development only; it is imported when no DATABASE_URL is given.
  external: ["@electric-sql/pglite", "pg-native"],
  // CommonJS packages inside an ES module still call `require` for Node's own modules.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
});
