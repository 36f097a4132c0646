import { setTimeout as sleep } from "node:timers/promises";

import { show } from "../../lib/exec.ts";
import { inTurns } from "../measure.ts";
import type { Stage } from "../stage.ts";
import { compared } from "../table.ts";
import { edited, title, untilAnswered } from "./code.ts";
import type { Row } from "./row.ts";

/** A saved line of the backend until the cluster answers with it, without a build or an update. */
export const watch: Row = {
  name: "watch",
  about:
    "saved backend line until the new code's first answer under `todo watch`, beside a plain script",
  async measure(stage, pairs) {
    const { url } = await stage.deployed();
    await stage.plain("watch");
    let mark = title;
    const edit = async (next: string) => {
      await stage.project.edit(edited, mark, next);
      mark = next;
    };
    const { ours, plain } = await inTurns(pairs, {
      plain: async (round) => {
        const next = `${title} plain ${round}`;
        await edit(next);
        return untilAnswered(stage.urls.plain, next, () => stage.plain(`watch-${round}`));
      },
      ours: async (round) => {
        const end = await startWatch(stage);
        try {
          const next = `${title} watch ${round}`;
          return await untilAnswered(url, next, () => edit(next));
        } finally {
          await end();
        }
      },
    });
    await edit(title);
    const what = "saved backend line → first answer under `todo watch` / plain script";
    const note = "no image is built; a start of `watch` is not in it";
    return [compared({ what, target: "median ≤ 3 s", note }, ours, plain)];
  },
};

/** Starts `todo watch`, and waits until it follows edits; the result ends it. */
async function startWatch({ project }: Stage): Promise<() => Promise<unknown>> {
  const stop = new AbortController();
  const { promise: following, resolve } = Promise.withResolvers<undefined>();
  const ended = show("npm", ["run", "--silent", "todo", "--", "watch"], {
    cwd: project.folder,
    onLine: (line) => {
      if (line.includes("run in the cluster")) resolve(undefined);
    },
    signal: stop.signal,
  });
  await Promise.race([
    following,
    ended.then((code) => {
      throw new Error(`todo watch ended with exit code ${code}`);
    }),
  ]);
  // As somebody who works: the build that it begins with is over.
  await sleep(2_000);
  return () => {
    stop.abort();
    return ended;
  };
}
