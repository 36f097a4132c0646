import { join } from "node:path";

import { show } from "../../lib/exec.ts";
import { messageOf } from "../../lib/problem.ts";
import { project } from "../../lib/project.ts";
import type { ProgramResource } from "../../render/program.ts";
import { programResources } from "../../render/program.ts";
import { contentOf, isRelease } from "../../render/stack-manifests.ts";
import { mayHaveStack } from "../pulumi/stack.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import { bold, isCi, step, yellow } from "../terminal.ts";
import { ensureTool, findTool } from "../toolchain.ts";
import { portNear } from "./dev.ts";
import { writeFiles } from "./preview.ts";

/**
 * Whether a trial may replace a deployment: not in CI, where it would hide the failure and never end,
 * not for a remote cluster, and not if something was already deployed.
 */
export async function mayTry(workspace: Workspace): Promise<boolean> {
  const { kind } = workspace.settings.cluster;
  return kind !== "remote" && !isCi() && !(await mayHaveStack(workspace));
}

/**
 * `npm start` on a machine that can't deploy: shows what would be deployed, and runs the application
 * from source until Ctrl-C.
 *
 * @param missing what the machine lacks, as a sentence
 * @param port of the web UI; default 3000, or another if that is in use
 */
export async function trial(
  { stack, folder, configFile }: Workspace,
  missing: string,
  port?: number,
): Promise<void> {
  console.log(yellow(missing));
  const resources = await programResources(project, stack, { configFile });
  console.log(`\nUntil then, what npm start would deploy as stack ${stack}:\n`);
  console.log(resourceTable(resources).join("\n"));
  console.log();

  const write = async (known: readonly ProgramResource[]) => {
    await writeFiles(join(folder, "preview", stack), await contentOf(project, stack, known));
  };
  let isOver = false;
  const writeAll = async () => {
    try {
      await ensureTool("helm");
      await write(resources);
    } catch (error) {
      // Ctrl-C also interrupts the Go compiler.
      if (!isOver) step(`The objects of the Helm release are left out: ${messageOf(error)}`);
    }
  };
  const hasHelm = (await findTool("helm")) !== undefined;
  if (!hasHelm) await write(resources.filter((resource) => !isRelease(resource)));
  const written = writeAll();
  // Don't delay the application while helm is downloaded or compiled.
  if (hasHelm) await written;

  step("Running the application here, without a cluster");
  const page = String(port ?? (await portNear(3000)));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (isOver = true));
  // bootstrap.mjs installs the application's packages.
  const args = ["cli/bootstrap.mjs", "cli/main.ts", "dev", "--port", page];
  process.exitCode = await show(process.execPath, args, { cwd: project });
  await written;
}

/** Rows of component, kind and name of the program's own resources. Pure. */
export function resourceTable(resources: readonly ProgramResource[]): string[] {
  const isComponent = ({ type }: ProgramResource) => type.startsWith("todo-chatbot:");
  const parents = new Map(
    resources.filter(isComponent).map(({ name, parent }) => [name, parent] as const),
  );
  const topOf = (name: string): string => {
    const parent = parents.get(name) ?? "";
    return parent === "" || parent === name ? name : topOf(parent);
  };
  const rows = resources
    .filter((one) => !isComponent(one) && !one.type.startsWith("pulumi:"))
    .map(
      ({ type, name, parent }) => [topOf(parent) || "–", type.replace(/.*:/, ""), name] as const,
    );
  const order = [...parents.keys(), "–"];
  rows.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const row = (component: string, kind: string, name: string) =>
    `  ${component.padEnd(12)}${kind.padEnd(24)}${name}`;
  return [
    bold(row("component", "kind", "name")),
    ...rows.map(([component, kind, name], index) =>
      row(component === rows[index - 1]?.[0] ? "" : component, kind, name),
    ),
  ];
}
