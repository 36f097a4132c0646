import { parseArgs } from "node:util";

import { dockerProblem } from "../lib/docker.ts";
import { main } from "../cli/terminal.ts";
import { messageOf, Problem } from "../lib/problem.ts";
import { close, leftOut, mocha } from "./testing.ts";
import { needTool } from "../cli/toolchain.ts";

const kinds = ["kind", "minikube"] as const;

// npm run test:e2e -- [--on kind|minikube] [name ...]: the whole way, on a real cluster that the tests
// make and remove. Names are those of the files in test/e2e; none means all.
await main(async () => {
  const { values, positionals: only } = parseArgs({
    options: { on: { type: "string", default: "kind" } },
    allowPositionals: true,
  });
  const files = (only.length === 0 ? ["*"] : only).map((name) => `test/e2e/${name}.test.ts`);
  const kind = kinds.find((known) => known === values.on);
  if (kind === undefined) {
    throw new Problem(`--on is ${values.on}; it must be one of ${kinds.join(", ")}.`);
  }
  const problem = await missing(kind);
  close([
    problem === undefined
      ? await mocha(`end to end on ${kind}`, "", ["--no-config", ...files])
      : leftOut(`end to end on ${kind}`, problem),
  ]);
});

async function missing(kind: (typeof kinds)[number]): Promise<string | undefined> {
  const docker = await dockerProblem();
  if (docker !== undefined) return docker;
  process.env["TODO_E2E_CLUSTER"] = kind;
  try {
    await needTool("pulumi");
    await needTool("helm");
    if (kind === "kind") await needTool("kind");
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
