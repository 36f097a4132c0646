import { main } from "./lib/say.ts";
import { check, close, leftOut, mocha } from "./lib/testing.ts";
import type { Counts } from "./lib/testing.ts";
import { needTool } from "./lib/tools.ts";

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
    await chart(),
    await mocha("the backend", "images/backend"),
    await check("the page builds", node, ["scripts/build.ts"], "images/frontend"),
    await mocha("the frontend", "images/frontend"),
  ]);
});

async function chart(): Promise<Counts> {
  try {
    await needTool("helm");
  } catch (error) {
    return leftOut("the chart", error instanceof Error ? error.message : String(error));
  }
  // The tests that need one of these skip themselves without it, and say so.
  for (const name of ["kubeconform", "kube-score"] as const) {
    await needTool(name).catch((error: unknown) => console.log(String(error)));
  }
  return mocha("the chart", "", ["--no-config", "--timeout", "120000", "test/chart/**/*.test.ts"]);
}
