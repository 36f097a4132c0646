import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

import { filesIn, hits } from "../soak/canaries.ts";
import { Folder } from "./folder.ts";

describe("the search for secrets", () => {
  const secret = "cAnArY+of/the=test";
  const places = (text: string) => new Map([["a text", text]]);

  it("finds one as it is, in a URL, and in Base64 wherever it begins", () => {
    assert.deepEqual(hits({ key: secret }, places(`a ${secret} b`)), ["key, plain, in a text"]);
    assert.deepEqual(hits({ key: secret }, places(`?key=${encodeURIComponent(secret)}`)), [
      "key, URL-encoded, in a text",
    ]);
    for (const before of ["", "a", "ab", "abc"]) {
      const text = Buffer.from(`${before}${secret}, and more`).toString("base64");
      const form = `base64 (${(before.length % 3) + 1})`;
      assert.deepEqual(hits({ key: secret }, places(text)), [`key, ${form}, in a text`]);
    }
  });

  it("finds nothing else", () => {
    assert.deepEqual(
      hits({ key: secret }, places(`${secret.slice(1)} ${secret.slice(0, -1)}`)),
      [],
    );
  });

  it("looks into every file of a folder, compressed or not", async () => {
    using folder = new Folder();
    folder.write("deep/plain", secret);
    writeFileSync(folder.at("packed.gz"), gzipSync(secret));
    assert.deepEqual(hits({ key: secret }, await filesIn(folder.path)).sort(), [
      "key, plain, in deep/plain",
      "key, plain, in packed.gz",
    ]);
  });
});
