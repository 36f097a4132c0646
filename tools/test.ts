import { readFile, writeFile } from "node:fs/promises";

import { Command, Option } from "@commander-js/extra-typings";

import { runProgram } from "../cli/command-line.ts";
import { messageOf } from "../lib/problem.ts";
import { ensureTool, findTool } from "../cli/toolchain.ts";
import type { Counts } from "./testing.ts";
import { check, close, completed, isComplete, leftOut, mocha, sum } from "./testing.ts";

const node = process.execPath;
const tsc = "node_modules/typescript/bin/tsc";

type Part = () => Promise<Counts | readonly Counts[]>;

/** Everything that needs neither Docker nor a cluster. */
const parts: Readonly<Record<string, Part>> = {
  types: async () => [
    await check("types of the program", node, [tsc]),
    await check("types of the backend", node, [tsc], "images/backend"),
    await check("types of the frontend", node, [tsc], "images/frontend"),
  ],
  lint: () => check("lint (eslint)", node, ["node_modules/eslint/bin/eslint.js", "."]),
  format: () =>
    check("format (prettier)", node, ["node_modules/prettier/bin/prettier.cjs", "--check", "."]),
  program: () => mocha("the program", ""),
  chart: () => rendered("chart", "the chart"),
  policy: () => rendered("policy", "the policies"),
  "pull-request": () => rendered("pull-request", "previews"),
  alerts,
  backend: () => mocha("the backend", "images/backend"),
  frontend: async () => [
    await check("the page builds", node, ["scripts/build.ts"], "images/frontend"),
    await mocha("the frontend", "images/frontend"),
  ],
};

const program = new Command("npm test --")
  .description("Run everything that can be tested without Docker and without a cluster.")
  .addOption(new Option("--only <parts...>", "only these parts").choices(Object.keys(parts)))
  .option("--save <file>", "write down what each part came to")
  .addOption(
    new Option("--complete <file>", "only what that run left out; counts both runs").conflicts(
      "only",
    ),
  )
  .action(async ({ only, save, complete }) => {
    const before =
      complete === undefined
        ? {}
        : (JSON.parse(await readFile(complete, "utf8")) as Record<string, Counts>);
    const results = new Map(Object.entries(before));
    for (const [name, run] of Object.entries(parts)) {
      if (only === undefined ? isComplete(results.get(name)) : !only.includes(name)) continue;
      results.set(name, completed(results.get(name), sum([await run()].flat())));
    }
    if (save !== undefined) await writeFile(save, JSON.stringify(Object.fromEntries(results)));
    close([...results.values()]);
  });

/** The alerts in Prometheus' own engine. Compiling that takes many minutes, so it has to be there. */
async function alerts(): Promise<Counts> {
  const name = "the alerts";
  if ((await findTool("promtool")) === undefined) {
    return leftOut(name, "promtool is not on PATH (https://prometheus.io/download/)");
  }
  return mocha(name, "", ["--no-config", "--timeout", "60000", "test/monitoring/**/*.test.ts"]);
}

/** What looks at rendered charts, and so needs helm. */
async function rendered(folder: string, name: string): Promise<Counts> {
  try {
    await ensureTool("helm");
  } catch (error) {
    return leftOut(name, messageOf(error));
  }
  // The tests that need one of these skip themselves without it, and say so.
  for (const tool of ["kubeconform", "kube-score"] as const) {
    await ensureTool(tool).catch((error: unknown) => console.log(String(error)));
  }
  return mocha(name, "", ["--no-config", "--timeout", "120000", `test/${folder}/**/*.test.ts`]);
}

await runProgram(program);
