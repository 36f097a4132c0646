import { readdirSync } from "node:fs";

import { run } from "../lib/exec.ts";
import { project } from "../lib/project.ts";

/** A stack, named by its stack file in the project: `Pulumi.<name>.yaml`. */
export type Stack = string;

export const defaultStack: Stack = "dev";

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

/** The option that selects a stack, for commands in messages; empty for the default one. */
export const stackOf = (stack: Stack): string =>
  stack === defaultStack ? "" : ` --stack ${stack}`;

/** A command of a stack, for messages: `npm run todo -- repair --stack production`. */
export const todoCommand = (command: string, stack: Stack): string =>
  `npm run todo -- ${command}${stackOf(stack)}`;

/** The same for `npm start` and `npm run down`. */
export const npmCommand = (script: "start" | "run down", stack: Stack): string =>
  `npm ${script}${stack === defaultStack ? "" : ` --${stackOf(stack)}`}`;
