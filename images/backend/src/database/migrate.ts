import type { Database, OwnerSql } from "./database.ts";
import { migrations as ownMigrations, type Migration } from "./migrations.ts";
import { readSchema } from "./schema.ts";

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
 * @param migrations those of this build
 * @throws SchemaTooNew if a newer build has changed the schema so that this one can't work with it.
 * @throws RoleUnavailable if the login role may neither create nor use the application's role.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = ownMigrations,
): Promise<MigrationReport> {
  const known = migrations.at(-1)?.version ?? 0;
  const report = await database.asOwner(async (sql) => {
    const [mode] = await sql("SELECT current_setting('transaction_read_only') AS only_reads");
    if (mode?.["only_reads"] === "on") return reportAsItIs(sql, known);
    await sql("SELECT pg_advisory_xact_lock($1)", [lockKey]);
    await sql(`
      CREATE SCHEMA IF NOT EXISTS todo;
      CREATE TABLE IF NOT EXISTS todo.migrations (
        version int PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
    `);
    const { version: found } = await knownSchema(sql, known);
    const applied: number[] = [];
    for (const { version, name, sql: text, oldestBuild } of migrations) {
      if (version <= found) continue;
      await sql(text);
      await sql("INSERT INTO todo.migrations (version, name) VALUES ($1, $2)", [version, name]);
      if (oldestBuild !== undefined) {
        const record = "UPDATE todo.migrations SET oldest_build = $2 WHERE version = $1";
        await sql(record, [version, oldestBuild]);
      }
      applied.push(version);
    }
    return { applied, version: applied.at(-1) ?? found, role: await prepareRole(sql) };
  });
  database.useRole(report.role);
  return report;
}

/** The schema in the database. @throws SchemaTooNew */
async function knownSchema(sql: OwnerSql, known: number) {
  const schema = await readSchema(sql);
  if (schema.oldestBuild > known) throw new SchemaTooNew(schema.version, schema.oldestBuild, known);
  return schema;
}

/** A newer build has changed the schema so that this one can't work with it. */
export class SchemaTooNew extends Error {
  constructor(version: number, oldestBuild: number, known: number) {
    super(
      `the database has schema version ${version}, which works with builds of version ` +
        `${oldestBuild} and newer, but this build knows ${known} only; deploy a newer build, or restore ` +
        "a backup from before",
    );
    this.name = "SchemaTooNew";
  }
}

/** A read-only database (e.g. with a full disk) will do if there is nothing to migrate. */
async function reportAsItIs(sql: OwnerSql, known: number): Promise<MigrationReport> {
  const { version } = await knownSchema(sql, known);
  if (version < known) {
    throw new Error(
      `the database is read-only and has schema version ${version}, but this release needs ` +
        `${known}; free space on its disk, and it will be migrated`,
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
      ON todo.tasks, todo.conversations, todo.requests, todo.sessions, todo.grants,
        todo.grant_tokens TO ${role};
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
