import { execFile, execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import pg from "pg";
import { skip } from "../../../../test/skip.ts";

const run = promisify(execFile);

/**
 * Folder with initdb and pg_ctl: the one that TODO_TEST_POSTGRES names, else the newest of Debian's;
 * undefined where no Postgres server is installed.
 */
function serverPrograms(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const named = process.env["TODO_TEST_POSTGRES"];
  return (named === undefined ? versions.map((each) => join(debian, each, "bin")) : [named]).find(
    (bin) => existsSync(join(bin, "initdb")),
  );
}

/**
 * Options to start a server as somebody else than root, which it refuses to run as: as the user that
 * Debian made for it.
 *
 * @throws Error when there is no such user
 */
export function serverAccount(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { stdio: "pipe" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Why no server can be run here; undefined when one can. */
function missing(): string | undefined {
  if (serverPrograms() === undefined) return "no Postgres server is installed";
  try {
    serverAccount();
    return undefined;
  } catch {
    return "a Postgres server can't run as root, and there is no user postgres";
  }
}

/**
 * Gives a suite a server of its own, which goes away with it. Where none can run the
 * suite is skipped.
 */
export function withPostgres(suite: Mocha.Suite): () => PostgresServer {
  let server: PostgresServer | undefined;
  suite.beforeAll(async function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
    this.timeout(60_000);
    server = await PostgresServer.start();
  });
  suite.afterAll(() => server?.remove());
  return () => {
    if (server === undefined) throw new Error("the server has not been started");
    return server;
  };
}

/** A Postgres server of its own on a free port of loopback, in a folder that goes away with it. */
export class PostgresServer {
  readonly #folder: string;
  readonly #programs: string;
  readonly #account = serverAccount();
  readonly port: number;

  private constructor(folder: string, programs: string, port: number) {
    this.#folder = folder;
    this.#programs = programs;
    this.port = port;
    const { uid, gid } = this.#account;
    if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  }

  static async start(): Promise<PostgresServer> {
    const programs = serverPrograms();
    if (programs === undefined) throw new Error("no Postgres server is installed");
    const folder = mkdtempSync(join(tmpdir(), "todo-postgres-"));
    const server = new PostgresServer(folder, programs, await freePort());
    await server.#run("initdb", [
      "--auth=trust",
      "--username=postgres",
      "--no-sync",
      "-D",
      server.#data,
    ]);
    await server.up();
    return server;
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  /** Connection string; of the superuser unless told otherwise. */
  url(database = "postgres", user = "postgres"): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  async up(): Promise<void> {
    const options = `-p ${this.port} -k ${this.#folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
    await this.#run("pg_ctl", [
      "-D",
      this.#data,
      "-o",
      options,
      "-l",
      join(this.#folder, "log"),
      "-w",
      "start",
    ]);
  }

  async down(): Promise<void> {
    await this.#run("pg_ctl", ["-D", this.#data, "-m", "immediate", "-w", "stop"]);
  }

  /** Makes an empty database; gives its connection string. */
  async createDatabase(name: string, owner?: string): Promise<string> {
    await this.sql(`CREATE DATABASE ${name} ${owner === undefined ? "" : `OWNER ${owner}`}`);
    return this.url(name, owner);
  }

  /** Runs SQL as the superuser. */
  async sql(text: string, database = "postgres"): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client(this.url(database));
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Makes a certificate that nobody but itself has signed, and restarts with encryption; gives it. */
  async useTls(): Promise<string> {
    const files = [
      "-keyout",
      join(this.#data, "server.key"),
      "-out",
      join(this.#data, "server.crt"),
    ];
    const subject = [
      ...["-subj", "/CN=postgres.test", "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-days", "1", "-nodes", "-newkey", "rsa:2048"],
    ];
    await this.#runAsServer("openssl", ["req", "-x509", ...subject, ...files]);
    await this.sql("ALTER SYSTEM SET ssl = on");
    await this.down();
    await this.up();
    return readFileSync(join(this.#data, "server.crt"), "utf8");
  }

  /** From now on a role has to say its password; everyone else still needs none. */
  async demandPasswords(role: string): Promise<void> {
    const file = join(this.#data, "pg_hba.conf");
    const rule = `host all ${role} 127.0.0.1/32 scram-sha-256\n`;
    writeFileSync(file, rule + readFileSync(file, "utf8"));
    await this.sql("SELECT pg_reload_conf()");
  }

  async remove(): Promise<void> {
    await this.down().catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    await this.#runAsServer(join(this.#programs, program), args);
  }

  async #runAsServer(program: string, args: readonly string[]): Promise<void> {
    // A server that inherits the pipes would keep them open for as long as it runs.
    const quiet = `${[program, ...args].map((word) => `'${word}'`).join(" ")} >'${this.#folder}/out' 2>&1`;
    await run("sh", ["-c", quiet], { cwd: this.#folder, ...this.#account });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
