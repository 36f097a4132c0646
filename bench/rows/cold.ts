import { run } from "../../lib/exec.ts";
import { clusterName } from "../../lib/clusters.ts";
import { cluster, eventually } from "../../test/e2e/project.ts";
import { inTurns } from "../measure.ts";
import type { Stage } from "../stage.ts";
import { compared } from "../table.ts";
import type { Row } from "./row.ts";

/** Beyond this, the row would take more than a quarter of an hour. */
const most = 3;

/** The first deployment on a ready cluster; Docker still has the build cache. */
export const cold: Row = {
  name: "cold",
  about: "first `npm start` on a ready cluster with a warm build cache, beside a plain script",
  async measure(stage, pairs) {
    // Fills the build cache.
    await stage.deployed();
    await stage.plain("cold");
    const { ours, peer } = await inTurns(Math.min(pairs, most), {
      peer: async () => {
        await clear(stage);
        return stage.plain("cold");
      },
      ours: async () => {
        await clear(stage);
        // What the plain script installs too.
        return stage.start("monitoring.mode=off");
      },
    });
    const what = "cold `npm start`, warm build cache / plain script";
    const note = `monitoring off; at most ${most} pairs`;
    return [compared({ what, target: "≤ 0.75", note }, ours, peer)];
  },
};

/** Removes both installations, and their images from Docker and the node. */
async function clear(stage: Stage): Promise<void> {
  await stage.npm("down");
  const { core } = cluster(stage.target.context);
  for (const name of ["bench-plain", "bench-skaffold"]) {
    await core.deleteNamespace({ name }).catch(() => undefined);
    await eventually(180, async () => {
      const { items } = await core.listNamespace();
      if (items.some(({ metadata }) => metadata?.name === name)) throw new Error(`${name} is left`);
    });
  }
  for (const filter of ["todo-chatbot-backend", "todo-chatbot-frontend", "bench-*"]) {
    const format = "{{.Repository}}:{{.Tag}}";
    const list = await run("docker", ["image", "ls", "--format", format, filter]);
    const images = list.split("\n").filter((image) => image !== "");
    if (images.length > 0) await run("docker", ["image", "rm", ...images]);
  }
  const node = `${clusterName(stage.target)}-control-plane`;
  const ctr = ["exec", node, "ctr", "--namespace=k8s.io", "images"];
  const onNode = (await run("docker", [...ctr, "ls", "--quiet"])).split("\n");
  const apps = onNode.filter((image) => /\/(bench|todo-chatbot)-(back|front)end:/.test(image));
  if (apps.length > 0) await run("docker", [...ctr, "rm", "--sync", ...apps]);
}
