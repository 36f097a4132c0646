import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";

import { Command, Option } from "@commander-js/extra-typings";

import { runProgram } from "../cli/command-line.ts";
import { messageOf } from "../lib/problem.ts";
import { ensureTool, findTool } from "../cli/toolchain.ts";
import { project } from "../lib/project.ts";
import { auditAll } from "./audit.ts";
import type { Counts } from "./testing.ts";
import { check, close, completed, isComplete, skip, mocha, sum } from "./testing.ts";

const node = process.execPath;
const tsc = "node_modules/typescript/bin/tsc";

const cores = availableParallelism();
/** One process per file, on every core: for tests that share nothing and measure no time. */
const inParallel = cores > 1 ? ["--parallel", "--jobs", String(cores)] : [];

/** @param files to leave out */
type Part = (files: readonly string[]) => Promise<Counts | readonly Counts[]>;

/** All checks that need neither Docker nor a cluster. */
const parts: Readonly<Record<string, Part>> = {
  types: async () => [
    await check("types of the program", node, [tsc]),
    await check("types of the backend", node, [tsc], "images/backend"),
    await check("types of the frontend", node, [tsc], "images/frontend"),
  ],
  lint: () => check("lint (eslint)", node, ["node_modules/eslint/bin/eslint.js", "."]),
  format: () =>
    check("format (prettier)", node, ["node_modules/prettier/bin/prettier.cjs", "--check", "."]),
  audit: () => auditAll(project),
  program: (files) => mocha("the program", "", inParallel, files),
  chart: (files) => rendered("chart", "the chart", files),
  policy: (files) => rendered("policy", "the policies", files),
  "pull-request": (files) => rendered("pull-request", "previews", files),
  alerts,
  backend: (files) => mocha("the backend", "images/backend", [], files),
  frontend: async (files) => [
    await check("the page builds", node, ["scripts/build.ts"], "images/frontend"),
    await mocha("the frontend", "images/frontend", [], files),
  ],
  browser,
};

const program = new Command("npm test --")
  .description("Run all tests that need neither Docker nor a cluster.")
  .addOption(new Option("--only <parts...>", "only these parts").choices(Object.keys(parts)))
  .option("--save <file>", "write the result of each part to a file")
  .addOption(
    new Option(
      "--complete <file>",
      "only the files of which that run skipped a test; counts both runs",
    ).conflicts("only"),
  )
  .action(async ({ only, save, complete }) => {
    const before =
      complete === undefined
        ? {}
        : (JSON.parse(await readFile(complete, "utf8")) as Record<string, Counts>);
    const results = new Map(Object.entries(before));
    for (const [name, run] of Object.entries(parts)) {
      if (only === undefined ? isComplete(results.get(name)) : !only.includes(name)) continue;
      const earlier = results.get(name);
      const now = sum([await run(Object.keys(earlier?.whole ?? {}))].flat());
      results.set(name, completed(earlier, now));
    }
    if (save !== undefined) await writeFile(save, JSON.stringify(Object.fromEntries(results)));
    close([...results.values()]);
  });

/** Tests of alerts with promtool, which must be installed, because compiling it takes many minutes. */
async function alerts(files: readonly string[]): Promise<Counts> {
  const name = "the alerts";
  if ((await findTool("promtool")) === undefined) {
    return skip(name, "promtool is not on PATH (https://prometheus.io/download/)");
  }
  const options = ["--no-config", "--timeout", "60000", ...inParallel];
  return mocha(name, "", [...options, "test/monitoring/**/*.test.ts"], files);
}

/** Tests of the page that the part before has built, in a browser. */
async function browser(files: readonly string[]): Promise<Counts> {
  const name = "the page in a browser";
  const { CHROMIUM = "/usr/bin/chromium" } = process.env;
  if (!existsSync(CHROMIUM)) {
    return skip(name, `there is no Chromium at ${CHROMIUM}; CHROMIUM is the path of one`);
  }
  return mocha(name, "images/frontend", ["--config", "test/browser/.mocharc.json"], files);
}

/** Tests of rendered charts, which need helm. */
async function rendered(folder: string, name: string, files: readonly string[]): Promise<Counts> {
  try {
    await ensureTool("helm");
  } catch (error) {
    return skip(name, messageOf(error));
  }
  // Tests that need one of these are skipped without it, with a message.
  for (const tool of ["kubeconform", "kube-score"] as const) {
    await ensureTool(tool).catch((error: unknown) => console.log(String(error)));
  }
  const options = ["--no-config", "--timeout", "120000", ...inParallel];
  return mocha(name, "", [...options, `test/${folder}/**/*.test.ts`], files);
}

await runProgram(program);
