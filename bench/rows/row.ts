import type { Stage } from "../stage.ts";
import type { Line } from "../table.ts";

/** A row, or rows that are measured together. */
export interface Row {
  /** As on the command line. */
  readonly name: string;
  /** In words, for the help. */
  readonly about: string;
  readonly measure: (stage: Stage, pairs: number) => Promise<readonly Line[]>;
}
