import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { Command, Option } from "@commander-js/extra-typings";

import { dockerProblem } from "../lib/docker.ts";
import { runProgram } from "../cli/command-line.ts";
import { messageOf } from "../lib/problem.ts";
import { project } from "../lib/project.ts";
import { close, skip, mocha } from "./testing.ts";
import { ensureTool } from "../cli/toolchain.ts";

const program = new Command("npm run test:e2e --")
  .description("Run the end-to-end tests, on a cluster that they create and delete.")
  .addOption(
    new Option("--on <kind>", "kind of the cluster")
      .choices(["kind", "minikube"] as const)
      .default("kind" as const),
  )
  .argument(
    "[names...]",
    "files of test/e2e or test/soak, without .test.ts (default: all of test/e2e)",
  )
  .action(async (names, { on }) => {
    // The upgrade first: the other files work on the stack that it upgrades. The remote cluster last: the
    // others' is removed for it.
    const all = ["upgrade", "!(remote)", "remote"];
    const files = (names.length === 0 ? all : names).map(fileOf);
    const problem = await missing(on);
    const results = [
      problem === undefined
        ? await mocha(`end to end on ${on}`, "", ["--no-config", ...files])
        : skip(`end to end on ${on}`, problem),
    ];
    if (names.length === 0) {
      const soaks = (await readdir(join(project, "test/soak"))).flatMap(
        (file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? [],
      );
      results.push(
        skip(
          "soak tests",
          `they take hours; run them by name: npm run test:e2e -- ${soaks.join(" ")}`,
        ),
      );
    }
    close(results);
  });

function fileOf(name: string): string {
  const file = `test/soak/${name}.test.ts`;
  return existsSync(join(project, file)) ? file : `test/e2e/${name}.test.ts`;
}

async function missing(kind: "kind" | "minikube"): Promise<string | undefined> {
  const docker = await dockerProblem();
  if (docker !== undefined) return docker;
  process.env["TODO_E2E_CLUSTER"] = kind;
  try {
    await ensureTool("pulumi");
    await ensureTool("helm");
    if (kind === "kind") await ensureTool("kind");
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

await runProgram(program);
