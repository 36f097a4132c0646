import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { freePort, serverAccount } from "./postgres.ts";
import { skip } from "../../../../test/skip.ts";

/** The program; undefined where PgBouncer is not installed. */
const program = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin"]
  .map((folder) => join(folder, "pgbouncer"))
  .find((file) => existsSync(file));

/** Skips a suite where PgBouncer is not installed. */
export function needPooler(suite: Mocha.Suite): void {
  suite.beforeAll(function () {
    if (program === undefined) skip(this, "PgBouncer is not installed");
  });
}

/** A PgBouncer with three connections to a server on loopback. */
export class Pooler {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #port: number;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#port = port;
  }

  static async start(serverPort: number, mode: "transaction" | "statement"): Promise<Pooler> {
    if (program === undefined) throw new Error("PgBouncer is not installed");
    const folder = mkdtempSync(join(tmpdir(), "todo-pooler-"));
    const port = await freePort();
    const [settings, users] = [join(folder, "pgbouncer.ini"), join(folder, "users.txt")];
    writeFileSync(users, '"postgres" ""\n');
    const lines = [
      "[databases]",
      `* = host=127.0.0.1 port=${serverPort}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = trust",
      `auth_file = ${users}`,
      `pool_mode = ${mode}`,
      "default_pool_size = 3",
      // Newer ones follow prepared statements, unless they are told not to.
      ...(followsStatements(program) ? ["max_prepared_statements = 0"] : []),
    ];
    writeFileSync(settings, lines.join("\n"));
    chmodSync(folder, 0o755);
    const child = spawn(program, [settings], { stdio: "ignore", ...serverAccount() });
    const pooler = new Pooler(child, folder, port);
    await pooler.#answers();
    return pooler;
  }

  url(database = "postgres"): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/${database}`;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill("SIGTERM");
      await once(this.#child, "exit");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    while (this.#child.exitCode === null) {
      const client = new pg.Client(this.url());
      // In statement mode too: it is the connection that counts.
      const up = await client.connect().then(
        () => true,
        () => false,
      );
      await client.end().catch(() => undefined);
      if (up) return;
      await sleep(50);
    }
    throw new Error(`PgBouncer ended with code ${this.#child.exitCode}`);
  }
}

function followsStatements(file: string): boolean {
  const [, major, minor] =
    /PgBouncer (\d+)\.(\d+)/.exec(execFileSync(file, ["--version"], { encoding: "utf8" })) ?? [];
  return Number(major) > 1 || Number(minor) >= 21;
}
