import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Texts to search, by their origin. */
export type Places = Map<string, string | Buffer>;

/** The forms of a secret: plain, URL-encoded, or anywhere within Base64. */
export function formsOf(secret: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(secret);
  // Three bytes become four characters, which depend on the offset.
  const [first, second, third] = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .slice([0, 2, 3][before], Math.floor((before + bytes.length) / 3) * 4),
  );
  return {
    plain: secret,
    "URL-encoded": encodeURIComponent(secret),
    "base64 (1)": first!,
    "base64 (2)": second!,
    "base64 (3)": third!,
  };
}

/** Where secrets are found, like `openai.apiKey, plain, in the logs`. Pure. */
export function hits(secrets: Readonly<Record<string, string>>, places: Places): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(formsOf(secret)).flatMap(([form, text]) =>
      [...places].flatMap(([place, content]) =>
        content.includes(text) ? [`${name}, ${form}, in ${place}`] : [],
      ),
    ),
  );
}

/** The files of a folder, decompressed if necessary. */
export async function filesIn(folder: string): Promise<Places> {
  const names = await readdir(folder, { recursive: true });
  const places: Places = new Map();
  for (const name of names) {
    const file = join(folder, name);
    if (!(await stat(file)).isFile()) continue;
    const bytes = await readFile(file);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    places.set(name, isPacked ? gunzipSync(bytes) : bytes);
  }
  return places;
}
