import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { inTurns, median } from "../measure.ts";
import { seconds } from "../table.ts";
import { offlinePreview } from "./offline.ts";
import type { Row } from "./row.ts";

/** CPU of an offline preview with more instances of the application in one program. */
export const growth: Row = {
  name: "growth",
  about: "preview of 1, 5 and 20 instances of the application in one program",
  async measure(stage, pairs) {
    await writeFile(
      join(stage.project.folder, "growth.ts"),
      'import "./bench/growth/program.ts";\n',
    );
    await stage.project.edit("Pulumi.yaml", "main: index.ts", "main: growth.ts");
    const previewed = await offlinePreview(stage, "growth");
    const of = (instances: number) => () => previewed({ BENCH_INSTANCES: `${instances}` });
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
