import type { CommandUnknownOpts } from "@commander-js/extra-typings";

import { scripts, todo } from "../../cli/program.ts";
import { table, withBlock } from "./markdown.ts";

/** The README with the table of commands. */
export function readme(): Promise<string> {
  const rows = commandsOf(todo()).map((command) => [
    `\`${typed(command)}\``,
    sentence(command.summary() || command.description()),
  ]);
  return withBlock("README.md", "commands", table(["command", "what it does"], rows));
}

/** All commands without subcommands, in order of declaration. */
function commandsOf(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return command.commands.flatMap((one) => (one.commands.length > 0 ? commandsOf(one) : [one]));
}

/** How a user runs it: through its npm script, if it has one. */
function typed(command: CommandUnknownOpts): string {
  const names: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  const name = names.join(" ");
  const args = command.registeredArguments.map((each) => ` ${argumentName(each)}`).join("");
  return `${scripts.get(name) ?? `npm run todo -- ${name}`}${args}`;
}

const argumentName = (argument: CommandUnknownOpts["registeredArguments"][number]) =>
  argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;

const sentence = (text: string) =>
  text.replace(/\.$/, "").replace(/^[A-Z]/, (first) => first.toLowerCase());
