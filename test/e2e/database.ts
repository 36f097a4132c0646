import { createHash } from "node:crypto";

import { cluster, inPod, namespace } from "./project.ts";
import { stack } from "./stack.ts";

/** Tables with users' data, and the one with the schema's version. */
const names = ["accounts", "tasks", "conversations", "messages", "migrations"] as const;

/** A value per table. */
type ByTable<T> = Record<(typeof names)[number], T>;

/** The content of a table: its number of rows, and a hash over all of them, sorted. */
export type Tables = ByTable<{ readonly rows: number; readonly sha256: string }>;

/** Name of a component's running pod. */
export async function podOf(component: string, where = namespace): Promise<string> {
  const { items } = await stack.core().listNamespacedPod({
    namespace: where,
    labelSelector: `app.kubernetes.io/component=${component}`,
    fieldSelector: "status.phase=Running",
  });
  return items[0]?.metadata?.name ?? "";
}

/** The output of a statement in the bundled database. */
export async function sql(statement: string): Promise<string> {
  return inPod(cluster(stack.context).config, await podOf("database"), [
    "sh",
    "-c",
    'psql -X -q -A -t -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "$0"',
    statement,
  ]);
}

/** Number and content of every table's rows, in the database that the statement runs in. */
export function content(ask: (statement: string) => Promise<string>): Promise<string[]> {
  return Promise.all(
    names.map(async (table) => {
      const rows = "count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text))";
      return `${table} ${await ask(`SET timezone = 'UTC'; SELECT ${rows} FROM todo.${table} t`)}`;
    }),
  );
}

export const sha256 = (content: string | Buffer): string =>
  createHash("sha256").update(content).digest("hex");

/** The columns of each table, as a list for SQL. */
export function columns(): Promise<ByTable<string>> {
  return byTable((table) =>
    sql(
      `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'todo.${table}'::regclass AND attnum > 0 AND NOT attisdropped`,
    ),
  );
}

/** @param of columns to compare, like those from before a migration; default: all */
export async function tables(of?: ByTable<string>): Promise<Tables> {
  const counted = of ?? (await columns());
  return byTable(async (table) => {
    const row = `ROW(${counted[table]})::text`;
    const text = await sql(`SELECT ${row} FROM todo.${table} ORDER BY ${row}`);
    const rows = Number(await sql(`SELECT count(*) FROM todo.${table}`));
    return { rows, sha256: sha256(text) };
  });
}

async function byTable<T>(ask: (table: (typeof names)[number]) => Promise<T>): Promise<ByTable<T>> {
  const entries = names.map(async (name) => [name, await ask(name)] as const);
  return Object.fromEntries(await Promise.all(entries)) as ByTable<T>;
}
