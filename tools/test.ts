import { Command, Option } from "@commander-js/extra-typings";

import { runProgram } from "../cli/command-line.ts";
import { messageOf } from "../lib/problem.ts";
import { check, close, leftOut, mocha } from "./testing.ts";
import type { Counts } from "./testing.ts";
import { findTool, ensureTool } from "../cli/toolchain.ts";

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
  .action(async ({ only = Object.keys(parts) }) => {
    const counts: Counts[] = [];
    for (const part of only) counts.push(...[await (parts[part] as Part)()].flat());
    close(counts);
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
