/** Number of rows in a table, and a checksum over their content. */
export interface Content {
  readonly rows: number;
  readonly sum: string;
}

export type Tables = ReadonlyMap<string, Content>;

/** Parses lines like `tasks: 3 -8251`. */
export function tablesOf(text: string): Tables {
  return new Map(
    [...text.matchAll(/^(\w+): (\d+) (-?\d+)$/gm)].map(([, table = "", rows, sum = ""]) => [
      table,
      { rows: Number(rows), sum },
    ]),
  );
}

/** A phrase for each table that differs; empty when all are equal. */
export function differences(source: Tables, copy: Tables): string[] {
  const tables = [...new Set([...source.keys(), ...copy.keys()])];
  return tables.flatMap((table) => {
    const [here, there] = [source.get(table), copy.get(table)];
    if (here?.rows !== there?.rows) {
      return [`${table} ${countText(here)} here and ${countText(there)} there`];
    }
    return here?.sum === there?.sum ? [] : [`${table} has other content there`];
  });
}

function countText(content: Content | undefined): string {
  return content === undefined ? "is missing" : `has ${content.rows}`;
}
