import { readdirSync } from "node:fs";

import { run } from "../lib/exec.ts";
import { project } from "../lib/project.ts";
import { defaultStack } from "../lib/stack-commands.ts";

export { defaultStack, npmCommand, stackOf, todoCommand } from "../lib/stack-commands.ts";

/** A stack, named by its stack file in the project: `Pulumi.<name>.yaml`. */
export type Stack = string;

/** Name of a stack's file. */
export const stackFile = (stack: Stack): string => `Pulumi.${stack}.yaml`;

/** The stacks with a file in a folder: the default one first, the others in alphabetical order. */
export function stacksIn(folder = project): Stack[] {
  return ordered(readdirSync(folder));
}

/** Why a stack can't be used that has no file. */
export const noSuchStack = (name: string): string =>
  `There is no ${stackFile(name)}. Stacks: ${stacksIn().join(", ")}. Create one: npm run todo -- stack new ${name}`;

/** The stacks whose file Git tracks; all of them outside of a repository. */
export async function committedStacks(): Promise<Stack[]> {
  const all = stacksIn();
  const tracked = await run("git", ["ls-files", "Pulumi.*.yaml"], { cwd: project }).catch(
    () => undefined,
  );
  return tracked === undefined ? all : ordered(tracked.split("\n"));
}

function ordered(files: readonly string[]): Stack[] {
  const names = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  const others = names.filter((name) => name !== defaultStack).sort();
  return [...names.filter((name) => name === defaultStack), ...others];
}
