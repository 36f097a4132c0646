import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseDocument } from "yaml";

import type { Settings } from "../../config/index.ts";
import { run } from "../../lib/exec.ts";
import { Problem } from "../../lib/problem.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import { openWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { stackFile } from "../stacks.ts";
import { project } from "../../lib/project.ts";

/** The settings that a move changes. */
export interface DatabaseSettings {
  readonly mode?: Settings["database"]["mode"];
  readonly url?: string | undefined;
  readonly caCertificate?: string | undefined;
  readonly keepBundled?: boolean | undefined;
  readonly keepOperator?: boolean | undefined;
}

const databaseKey = "todo-chatbot:database";

/** Changes the database settings in one step; undefined removes a setting. */
export async function changeDatabase(
  workspace: Workspace,
  database: DatabaseSettings,
): Promise<Workspace> {
  await rename(await draft(workspace, database), workspace.configFile);
  return openWorkspace(workspace.stack);
}

/** Runs `work` with a workspace whose database settings are changed, and forgets the change. */
export async function withDatabase(
  workspace: Workspace,
  database: DatabaseSettings,
  work: (changed: Workspace) => Promise<void>,
): Promise<void> {
  const configFile = await draft(workspace, database);
  try {
    await work({ ...workspace, configFile });
  } finally {
    await rm(configFile, { force: true });
  }
}

/** Writes changed settings to another file. @returns its path */
async function draft(workspace: Workspace, database: DatabaseSettings): Promise<string> {
  const document = parseDocument(await readFile(workspace.configFile, "utf8"));
  const { url, ...plain } = database;
  for (const [field, value] of Object.entries({
    ...plain,
    ...("url" in database && { url: undefined }),
  })) {
    const path = ["config", databaseKey, field];
    if (value !== undefined && value !== "") document.setIn(path, value);
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  const file = join(workspace.folder, `Pulumi.${workspace.stack}.moving.yaml`);
  await writeFile(file, document.toString(), { mode: 0o600 });
  if (url !== undefined) {
    const args = ["config", "set", "--path", "--secret", `${databaseKey}.url`];
    await run(
      "pulumi",
      [...args, "--stack", workspace.stack, "--config-file", file, "--non-interactive"],
      // On standard input: arguments are visible in process lists.
      { cwd: project, env: workspace.env, stdin: url },
    );
  }
  return file;
}

/** @throws Problem when the committed file has database settings, which override the workspace's */
export async function ensureOwnSettings(stack: Stack): Promise<void> {
  const file = stackFile(stack);
  const document = parseDocument(await readFile(join(project, file), "utf8"));
  const given = ["mode", "url", "caCertificate", "keepBundled", "keepOperator"].filter((field) =>
    document.hasIn(["config", databaseKey, field]),
  );
  if (given.length > 0) {
    throw new Problem(
      `${file} sets ${given.map((field) => `database.${field}`).join(" and ")}, which a move has to change. Remove that from the file; the option --set database.mode=… of npm start stores it in the workspace instead.`,
    );
  }
}
