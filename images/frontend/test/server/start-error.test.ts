import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { whyNotStarted } from "../../server/start-error.ts";

describe("a server that can't start", () => {
  const failed = (details: object) => whyNotStarted(Object.assign(new Error("as it is"), details));

  it("says that a port needs root privileges", () => {
    const why = failed({ code: "EACCES", syscall: "listen", address: "::", port: 80 });
    assert.equal(why, "Port 80 needs root privileges; choose one above 1023.");
  });

  it("says which file may not be read, and nothing of ports", () => {
    const why = failed({ code: "EACCES", syscall: "open", path: "/app/page/favicon.svg" });
    assert.match(why, /^\/app\/page\/favicon\.svg is not readable for user \d+; /);
    assert.doesNotMatch(why, /port/i);
  });

  it("says what else went wrong as it is", () => {
    assert.equal(failed({ code: "EADDRNOTAVAIL" }), "as it is");
  });
});

describe("the image", () => {
  for (const image of ["frontend", "backend"]) {
    it(`of the ${image} is readable, whatever rights the sources have`, async () => {
      const dockerfile = new URL(`../../../${image}/Dockerfile`, import.meta.url);
      const [, command] =
        /npm run build \/mnt && (.*?[^\\])$/ms.exec(await readFile(dockerfile, "utf8")) ?? [];
      assert(command !== undefined);
      const folder = await mkdtemp(join(tmpdir(), "image-"));
      const built = join(folder, "dist/page");
      await mkdir(built, { recursive: true, mode: 0o700 });
      await writeFile(join(built, "favicon.svg"), "", { mode: 0o600 });
      await chmod(built, 0o700);
      execFileSync("sh", ["-c", command.replaceAll("/out", "out")], { cwd: folder });
      const [page, icon] = [join(folder, "out/app/page"), join(folder, "out/app/page/favicon.svg")];
      assert.equal((await stat(page)).mode & 0o777, 0o755);
      assert.equal((await stat(icon)).mode & 0o777, 0o644);
      await rm(folder, { recursive: true });
    });
  }
});
