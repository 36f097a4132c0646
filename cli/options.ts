import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

import { settingPath } from "../lib/setting-path.ts";
import type { Stack } from "./stacks.ts";
import { defaultStack, noSuchStack, stacksIn } from "./stacks.ts";

/** Parsers of option values, without imports that would slow down every command. */

export const stackOption = () =>
  new Option(
    "--stack <name>",
    "a stack with a file Pulumi.<name>.yaml; dev is a kind cluster, local is minikube",
  )
    .argParser(existingStack)
    .default(defaultStack);

/** Parses the name of a stack that has a file. */
export function existingStack(name: string): Stack {
  if (stacksIn().includes(name)) return name;
  throw new InvalidArgumentError(noSuchStack(name));
}

/** Parses the name of a new stack. */
export function newStackName(name: string): Stack {
  if (/^[a-z0-9]([a-z0-9_-]{0,98}[a-z0-9])?$/i.test(name)) return name;
  throw new InvalidArgumentError("It must be letters, digits, - and _, like production.");
}

/** For commands that change a cluster, of which a remote one has to be confirmed. */
export const approvalOption = () =>
  new Option("--yes", "skip confirmation; needed for a remote cluster in CI or without a terminal");

/** Settings by path; `example` is shown in the help. */
export const settingOption = (example: string) =>
  new Option("--set <key=value>", `setting under todo-chatbot:, like ${example}; may be repeated`)
    .argParser(assignment)
    .default({}, "none");

/** Parses a whole number within bounds. */
export const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };

/** Parses `key=value`, and adds it to the earlier ones. */
export function assignment(
  text: string,
  earlier: Readonly<Record<string, string>>,
): Record<string, string> {
  const [, path = "", value] = /^((?:[^="]|"[^"]*")*)=(.*)$/s.exec(text) ?? [];
  if (settingPath(path) === undefined || value === undefined) {
    throw new InvalidArgumentError(
      "Write a key and a value, like backend.replicas=3; quote a key with dots, like 'monitoring.labels[\"example.org/team\"]=a'.",
    );
  }
  return { ...earlier, [path]: value };
}

/** Checks the path of a setting or a group. */
export function settingOrGroup(text: string): string {
  if (settingPath(text) !== undefined) return text;
  throw new InvalidArgumentError(
    "Write a setting or a group, like storage.backup; quote a key with dots, like 'monitoring.labels[\"example.org/team\"]'.",
  );
}

/** Appends a value to the earlier ones. */
export const collect = (text: string, earlier: readonly string[] = []): string[] => [
  ...earlier,
  text,
];

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Parses a duration like `90s`, `10m`, `2h` or `1d`; returns seconds. */
export function seconds(text: string): number {
  const [, amount, unit = ""] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (amount === undefined) {
    throw new InvalidArgumentError("It must be a number and a unit, like 90s, 10m, 2h or 1d.");
  }
  return Number(amount) * (unitSeconds[unit] ?? 1);
}

/** Parses the digest of a stack. */
export function digest(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError(
    "Write sha256: and 64 hexadecimal digits, as in the pull request's comment.",
  );
}

/** Parses the name of a backup. */
export function backupName(text: string): string {
  if (/^todo-\d{8}T\d{6}Z\.dump$/.test(text)) return text;
  throw new InvalidArgumentError(
    "Backup names look like todo-20261122T030000Z.dump; `db backup --list` shows them.",
  );
}
