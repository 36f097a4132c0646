import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "../../lib/exec.ts";

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A certificate authority of the tests, in a folder of its own. */
export class Authority implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param name common name of its certificate */
  static async make(name: string): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), "todo-chatbot-tls-")));
    await run("openssl", [
      ...["req", "-x509", ...newKey, "-days", "2", "-subj", `/CN=${name}`],
      ...["-keyout", authority.at("ca.key"), "-out", authority.file],
    ]);
    return authority;
  }

  /** Its own certificate, a file in PEM. */
  get file(): string {
    return this.at("ca.crt");
  }

  /**
   * Issues a certificate, and leaves it in its folder as `<name>.crt` and `<name>.key`.
   *
   * @param name common name
   * @param hosts names and addresses of the server, like `DNS:todo.example.org`
   */
  async issue(name: string, hosts: readonly string[]): Promise<Certificate> {
    const [request, names] = [this.at(`${name}.csr`), this.at(`${name}.names`)];
    await run("openssl", [
      ...["req", ...newKey, "-subj", `/CN=${name}`],
      ...["-keyout", this.at(`${name}.key`), "-out", request],
    ]);
    await writeFile(names, `subjectAltName=${hosts.join()}\n`);
    await run("openssl", [
      ...["x509", "-req", "-days", "2", "-in", request, "-extfile", names],
      ...["-CA", this.file, "-CAkey", this.at("ca.key"), "-CAcreateserial"],
      ...["-out", this.at(`${name}.crt`)],
    ]);
    const [certificate = "", key = ""] = await Promise.all(
      ["crt", "key"].map((end) => readFile(this.at(`${name}.${end}`), "utf8")),
    );
    return { certificate, key };
  }

  /** A Secret with its own certificate and key. */
  async asSecret(name: string, namespace: string): Promise<object> {
    const [certificate, key] = await Promise.all(
      [this.file, this.at("ca.key")].map((file) => readFile(file, "utf8")),
    );
    return tlsSecret(name, namespace, { certificate: certificate ?? "", key: key ?? "" });
  }

  at(file: string): string {
    return join(this.folder, file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A Secret of type kubernetes.io/tls. */
export const tlsSecret = (name: string, namespace: string, { certificate, key }: Certificate) => ({
  ...{ apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls" },
  metadata: { name, namespace },
  stringData: { "tls.crt": certificate, "tls.key": key },
});
