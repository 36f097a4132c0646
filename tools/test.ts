import { main } from "../cli/terminal.ts";
import { messageOf } from "../lib/problem.ts";
import { check, close, leftOut, mocha } from "./testing.ts";
import type { Counts } from "./testing.ts";
import { findTool, needTool } from "../cli/toolchain.ts";

const node = process.execPath;
const tsc = "node_modules/typescript/bin/tsc";

// npm test: everything that needs neither Docker nor a cluster.
await main(async () => {
  close([
    await check("types of the program", node, [tsc]),
    await check("types of the backend", node, [tsc], "images/backend"),
    await check("types of the frontend", node, [tsc], "images/frontend"),
    await check("rules (eslint)", node, ["node_modules/eslint/bin/eslint.js", "."]),
    await check("format (prettier)", node, [
      "node_modules/prettier/bin/prettier.cjs",
      "--check",
      ".",
    ]),
    await mocha("the program", ""),
    ...(await rendered()),
    await alerts(),
    await mocha("the backend", "images/backend"),
    await check("the page builds", node, ["scripts/build.ts"], "images/frontend"),
    await mocha("the frontend", "images/frontend"),
  ]);
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
async function rendered(): Promise<Counts[]> {
  const names = { chart: "the chart", policy: "the policies", "pull-request": "pull requests" };
  try {
    await needTool("helm");
  } catch (error) {
    return Object.values(names).map((name) => leftOut(name, messageOf(error)));
  }
  // The tests that need one of these skip themselves without it, and say so.
  for (const tool of ["kubeconform", "kube-score"] as const) {
    await needTool(tool).catch((error: unknown) => console.log(String(error)));
  }
  const counts: Counts[] = [];
  for (const [folder, name] of Object.entries(names)) {
    counts.push(
      await mocha(name, "", ["--no-config", "--timeout", "120000", `test/${folder}/**/*.test.ts`]),
    );
  }
  return counts;
}
