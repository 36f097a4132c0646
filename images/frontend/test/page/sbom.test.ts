import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const frontend = join(import.meta.dirname, "../..");
const parts = [
  "package.json",
  "vite.config.ts",
  "tsconfig.json",
  "index.html",
  "public",
  "scripts",
];

interface Listed {
  readonly components: { readonly name: string; readonly version: string }[];
}
interface LockFile {
  readonly packages: Record<string, object>;
}

describe("the list of what is in the image", function () {
  this.timeout(60_000);
  let root: string;

  before(() => {
    root = fs.mkdtempSync(join(tmpdir(), "sbom-"));
    for (const part of [...parts, "src", "server"]) {
      fs.cpSync(join(frontend, part), join(root, part), { recursive: true });
    }
    fs.mkdirSync(join(root, "node_modules"));
    for (const name of fs.readdirSync(join(frontend, "node_modules"))) {
      const target = join(frontend, "node_modules", name);
      fs.symlinkSync(target, join(root, "node_modules", name));
    }
    const lockFile = join(frontend, "package-lock.json");
    const lock = JSON.parse(fs.readFileSync(lockFile, "utf8")) as LockFile;
    for (const name of ["in-page", "in-server"]) {
      const folder = join(root, "node_modules", name);
      fs.mkdirSync(folder);
      fs.writeFileSync(join(folder, "package.json"), '{"type": "module", "main": "main.js"}');
      fs.writeFileSync(join(folder, "main.js"), 'globalThis.planted = "here";');
      lock.packages[`node_modules/${name}`] = { version: "1.2.3", license: "ISC" };
    }
    fs.writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
  });
  after(() => {
    fs.rmSync(root, { recursive: true });
  });

  function listed(): string[] {
    execFileSync(process.execPath, [join(root, "scripts/build.ts")], { cwd: root });
    const text = fs.readFileSync(join(root, "dist/sbom.cdx.json"), "utf8");
    return (JSON.parse(text) as Listed).components.map(({ name, version }) => `${name}@${version}`);
  }

  it("has what is in the page and in the server while something imports it", () => {
    const [page, server] = [join(root, "src/main.tsx"), join(root, "server/server.ts")];
    const sources = [page, server].map((file) => fs.readFileSync(file, "utf8"));
    fs.appendFileSync(page, 'import "in-page";\n');
    fs.appendFileSync(server, 'import "in-server";\n');
    const withBoth = listed();
    fs.writeFileSync(page, sources[0]!);
    fs.writeFileSync(server, sources[1]!);
    const without = listed();

    const planted = ["in-page@1.2.3", "in-server@1.2.3"];
    assert.deepEqual(
      withBoth.filter((each) => !without.includes(each)),
      planted,
    );
    assert.deepEqual(
      without,
      withBoth.filter((each) => !planted.includes(each)),
    );
    for (const name of ["react-dom", "fastify", "rolldown"]) {
      assert.equal(without.filter((each) => each.startsWith(`${name}@`)).length, 1, name);
    }
    // What only builds the page.
    assert.ok(!without.some((each) => /^(vite|esbuild|typescript)@/.test(each)));
  });
});
