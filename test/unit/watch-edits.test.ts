import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { openBuilds } from "../../cli/watch/builds.ts";
import type { Build } from "../../cli/watch/builds.ts";
import { followEdits } from "../../cli/watch/edits.ts";
import type { App } from "../../cli/watch/overlay.ts";
import { imageCommand } from "../../cli/watch/overlay.ts";
import { TypeCheck } from "../../cli/watch/type-check.ts";
import { Folder } from "./folder.ts";

describe("edits that todo watch follows", function () {
  this.timeout(60_000);

  const tsconfig = JSON.stringify({
    compilerOptions: { strict: true, skipLibCheck: true, module: "nodenext", types: [] },
  });
  let folder: Folder;
  let types: TypeCheck;
  let build: Build;
  let codes: string[];
  let printed: string[];
  let stop: AbortController;
  const { log } = console;

  beforeEach(async () => {
    folder = new Folder({ "tsconfig.json": tsconfig, "src/a.ts": "export const a: number = 1;\n" });
    types = new TypeCheck();
    [codes, printed] = [[], []];
    build = {
      ...{ name: "thing", app: "backend", sources: [folder.at("src")] },
      types: { folder: folder.path, roots: ["src/a.ts"] },
      build: async () => ({ a: await readFile(folder.at("src/a.ts"), "utf8") }),
    };
    console.log = (line: string) => printed.push(line);
    stop = new AbortController();
    await followEdits(build, types, stop.signal, (_build, { a = "" }) => codes.push(a));
  });
  afterEach(async () => {
    console.log = log;
    stop.abort();
    await types[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function until(condition: () => boolean): Promise<void> {
    for (let tries = 0; tries < 400 && !condition(); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(condition(), `${JSON.stringify(codes)} ${printed.join("\n")}`);
  }

  it("are built at the start and after each save, also by editors that replace the file", async () => {
    assert.deepEqual(codes, ["export const a: number = 1;\n"]);
    for (let round = 2; round < 5; round += 1) {
      folder.write("new", `export const a: number = ${round};\n`);
      renameSync(folder.at("new"), folder.at("src/a.ts"));
      await until(() => codes.length === round);
    }
    assert.equal(codes.at(-1), "export const a: number = 4;\n");
    assert.deepEqual(printed, []);
  });

  it("are shown and not used when their types are wrong", async () => {
    folder.write("src/a.ts", 'export const a: number = "1";\n');
    await until(() => printed.length === 1);

    assert.match(
      printed[0]!,
      /✗ thing: the code from before keeps running\n\S*src\/a\.ts\(1,14\): error TS2322: Type 'string' is not assignable/,
    );
    assert.equal(codes.length, 1);
    folder.write("src/a.ts", "export const a: number = 2;\n");
    await until(() => codes.length === 2);
  });

  it("are noticed in a folder that is added later", async () => {
    folder.write("src/deep/er/c.ts", "export const c = 1;\n");
    await until(() => codes.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = codes.length;
    folder.write("src/deep/er/c.ts", "export const c = 2;\n");
    await until(() => codes.length > before);
  });

  it("may import a file that is added later", async () => {
    folder.write("src/a.ts", 'import { b } from "./b.js";\nexport const a: number = b;\n');
    await until(() => printed.length === 1);
    assert.match(printed[0]!, /Cannot find module '\.\/b\.js'/);

    folder.write("src/b.ts", "export const b = 5;\n");
    await until(() => codes.length === 2);
  });
});

describe("the builds of todo watch", function () {
  this.timeout(120_000);

  it("have no type errors, as when they are checked with their tests", async () => {
    await using types = new TypeCheck();
    await using opened = await openBuilds();
    for (const build of opened.builds) assert.equal(await types.errors(build, []), "", build.name);
  });

  it("have the files that the images have beside their command", async () => {
    const fileOf = (app: App) => basename(imageCommand(app).at(-1) ?? "");
    await using opened = await openBuilds();
    const built: Record<string, string[]> = {};
    for (const { name, build } of opened.builds) built[name] = Object.keys(await build());

    assert.deepEqual(built["backend"], [fileOf("backend")]);
    assert.deepEqual(built["server of the web UI"], [fileOf("frontend")]);
    assert.ok(built["web UI"]?.includes("page/index.html"));
    assert.ok(built["web UI"]!.some((file) => /^page\/assets\/index-.*\.js$/.test(file)));
  });
});
