import { Argument, Command } from "@commander-js/extra-typings";

import { runProgram } from "../cli/command-line.ts";
import { integer } from "../cli/options.ts";
import { red, step } from "../cli/terminal.ts";
import { ensureTool } from "../cli/toolchain.ts";
import { messageOf } from "../lib/problem.ts";
import { code } from "./rows/code.ts";
import { cold } from "./rows/cold.ts";
import { delivery } from "./rows/delivery.ts";
import { dev } from "./rows/dev.ts";
import { noop, previews, start } from "./rows/engine.ts";
import { growth } from "./rows/growth.ts";
import { images } from "./rows/images.ts";
import { offline } from "./rows/offline.ts";
import { pods } from "./rows/pods.ts";
import { watch } from "./rows/watch.ts";
import { Stage } from "./stage.ts";
import type { Line } from "./table.ts";
import { record, tableOf } from "./table.ts";

// The cold start last: it removes the stack.
const rows = [
  noop,
  start,
  previews,
  offline,
  pods,
  code,
  watch,
  dev,
  delivery,
  images,
  growth,
  cold,
];
const names = rows.map(({ name }) => name);

const program = new Command("npm run bench --")
  .description(
    "Measure the project beside its peers, in turns, on kind clusters that are created and removed.\nPrints a table, and updates bench/RESULTS.md.",
  )
  .addHelpText(
    "after",
    `\nRows:\n${rows.map((row) => `  ${row.name.padEnd(10)}${row.about}`).join("\n")}`,
  )
  .addArgument(new Argument("[rows...]", "only these rows (default: all)").choices(names))
  .option("--pairs <number>", "runs of each side", integer(1, 50), 7)
  .action(async (only, { pairs }) => {
    for (const tool of ["pulumi", "kind", "helm"] as const) await ensureTool(tool);
    await using stage = await Stage.make();
    const lines: Line[] = [];
    for (const row of rows) {
      if (only.length > 0 && !only.includes(row.name)) continue;
      step(`Row ${row.name}: ${row.about}`);
      try {
        const measured = await row.measure(stage, pairs);
        await record(measured);
        lines.push(...measured);
      } catch (error) {
        // The other rows are worth their time.
        console.error(red(`${row.name}: ${messageOf(error)}`));
        process.exitCode = 1;
      }
    }
    console.log(await tableOf(lines));
  });

await runProgram(program);
