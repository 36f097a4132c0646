import assert from "node:assert/strict";
import { cpSync, renameSync, utimesSync } from "node:fs";

import { chartHash } from "../../components/release/chart-hash.ts";
import { Folder } from "./folder.ts";

describe("chartHash", () => {
  const chart = "charts/todo-chatbot";

  it("is twelve hex digits, however the path is written", () => {
    assert.match(chartHash(chart), /^[0-9a-f]{12}$/);
    assert.equal(chartHash(`./${chart}/`), chartHash(chart));
  });

  const events: readonly (readonly [
    what: string,
    effect: "same" | "different",
    change: (folder: Folder) => void,
  ])[] = [
    [
      "a template is touched",
      "same",
      (folder) => {
        utimesSync(folder.at("templates/backend/deployment.yaml"), 0, 0);
      },
    ],
    [
      "a template is edited",
      "different",
      (folder) => {
        const file = "templates/backend/deployment.yaml";
        folder.write(file, `${folder.read(file)}# edited\n`);
      },
    ],
    [
      "what is only for readers and checkers is edited",
      "same",
      (folder) => {
        for (const file of ["README.md", "ci/new-values.yaml", "examples/minikube-values.yaml"]) {
          folder.write(file, "edited");
        }
      },
    ],
    [
      "a template is renamed",
      "different",
      (folder) => {
        renameSync(
          folder.at("templates/backend/service.yaml"),
          folder.at("templates/backend/services.yaml"),
        );
      },
    ],
    [
      "a default is edited",
      "different",
      (folder) => {
        folder.write("values.yaml", folder.read("values.yaml").replace("30s", "60s"));
      },
    ],
  ];
  for (const [what, effect, change] of events) {
    it(`is ${effect === "same" ? "the same" : "another one"} when ${what}`, () => {
      using copy = new Folder();
      cpSync(chart, copy.path, { recursive: true });
      const before = chartHash(copy.path);
      change(copy);

      const after = chartHash(copy.path);
      if (effect === "same") assert.equal(after, before);
      else assert.notEqual(after, before);
    });
  }
});
