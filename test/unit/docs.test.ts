import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { environmentPage } from "../../tools/docs.ts";

/** A page without the spaces and dashes that prettier lines a table up with. */
const words = (page: string) => page.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");

describe("docs/environment.md", () => {
  it("is what the table says; npm run docs makes it anew", () => {
    assert.equal(words(readFileSync("docs/environment.md", "utf8")), words(environmentPage()));
  });
});
