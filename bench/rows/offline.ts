import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { run } from "../../lib/exec.ts";
import type { Timed } from "../measure.ts";
import { timed } from "../measure.ts";
import type { Stage } from "../stage.ts";
import { preview } from "../stage.ts";
import type { Row } from "./row.ts";
import { comparedPreviews } from "./engine.ts";

/** A preview with no cluster, as on a pull request. */
export const offline: Row = {
  name: "offline",
  about: "`pulumi preview` without a cluster, unedited and after an edit of index.ts",
  async measure(stage, pairs) {
    const previewed = await offlinePreview(stage, "offline");
    return comparedPreviews(stage, pairs, "offline `pulumi preview`", () => previewed());
  },
};

/** Previews of a new stack with the usual settings, with no cluster. */
export async function offlinePreview(
  stage: Stage,
  stack: string,
): Promise<(more?: Readonly<Record<string, string>>) => Promise<Timed>> {
  const { configFile, env: own } = await stage.workspace();
  const cwd = stage.project.folder;
  const work = join(cwd, `.bench-${stack}`);
  await mkdir(work);
  const config = join(work, `Pulumi.${stack}.yaml`);
  const settings = (await readFile(configFile, "utf8")).replace(/^encryptionsalt: .*\n/m, "");
  await writeFile(config, settings);
  // `stack init` writes the salt into the config beside this file.
  await writeFile(join(work, "Pulumi.yaml"), "name: todo-chatbot\nruntime: nodejs\n");
  const env = { ...own, PULUMI_BACKEND_URL: `file://${work}`, KUBECONFIG: join(work, "none") };
  await run("pulumi", ["stack", "init", stack, "--no-select"], { cwd: work, env });
  const args = [...preview, "--stack", stack, "--config-file", config];
  return (more) => timed("pulumi", args, { cwd, env: { ...env, ...more } });
}
