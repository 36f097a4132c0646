import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { skip } from "../../../../test/skip.ts";

/** A key and a certificate for 127.0.0.1 that it signed itself, as PEM. Skips the test where openssl is missing. */
export function certificate(test: Mocha.Context, name: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "todo-certificate-"));
  try {
    const [key, cert] = [join(folder, "key"), join(folder, "crt")];
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
    const kind = ["-x509", "-days", "1", "-nodes", "-newkey", "rsa:2048"];
    const files = ["-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return skip(test, "openssl is not on PATH");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
