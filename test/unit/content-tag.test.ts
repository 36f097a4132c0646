import assert from "node:assert/strict";
import { chmodSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";

import { buildFiles, contentTag } from "../../components/images/content-tag.ts";
import { Folder } from "./folder.ts";

const context = {
  Dockerfile: "FROM scratch\n",
  ".dockerignore": "*\n!package.json\n!src\n",
  "package.json": "{}\n",
  "src/server.ts": "listen();\n",
  "src/http/routes.ts": "route();\n",
  "README.md": "no part of the build\n",
  "node_modules/pg/index.js": "no part of it either\n",
};
const inputs = { NODE_IMAGE: "node:24", platform: "linux/amd64" };

/** What may happen to a build context, and whether the image is another one after it. */
const events: readonly (readonly [
  what: string,
  effect: "same" | "different",
  change: (folder: Folder) => void,
])[] = [
  ["nothing happens", "same", () => undefined],
  [
    "a file is touched",
    "same",
    (folder) => {
      utimesSync(folder.at("src/server.ts"), 0, 0);
    },
  ],
  [
    "a file's permissions change",
    "same",
    (folder) => {
      chmodSync(folder.at("src/server.ts"), 0o600);
    },
  ],
  [
    "a file outside the allow-list is edited",
    "same",
    (folder) => {
      folder.write("README.md", "other words\n");
    },
  ],
  [
    "a file outside the allow-list is added",
    "same",
    (folder) => {
      folder.write("node_modules/pg/other.js", "");
    },
  ],
  [
    "a comment of the .dockerignore is edited",
    "same",
    (folder) => {
      folder.write(".dockerignore", "# what the build reads\n*\n\n!package.json\n!src\n");
    },
  ],
  [
    "a file is edited",
    "different",
    (folder) => {
      folder.write("src/http/routes.ts", "route(2);\n");
    },
  ],
  [
    "a file is renamed",
    "different",
    (folder) => {
      renameSync(folder.at("src/server.ts"), folder.at("src/main.ts"));
    },
  ],
  [
    "a file is moved",
    "different",
    (folder) => {
      renameSync(folder.at("src/server.ts"), folder.at("src/http/server.ts"));
    },
  ],
  [
    "a file is added",
    "different",
    (folder) => {
      folder.write("src/empty.ts", "");
    },
  ],
  [
    "a file is removed",
    "different",
    (folder) => {
      rmSync(folder.at("src/http/routes.ts"));
    },
  ],
  [
    "bytes move from one file to the next",
    "different",
    (folder) => {
      folder.write("src/http/routes.ts", "route()");
      folder.write("src/server.ts", ";\nlisten();\n");
    },
  ],
  [
    "the Dockerfile is edited",
    "different",
    (folder) => {
      folder.write("Dockerfile", "FROM scratch\nUSER 1000\n");
    },
  ],
  [
    "the allow-list grows by a file",
    "different",
    (folder) => {
      folder.write(".dockerignore", "*\n!package.json\n!src\n!README.md\n");
    },
  ],
];

describe("contentTag", () => {
  it("is twelve hex digits", () => {
    using folder = new Folder(context);

    assert.match(contentTag(folder.path, inputs), /^[0-9a-f]{12}$/);
  });

  for (const [what, effect, change] of events) {
    it(`is ${effect === "same" ? "the same" : "another one"} when ${what}`, () => {
      using folder = new Folder(context);
      const before = contentTag(folder.path, inputs);
      change(folder);

      const after = contentTag(folder.path, inputs);
      if (effect === "same") assert.equal(after, before);
      else assert.notEqual(after, before);
    });
  }

  it("is the same in another folder", () => {
    using first = new Folder(context);
    using second = new Folder(context);

    assert.equal(contentTag(first.path, inputs), contentTag(second.path, inputs));
  });

  it("is another one for another base image or platform, in whatever order they are given", () => {
    using folder = new Folder(context);
    const tag = contentTag(folder.path, inputs);

    assert.notEqual(contentTag(folder.path, { ...inputs, NODE_IMAGE: "node:24.1" }), tag);
    assert.notEqual(contentTag(folder.path, { ...inputs, platform: "linux/arm64" }), tag);
    assert.notEqual(contentTag(folder.path, { ab: "c" }), contentTag(folder.path, { a: "bc" }));
    assert.equal(contentTag(folder.path, { platform: "linux/amd64", NODE_IMAGE: "node:24" }), tag);
  });

  it("counts a symbolic link as what it points at", () => {
    using shared = new Folder({ "library/text.ts": "one\n" });
    using folder = new Folder(context);
    symlinkSync(shared.at("library/text.ts"), folder.at("src/text.ts"));
    symlinkSync(shared.at("library"), folder.at("src/library"));
    const before = contentTag(folder.path, inputs);
    assert.deepEqual(buildFiles(folder.path).slice(2), [
      "src/http/routes.ts",
      "src/library/text.ts",
      "src/server.ts",
      "src/text.ts",
    ]);

    shared.write("library/text.ts", "two\n");
    assert.notEqual(contentTag(folder.path, inputs), before);
  });

  it("refuses a path of the allow-list that is not there", () => {
    using folder = new Folder({ ...context, ".dockerignore": "*\n!gone\n" });

    assert.throws(() => contentTag(folder.path, inputs), {
      code: "ENOENT",
      path: folder.at("gone"),
    });
  });

  const noLists: readonly (readonly [list: string, reason: string])[] = [
    ["node_modules\n", 'Its first line is "node_modules"'],
    ["# comment\n!package.json\n!src\n", 'Its first line is "!package.json"'],
    ["*\n!src\nsrc/test\n", '"src/test" is not one'],
    ["*\n!src/**/*.ts\n", '"!src/**/*.ts" is not one'],
    ["*\n!/src\n", '"!/src" is not one'],
    ["*\n!src/\n", '"!src/" is not one'],
  ];
  for (const [list, reason] of noLists) {
    it(`refuses the .dockerignore ${JSON.stringify(list)}`, () => {
      using folder = new Folder({ ...context, ".dockerignore": list });

      assert.throws(() => contentTag(folder.path, inputs), {
        message: `${folder.at(".dockerignore")} must be an allow-list: a line "*", then one line "!path" for each file or folder of the build. ${reason}.`,
      });
    });
  }
});

for (const app of ["backend", "frontend"]) {
  describe(`the build of the ${app}`, () => {
    const folder = `images/${app}`;
    const dockerfile = readFileSync(`${folder}/Dockerfile`, "utf8");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from=)(.+)$/gm)].flatMap(([, words = ""]) =>
      words.split(/\s+/).slice(0, -1),
    );
    const mounted = [...dockerfile.matchAll(/--mount=type=bind,source=([^,]+)/g)].map(
      ([, path = ""]) => path,
    );

    it("takes what the allow-list lets through, and nothing else", () => {
      const allowed = readFileSync(`${folder}/.dockerignore`, "utf8").matchAll(/^!(.+)$/gm);

      assert.notEqual(copied.length, 0);
      assert.deepEqual(
        [...allowed].map(([, path = ""]) => path).sort(),
        [...copied, ...mounted].sort(),
      );
    });

    it("counts no packages, no results of builds and no tests", () => {
      const files = buildFiles(folder);

      assert.ok(files.includes("Dockerfile") && files.includes("package-lock.json"));
      assert.deepEqual(
        files.filter((file) => /(^|\/)(node_modules|dist|test|\.env)(\/|$)/.test(file)),
        [],
      );
    });
  });
}
