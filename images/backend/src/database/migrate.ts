import type { Database, OwnerSql } from "./database.ts";
import { migrations } from "./migrations.ts";

/** Arbitrary key of the advisory lock; the same in every release. */
const lockKey = 7_063_601_905;

/** The result of `migrate`. */
export interface MigrationReport {
  /** Versions that this call applied. */
  readonly applied: readonly number[];
  /** Current schema version; higher than this release's own in an older pod during a rollout. */
  readonly version: number;
  /** Role without login that statements run as. */
  readonly role: string;
}

/**
 * Migrates the schema and creates the application's role. Replicas that start together wait for
 * each other; everything runs in one transaction, so a failure leaves the database as it was.
 *
 * @throws RoleUnavailable if the login role may neither create nor use the application's role.
 */
export async function migrate(database: Database): Promise<MigrationReport> {
  const report = await database.asOwner(async (sql) => {
    const [mode] = await sql("SELECT current_setting('transaction_read_only') AS only_reads");
    if (mode?.["only_reads"] === "on") return reportAsItIs(sql);
    await sql("SELECT pg_advisory_xact_lock($1)", [lockKey]);
    await sql(`
      CREATE SCHEMA IF NOT EXISTS todo;
      CREATE TABLE IF NOT EXISTS todo.migrations (
        version int PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
    `);
    const [row] = await sql("SELECT coalesce(max(version), 0) AS version FROM todo.migrations");
    const found = Number(row?.["version"]);
    const applied: number[] = [];
    for (const { version, name, sql: text } of migrations) {
      if (version <= found) continue;
      await sql(text);
      await sql("INSERT INTO todo.migrations (version, name) VALUES ($1, $2)", [version, name]);
      applied.push(version);
    }
    return { applied, version: applied.at(-1) ?? found, role: await prepareRole(sql) };
  });
  database.useRole(report.role);
  return report;
}

/** A read-only database (e.g. with a full disk) will do if there is nothing to migrate. */
async function reportAsItIs(sql: OwnerSql): Promise<MigrationReport> {
  const [row] = await sql("SELECT coalesce(max(version), 0) AS version FROM todo.migrations");
  const version = Number(row?.["version"]);
  const needed = migrations.at(-1)?.version ?? 0;
  if (version < needed) {
    throw new Error(
      `the database is read-only and has schema version ${version}, but this release needs ` +
        `${needed}; free space on its disk, and it will be migrated`,
    );
  }
  const { role } = await names(sql);
  await sql(`SET LOCAL ROLE ${role}`);
  await sql("SET LOCAL ROLE NONE");
  return { applied: [], version, role };
}

/** The login role may neither create the application's role nor switch to it. */
export class RoleUnavailable extends Error {
  constructor(role: string, login: string, cause: unknown) {
    super(
      `the database user "${login}" may not create the role "${role}", which the backend runs its ` +
        "statements as. As a database administrator, run once: " +
        `CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO "${login}";`,
      { cause },
    );
    this.name = "RoleUnavailable";
  }
}

/**
 * Creates the role and its grants; idempotent. Not a migration, because roles belong to the server
 * and not to the database: a restored dump has the tables, but neither role nor grants.
 */
async function prepareRole(sql: OwnerSql): Promise<string> {
  const { role, login } = await names(sql);
  try {
    const existing = await sql("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
    if (existing.length === 0) await sql(`CREATE ROLE ${role} NOLOGIN`);
    const [member] = await sql("SELECT pg_has_role(session_user, $1, 'MEMBER') AS already", [role]);
    if (existing.length === 0 || member?.["already"] !== true) {
      await sql(`GRANT ${role} TO CURRENT_USER`);
    }
    await sql(`SET LOCAL ROLE ${role}`);
    await sql("SET LOCAL ROLE NONE");
  } catch (error) {
    throw new RoleUnavailable(role, login, error);
  }
  const [rights] = await sql(
    "SELECT rolsuper OR rolbypassrls AS unbound FROM pg_roles WHERE rolname = $1",
    [role],
  );
  if (rights?.["unbound"] === true) {
    throw new Error(
      `the role "${role}" is a superuser or bypasses row-level security, so it can't be the ` +
        `application's. As a database administrator, run: ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS;`,
    );
  }
  await sql(`
    REVOKE ALL ON ALL TABLES IN SCHEMA todo FROM PUBLIC;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA todo FROM PUBLIC;
    GRANT USAGE ON SCHEMA todo TO ${role};
    GRANT SELECT ON todo.migrations TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE
      ON todo.tasks, todo.conversations, todo.requests, todo.sessions TO ${role};
    GRANT SELECT, INSERT ON todo.messages TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA todo TO ${role};
  `);
  return role;
}

/** The application's role and the login role. */
async function names(sql: OwnerSql): Promise<{ readonly role: string; readonly login: string }> {
  // Roles are shared by all databases of a server, so the name depends on the database.
  const [row] = await sql(
    "SELECT 'todo_chatbot_app_' || left(md5(current_database()), 8) AS role, session_user AS login",
  );
  return { role: String(row?.["role"]), login: String(row?.["login"]) };
}
