import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { step } from "../../cli/terminal.ts";
import { create as deliver } from "../../components/providers/delivery.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { clusterName } from "../../lib/clusters.ts";
import { run } from "../../lib/exec.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import { inTurns, secondsOf } from "../measure.ts";
import type { Stage } from "../stage.ts";
import type { Line } from "../table.ts";
import { compared } from "../table.ts";
import type { Row } from "./row.ts";

/** Delivery of an image whose upper layers are new, as after an edit; the nodes have the base's layers. */
export const delivery: Row = {
  name: "delivery",
  about: "delivery of a changed image to one node and to two, beside `kind load docker-image`",
  async measure(stage, pairs) {
    await stage.cluster();
    const one = await compare(stage, pairs, stage.target, "one node");
    const two: ClusterTarget = { kind: "kind", context: `${stage.target.context}-two` };
    const remove = () => run("kind", ["delete", "cluster", "--name", clusterName(two)]);
    await remove();
    step("Creating a cluster with two nodes");
    try {
      await createTwoNodes(clusterName(two));
      return [one, await compare(stage, pairs, two, "two nodes")];
    } finally {
      await remove();
    }
  },
};

async function compare(
  stage: Stage,
  pairs: number,
  target: ClusterTarget,
  where: string,
): Promise<Line> {
  const ours = async (image: string) => {
    await deliver({ target, image, pullable: false, keep: 3 });
  };
  await ours(await changedImage(stage, "warm-up"));
  const times = await inTurns(pairs, {
    peer: async (round) => {
      const image = await changedImage(stage, `kind-${round}`);
      const args = ["load", "docker-image", "--name", clusterName(target), image];
      return secondsOf(() => run("kind", args, { timeoutMs: 300_000 }));
    },
    ours: async (round) => {
      const image = await changedImage(stage, `ours-${round}`);
      return secondsOf(() => ours(image));
    },
  });
  const what = `delivery of a changed image to ${where} / \`kind load\``;
  const note = "ours without the start of the provider's process, which an update has running";
  return compared({ what, target: "≤ 0.2", note }, times.ours, times.peer);
}

/** The backend's image with other content in its upper layers. */
async function changedImage(stage: Stage, mark: string): Promise<string> {
  const { node } = (await stage.workspace()).settings.images;
  const tag = `${mark}-${Date.now()}`;
  await stage.project.edit("images/backend/src/http/openapi.ts", 'title: "', `title: "${tag} `);
  const image = `bench-changed:${tag}`;
  const build = ["build", "--quiet", "--build-arg", `NODE_IMAGE=${node}`, "--tag", image];
  await run("docker", [...build, join(stage.project.folder, "images/backend")], {
    ...{ env: { DOCKER_BUILDKIT: "1" }, timeoutMs: 300_000 },
  });
  await stage.project.edit("images/backend/src/http/openapi.ts", `title: "${tag} `, 'title: "');
  return image;
}

async function createTwoNodes(name: string): Promise<void> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "kind.yaml");
  const nodes = "nodes: [{ role: control-plane }, { role: worker }]";
  await writeFile(file, `kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n${nodes}\n`);
  const image = process.env["KIND_NODE_IMAGE"];
  await run(
    "kind",
    [
      ...["create", "cluster", "--name", name, "--config", file, "--wait", "3m"],
      ...(image === undefined ? [] : ["--image", image]),
    ],
    { timeoutMs: 900_000 },
  );
}
