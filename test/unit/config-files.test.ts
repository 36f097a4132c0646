import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import type { Values } from "./settings.ts";
import { refusal } from "./settings.ts";

describe("the README", () => {
  it("shows a stack file that is accepted", () => {
    const readme = readFileSync("README.md", "utf8");
    const [, text = ""] = /```yaml\n(# Pulumi\.production\.yaml\n.*?)```/s.exec(readme) ?? [];
    const { config } = parse(text) as { config: Values };
    const values = Object.entries(config).map(([key, value]) => [
      key.replace("todo-chatbot:", ""),
      value,
    ]);

    assert.equal(refusal(Object.fromEntries(values) as Values), "accepted");
  });
});

for (const stack of ["dev", "local"]) {
  describe(`Pulumi.${stack}.yaml`, () => {
    const text = readFileSync(`Pulumi.${stack}.yaml`, "utf8");
    const file = parse(text) as { config: Values };

    it("holds settings that are accepted", () => {
      const values = Object.entries(file.config).map(
        ([key, value]) => [key.replace("todo-chatbot:", ""), value] as const,
      );

      assert.equal(refusal(Object.fromEntries(values)), "accepted");
    });

    it("holds neither a secret nor what encrypts one", () => {
      assert.deepEqual(Object.keys(file), ["config"]);
      assert.doesNotMatch(text, /\bsecure:|encryptionsalt|encryptedkey|secretsprovider/);
    });
  });
}
