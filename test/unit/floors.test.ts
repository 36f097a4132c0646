import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Linter } from "eslint";
import { ESLint } from "eslint";

import { project } from "../../lib/project.ts";

const { floors, floorRules } = (await import(join(project, "eslint.floors.js"))) as {
  floors: readonly (readonly string[])[];
  floorRules: Linter.Config[];
};

describe("the floors of the tree", () => {
  it("are those that ARCHITECTURE.md shows, in its order", async () => {
    const text = await readFile(join(project, "ARCHITECTURE.md"), "utf8");
    const shown = [...text.matchAll(/^\| `([\w.]+)\/?` /gm)].map(([, name]) => name);
    assert.deepEqual(shown, floors.flat());
  });

  it("refuse an import from a floor above, and take one from below", async () => {
    const eslint = new ESLint({
      cwd: project,
      overrideConfigFile: true,
      overrideConfig: [{ files: ["**/*.ts"] }, ...floorRules],
    });
    const messages = async (imported: string) => {
      const [result] = await eslint.lintText(`export * from "${imported}";\n`, {
        filePath: join(project, "lib/url.ts"),
      });
      return result!.messages
        .filter(({ ruleId }) => ruleId === "no-restricted-imports")
        .map(({ message }) => message);
    };
    assert.match(
      (await messages("../components/pod-security.ts")).join("\n"),
      /lib may import from the floors below only.*components/,
    );
    assert.deepEqual(await messages("./exec.ts"), []);
  });
});
