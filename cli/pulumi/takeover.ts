import { copyFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseDocument } from "yaml";

import type { Values } from "../../config/values.ts";
import { isRecord } from "../../config/values.ts";
import { run } from "../../lib/exec.ts";
import { project } from "../../lib/project.ts";
import type { Workspace } from "./workspace.ts";
import { openWorkspace } from "./workspace.ts";

/**
 * Adds the settings of a deployment to the workspace that takes it over. Existing settings take precedence.
 *
 * @param secrets by path; those that the settings don't use are dropped
 */
export async function takeSettings(
  workspace: Workspace,
  settings: Values,
  secrets: Readonly<Record<string, string>>,
): Promise<Workspace> {
  const { stack, folder, configFile, env } = workspace;
  const document = parseDocument(await readFile(configFile, "utf8"));
  const add = (path: readonly string[], value: unknown): void => {
    if (isRecord(value) && document.hasIn(path)) {
      for (const [key, field] of Object.entries(value)) add([...path, key], field);
    } else if (!document.hasIn(path)) document.setIn(path, document.createNode(value));
  };
  for (const [key, value] of Object.entries(settings))
    add(["config", `todo-chatbot:${key}`], value);
  const inConfig = ([key = "", ...fields]: readonly string[]) => [
    ...["config", `todo-chatbot:${key}`],
    ...fields,
  ];

  const file = join(folder, `Pulumi.${stack}.taking-over.yaml`);
  const before = join(folder, `Pulumi.${stack}.before.yaml`);
  await writeFile(file, document.toString(), { mode: 0o600 });
  try {
    for (const [path, value] of Object.entries(secrets)) {
      const keys = path.split(".");
      const isWanted = path === "openai.apiKey" || isUsed(document.toJS(), keys);
      if (!isWanted || document.hasIn(inConfig(keys))) continue;
      await run(
        "pulumi",
        [
          ...["config", "set", "--path", "--secret", `todo-chatbot:${path}`],
          ...["--stack", stack, "--config-file", file, "--non-interactive"],
        ],
        // On standard input: arguments are visible in process lists.
        { cwd: project, env, stdin: value },
      );
    }
    await copyFile(configFile, before);
    await rename(file, configFile);
    return await openWorkspace(stack).catch(async (error: unknown) => {
      await rename(before, configFile);
      throw error;
    });
  } finally {
    await rm(file, { force: true });
    await rm(before, { force: true });
  }
}

/** Whether a config has the group that a secret belongs to; a URL alone belongs to an external database. */
function isUsed(config: unknown, [key = "", ...fields]: readonly string[]): boolean {
  const all = (config as { config?: Values }).config ?? {};
  const group = fields
    .slice(0, -1)
    .reduce<unknown>(
      (value, field) => (isRecord(value) ? value[field] : undefined),
      all[`todo-chatbot:${key}`],
    );
  return key === "database" ? isRecord(group) && group["mode"] === "external" : isRecord(group);
}
