/** Serves the built page from memory: a few files that never change while the server runs. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";

import type { FastifyReply, FastifyRequest } from "fastify";

const mediaTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};
/** Encodings of the compressed files from the build, best first. */
const encodings = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

interface PageFile {
  readonly mediaType: string;
  readonly cacheControl: string;
  readonly etag: string;
  readonly identity: Buffer;
  readonly encoded: readonly (readonly [encoding: string, content: Buffer])[];
}

/** Files by URL path, such as `/index.html`. */
export type Page = ReadonlyMap<string, PageFile>;

/**
 * Reads the built page.
 *
 * @param folder has index.html, assets/ and the compressed version of each file.
 * @throws Error if index.html is missing.
 */
export async function loadPage(folder: string): Promise<Page> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const contents = new Map<string, Buffer>();
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const file = join(entry.parentPath, entry.name);
    contents.set(file.slice(folder.length).replaceAll(sep, "/"), await readFile(file));
  }
  if (!contents.has("/index.html")) {
    throw new Error(`No built page in ${folder}; build it with \`npm run build\`.`);
  }

  const page = new Map<string, PageFile>();
  for (const [path, identity] of contents) {
    const mediaType = mediaTypes[extname(path)];
    if (mediaType === undefined) continue;
    page.set(path, {
      mediaType,
      // File names in assets/ contain a content hash, so they never go stale.
      cacheControl: path.startsWith("/assets/")
        ? "public, max-age=31536000, immutable"
        : "no-cache",
      etag: `"${createHash("sha256").update(identity).digest("base64url").slice(0, 22)}"`,
      identity,
      encoded: encodings.flatMap(([encoding, extension]) => {
        const content = contents.get(path + extension);
        return content === undefined ? [] : [[encoding, content] as const];
      }),
    });
  }
  return page;
}

/**
 * Responds with a file of the page; undefined if there is no such file.
 *
 * @param status of the response; default 200.
 */
export function sendPageFile(
  page: Page,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
  status = 200,
): FastifyReply | undefined {
  const file = page.get(path);
  if (file === undefined) return undefined;

  reply.code(status).header("cache-control", file.cacheControl).header("vary", "accept-encoding");
  const [encoding, content] = negotiate(file, request.headers["accept-encoding"]);
  // One ETag per encoding: caches must not serve one encoding for another.
  const etag = encoding === undefined ? file.etag : file.etag.replace(/"$/, `-${encoding}"`);
  reply.header("etag", etag);
  if (status === 200 && matches(request.headers["if-none-match"], etag))
    return reply.code(304).send();
  if (encoding !== undefined) reply.header("content-encoding", encoding);
  return reply.type(file.mediaType).send(content);
}

function negotiate(
  file: PageFile,
  accepted: string | undefined,
): readonly [encoding: string | undefined, content: Buffer] {
  const wanted = new Set(
    (accepted ?? "")
      .split(",")
      .map((item) =>
        item
          .trim()
          .toLowerCase()
          .split(/\s*;\s*/),
      )
      .filter(([, quality]) => !/^q=0(?:\.0*)?$/.test(quality ?? ""))
      .map(([name]) => name),
  );
  return file.encoded.find(([encoding]) => wanted.has(encoding)) ?? [undefined, file.identity];
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? "")
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === etag || tag === "*");
}
