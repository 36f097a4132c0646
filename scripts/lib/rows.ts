/** How many rows each table has. */
export type Rows = ReadonlyMap<string, number>;

/** Reads lines like `tasks: 3`; the records of backups belong to the place, and don't move. */
export function rowsOf(text: string): Rows {
  const counts = [...text.matchAll(/^(\w+): (\d+)$/gm)].map(
    ([, table = "", count]) => [table, Number(count)] as const,
  );
  return new Map(counts.filter(([table]) => table !== "backups"));
}

/** What differs, one sentence for each table; none when all is equal. */
export function differentRows(source: Rows, copy: Rows): string[] {
  const tables = new Set([...source.keys(), ...copy.keys()]);
  const text = (count: number | undefined) => (count === undefined ? "is missing" : `has ${count}`);
  return [...tables]
    .filter((table) => source.get(table) !== copy.get(table))
    .map((table) => `${table} ${text(source.get(table))} here and ${text(copy.get(table))} there`);
}
