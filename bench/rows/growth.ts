import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { run } from "../../lib/exec.ts";
import { inTurns, median, timed } from "../measure.ts";
import { preview } from "../stage.ts";
import { seconds } from "../table.ts";
import type { Row } from "./row.ts";

/** CPU of an offline preview with more instances of the application in one program. */
export const growth: Row = {
  name: "growth",
  about: "preview of 1, 5 and 20 instances of the application in one program",
  async measure(stage, pairs) {
    const { configFile, env: own } = await stage.workspace();
    const { folder } = stage.project;
    const work = join(folder, ".bench-growth");
    await mkdir(work);
    const config = join(work, "Pulumi.growth.yaml");
    const settings = (await readFile(configFile, "utf8")).replace(/^encryptionsalt: .*\n/m, "");
    await writeFile(config, settings);
    await writeFile(join(folder, "growth.ts"), 'import "./bench/growth/program.ts";\n');
    await stage.project.edit("Pulumi.yaml", "main: index.ts", "main: growth.ts");
    const env = { ...own, PULUMI_BACKEND_URL: `file://${work}`, KUBECONFIG: join(work, "none") };
    const inStack = ["--stack", "growth", "--config-file", config];
    // It writes the salt into the config beside this file.
    await writeFile(join(work, "Pulumi.yaml"), "name: todo-chatbot\nruntime: nodejs\n");
    await run("pulumi", ["stack", "init", "growth", "--no-select"], { cwd: work, env });
    const of = (instances: number) => () =>
      timed("pulumi", [...preview, ...inStack], {
        ...{ cwd: folder, env: { ...env, BENCH_INSTANCES: `${instances}` } },
      });
    await of(1)();
    const { one, five, twenty } = await inTurns(pairs, { one: of(1), five: of(5), twenty: of(20) });
    await stage.project.edit("Pulumi.yaml", "main: growth.ts", "main: index.ts");

    const each = (more: typeof one, less: typeof one, instances: number) =>
      median(more.map(({ cpu }, round) => (cpu - (less[round]?.cpu ?? 0)) / instances));
    const cpu = (times: typeof one) => seconds(median(times.map((time) => time.cpu)));
    const line = { target: "≤ 0.15 CPU-s, linear", pairs };
    const what = "each instance more, in an offline preview";
    return [
      {
        ...{ what: `${what}: 1 → 5`, ...line, ours: seconds(each(five, one, 4)) },
        note: `cluster and images shared; 1: ${cpu(one)}, 5: ${cpu(five)}`,
      },
      {
        ...{ what: `${what}: 5 → 20`, ...line, ours: seconds(each(twenty, five, 15)) },
        note: `20: ${cpu(twenty)}; a no-op of 20 deployed instances does not fit on one machine`,
      },
    ];
  },
};
