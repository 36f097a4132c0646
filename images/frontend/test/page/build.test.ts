import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

const page = join(import.meta.dirname, "../../dist/page");

describe("the built page", () => {
  it("has at most 150 kB of JavaScript, gzipped", async () => {
    const scripts = (await readdir(join(page, "assets"))).filter((name) => name.endsWith(".js.gz"));
    assert.notEqual(scripts.length, 0);
    const sizes = scripts.map(async (name) => (await readFile(join(page, "assets", name))).length);
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    assert(total <= 150_000, `${total} bytes`);
  });

  it("has no inline script, no inline style, and nothing from another origin", async () => {
    const html = await readFile(join(page, "index.html"), "utf8");
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|https?:|(?:src|href)="\/\//);
    for (const [, attributes, content] of html.matchAll(/<script([^>]*)>([^<]*)</g)) {
      assert.match(attributes ?? "", /src="\/assets\/[^"]+"/);
      assert.equal(content, "");
    }
  });

  it("waits with the first paint until the theme is known", async () => {
    assert.match(
      await readFile(join(page, "index.html"), "utf8"),
      /<script[^>]* blocking="render"/,
    );
  });

  it("has compressed files that hold what the plain ones do", async () => {
    const files = await readdir(page, { recursive: true });
    for (const file of files.filter((name) => /\.(?:js|css|html)$/.test(name))) {
      const plain = await readFile(join(page, file));
      assert.deepEqual(gunzipSync(await readFile(join(page, `${file}.gz`))), plain);
      assert.deepEqual(brotliDecompressSync(await readFile(join(page, `${file}.br`))), plain);
    }
  });
});
