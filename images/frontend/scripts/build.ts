/**
 * Builds the content of the image into dist/: the page (dist/page, each file also compressed with
 * gzip and Brotli), the server, bundled into dist/server.js, and the list of what is in both.
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { build, type BuildOptions } from "esbuild";
import { build as buildWithVite } from "vite";

import { sbom } from "./sbom.gen.ts";

const root = join(import.meta.dirname, "..");
const compressible = /\.(?:html|js|css|svg|json|webmanifest|txt)$/;

/** Options of the server; `todo watch` bundles it with them. */
export const bundle = {
  absWorkingDir: root,
  entryPoints: ["server/server.ts"],
  outfile: "dist/server.js",
  bundle: true,
  minify: true,
  keepNames: true,
  platform: "node",
  target: "node24",
  format: "esm",
  legalComments: "none",
  // CommonJS packages load Node's built-in modules with require().
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
} satisfies BuildOptions;

/**
 * Builds the page, not compressed.
 *
 * @param outDir default: dist/page
 * @returns paths of the files of which something is in it
 */
export async function buildPage(outDir?: string): Promise<string[]> {
  const modules: string[] = [];
  await buildWithVite({
    root,
    logLevel: "warn",
    plugins: [
      {
        name: "list-modules",
        generateBundle(_options, output) {
          const chunks = Object.values(output).filter((each) => each.type === "chunk");
          const parts = chunks.flatMap((chunk) => Object.entries(chunk.modules));
          modules.push(...parts.flatMap(([file, part]) => (part.renderedLength > 0 ? file : [])));
        },
      },
    ],
    ...(outDir !== undefined && { build: { outDir, emptyOutDir: true } }),
  });
  // The bundler's own code has such names.
  return modules.map((file) => file.replace(/^\0(rolldown|vite)\//, "node_modules/$1/"));
}

/** Writes `file.gz` and `file.br` beside a file, at the highest level. */
async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, brotli));
}

if (import.meta.main) {
  const out = join(root, "dist");
  await rm(out, { recursive: true, force: true });
  const modules = await buildPage();
  const { metafile } = await build({ ...bundle, metafile: true });
  modules.push(...Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs)));
  await writeFile(join(out, "sbom.cdx.json"), sbom(root, modules, process.argv[2]));
  const page = join(out, "page");
  const files = await readdir(page, { recursive: true });
  await Promise.all(files.filter((f) => compressible.test(f)).map((f) => compress(join(page, f))));

  const script = files.filter((file) => file.endsWith(".js"));
  for (const file of script) {
    const size = (await readFile(join(page, `${file}.gz`))).length;
    console.log(`${file}: ${(size / 1000).toFixed(1)} kB gzipped`);
  }
}
