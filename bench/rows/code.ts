import { setTimeout as sleep } from "node:timers/promises";

import { capture } from "../../lib/exec.ts";
import { inTurns } from "../measure.ts";
import type { Time } from "../measure.ts";
import type { Stage } from "../stage.ts";
import { up } from "../stage.ts";
import type { Line } from "../table.ts";
import { compared } from "../table.ts";
import type { Row } from "./row.ts";

/** A file of the backend with a text that every answer of its API description has. */
export const edited = "images/backend/src/http/openapi.ts";
export const title = "Todo chatbot";

/** A saved line of the backend until the first answer of the new code, through the web UI's port. */
export const code: Row = {
  name: "code",
  about: "saved backend line until the new code's first answer, beside a plain script and Skaffold",
  async measure(stage, pairs) {
    const { pulumi, url } = await stage.deployed();
    const hasSkaffold = await capture("skaffold", ["version"]).then(
      () => true,
      () => false,
    );
    await stage.plain("first");
    if (hasSkaffold) await stage.skaffold();
    let mark = title;
    const side =
      (name: string, where: string, deploy: (tag: string) => Promise<unknown>) =>
      async (round: number) => {
        const next = `${title} ${name} ${round}`;
        await stage.project.edit(edited, mark, next);
        mark = next;
        return untilAnswered(where, next, () => deploy(`${name}-${round}`));
      };
    const { ours, plain, skaffold } = await inTurns(pairs, {
      plain: side("plain", stage.urls.plain, (tag) => stage.plain(tag)),
      ours: side("ours", url, () => pulumi(...up)),
      skaffold: hasSkaffold
        ? side("skaffold", stage.urls.skaffold, () => stage.skaffold())
        : () => Promise.resolve({ wall: 0 }),
    });
    await stage.project.edit(edited, mark, title);
    await settle(stage);
    const what = "saved backend line → first answer of the new code";
    const bySkaffold = { what: `${what} / skaffold`, target: "≤ 1 in every pair" };
    return [
      compared({ what: `${what} / plain script`, target: "≤ 0.7 in every pair" }, ours, plain),
      hasSkaffold
        ? compared(bySkaffold, ours, skaffold)
        : ({ ...bySkaffold, ours: "", pairs: 0, note: "skaffold is not on PATH" } satisfies Line),
    ];
  },
};

/** Deploys, and measures until a response has the mark, in seconds. */
export async function untilAnswered(
  url: string,
  mark: string,
  deploy: () => Promise<unknown>,
): Promise<Time> {
  const start = performance.now();
  const state = { giveUpAt: Infinity };
  const deployed = deploy().finally(() => (state.giveUpAt = performance.now() + 60_000));
  const answered = (async () => {
    while (performance.now() < state.giveUpAt) {
      if (await answers(url, mark)) return (performance.now() - start) / 1000;
      await sleep(50);
    }
    throw new Error(`${url} did not answer as "${mark}" within a minute of the deployment`);
  })();
  const [wall] = await Promise.all([answered, deployed]);
  return { wall };
}

async function answers(url: string, mark: string): Promise<boolean> {
  const headers = { connection: "close" };
  return fetch(`${url}/api/openapi.json`, { headers, signal: AbortSignal.timeout(2_000) })
    .then((response) => response.text())
    .then(
      (text) => text.includes(`"${mark}"`),
      () => false,
    );
}

/** Leaves the stack with the unedited code. */
async function settle(stage: Stage): Promise<void> {
  await (
    await stage.pulumi()
  )(...up);
}
