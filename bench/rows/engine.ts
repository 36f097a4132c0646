import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { run } from "../../lib/exec.ts";
import { changesIn, cluster, namespace } from "../../test/e2e/project.ts";
import { inTurns } from "../measure.ts";
import type { Timed } from "../measure.ts";
import type { Stage } from "../stage.ts";
import { preview, up } from "../stage.ts";
import type { Line } from "../table.ts";
import { compared } from "../table.ts";
import type { Row } from "./row.ts";

export const noop: Row = {
  name: "up",
  about: "`pulumi up` without changes, beside an empty program",
  async measure(stage, pairs) {
    const [{ pulumi }, empty] = [await stage.deployed(), await stage.empty()];
    await pulumi(...up);
    const before = await footprint(stage);
    let touched = 0;
    const { ours, peer } = await inTurns(pairs, {
      peer: () => empty(...up),
      ours: async () => {
        const time = await pulumi(...up);
        touched += changesIn(time.output).length;
        return time;
      },
    });
    const after = await footprint(stage);
    const changed = (before.images === after.images ? 0 : 1) + (before.pods === after.pods ? 0 : 1);
    const note =
      touched === 0 && changed === 0
        ? "0 resources touched, 0 builds, 0 restarts"
        : `NOT a no-op: ${touched} kinds of changes, ${changed} of images and pods differ`;
    const line = { target: "≤ 2", note };
    return [
      compared({ what: "no-op `pulumi up` / empty program, wall", ...line }, ours, peer),
      compared({ what: "no-op `pulumi up` / empty program, CPU", ...line }, ours, peer, "cpu"),
    ];
  },
};

/** Built images, and pods with their restarts. */
async function footprint({ target }: Stage) {
  const { items } = await cluster(target.context).core.listNamespacedPod({ namespace });
  const pods = items.map(({ metadata, status }) => {
    const restarts = status?.containerStatuses?.map(({ restartCount }) => restartCount);
    return `${metadata?.name} ${restarts?.join()}`;
  });
  const images = ["image", "ls", "--no-trunc", "--quiet", "todo-chatbot-*"];
  return { images: await run("docker", images), pods: pods.sort().join("\n") };
}

export const start: Row = {
  name: "start",
  about: "`npm start` without changes, beside `pulumi up` without changes",
  async measure(stage, pairs) {
    const { pulumi } = await stage.deployed();
    const { ours, peer } = await inTurns(pairs, {
      peer: () => pulumi(...up),
      ours: () => stage.start(),
    });
    const line = compared(
      { what: "no-op `npm start` / no-op `pulumi up`", target: "≤ 1 s more" },
      ours,
      peer,
    );
    const more = compared(
      line,
      ours.map(({ wall }, pair) => ({ wall: wall - (peer[pair]?.wall ?? 0) })),
      peer,
    );
    return [{ ...line, note: `${more.ours} more` }];
  },
};

export const previews: Row = {
  name: "preview",
  about: "`pulumi preview`, unedited and after an edit of index.ts, beside an empty program",
  async measure(stage, pairs) {
    const { pulumi } = await stage.deployed();
    return comparedPreviews(stage, pairs, "`pulumi preview`", () => pulumi(...preview));
  },
};

/** Previews, unedited and edited, beside those of an empty program. */
export async function comparedPreviews(
  stage: Stage,
  pairs: number,
  what: string,
  previewed: () => Promise<Timed>,
): Promise<Line[]> {
  const empty = await stage.empty();
  const program = join(stage.project.folder, "index.ts");
  const before = await readFile(program, "utf8");
  await previewed();
  await empty(...preview);
  const times = await inTurns(pairs, {
    empty: () => empty(...preview),
    same: () => previewed(),
    edited: async (round) => {
      await writeFile(program, `${before}\nexport const edit = ${round};\n`);
      return previewed().finally(() => writeFile(program, before));
    },
  });
  const line = { target: "≤ 2" };
  const edited = `${what} after an edit of index.ts`;
  return [
    compared({ what: `${what} / empty program, wall`, ...line }, times.same, times.empty),
    compared({ what: `${what} / empty program, CPU`, ...line }, times.same, times.empty, "cpu"),
    compared({ what: `${edited} / empty program, wall`, ...line }, times.edited, times.empty),
    compared({ what: `${edited} / empty program, CPU`, ...line }, times.edited, times.empty, "cpu"),
    compared({ what: `${edited} / unedited`, target: "≤ 1.2" }, times.edited, times.same),
  ];
}
