import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { parse, stringify } from "yaml";

import { replacement } from "../../cli/kubernetes/drift.ts";
import {
  imageCommand,
  supervisorPort,
  watcherOf,
  withSupervisor,
} from "../../cli/watch/overlay.ts";
import { endKilledWatch } from "../../cli/watch/release.ts";
import { lockFolder } from "../../images/backend/src/database/folder-lock.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { project } from "../../lib/project.ts";
import { Tree } from "../pull-request/tree.ts";
import type { Answers } from "./apiServer.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Programs } from "./fakes.ts";
import { Folder } from "./folder.ts";

const namespace = "todo-chatbot-namespace";
const context = "kind-todo-chatbot";
const golden = (name: string) =>
  parse(
    readFileSync(join(project, `test/golden/dev/${namespace}/deployment-${name}.yaml`), "utf8"),
  ) as Manifest;

/** A Pulumi with these resources in stack dev. */
const pulumi = (resources: readonly object[]) => `case "$1 $2" in
"version ") echo v3.0.0 ;;
"stack ls") echo '[{"name":"dev"}]' ;;
"stack export") echo '${JSON.stringify({ version: 3, deployment: { resources } })}' ;;
esac`;

describe("todo watch", function () {
  this.timeout(120_000);

  async function run(
    resources: readonly object[],
    objects: NonNullable<Answers["objects"]> = {},
    name = "watch",
  ) {
    await using server = await ApiServer.start({ objects });
    using _kubeconfig = new Kubeconfig({ [context]: server.url });
    using _programs = new Programs({ pulumi: pulumi(resources) });
    using home = new Folder({ "state/.keep": "" });
    const outcome = await command(name, [], { TODO_CHATBOT_HOME: home.path });
    return { ...outcome, writes: server.writes };
  }

  it("is refused on a remote cluster, with what to do instead", async () => {
    using tree = new Tree();
    const settings = "{ kind: remote, context: production }";
    writeFileSync(
      join(tree.path, "Pulumi.production.yaml"),
      `config:\n  todo-chatbot:cluster: ${settings}\n  todo-chatbot:images: { mode: none }\n  todo-chatbot:network: { exposure: loadBalancer }\n`,
    );
    const { code, output } = await command("watch", ["--stack", "production"], {}, tree.path);

    assert.equal(code, 1);
    assert.equal(
      output,
      "Stack production is on a remote cluster, where others use the application: deploy edits with npm start -- --stack production, or watch them on a local cluster (npm run todo -- watch --stack dev) or without one (npm run dev).\n",
    );
  });

  it("says to deploy the stack first", async () => {
    const expected =
      "Stack dev is not deployed, so there is nothing to run edits in. Run npm start first.\n";
    const identity = { urn: "i", type: "pulumi-nodejs:dynamic/index:ClusterIdentity" };
    for (const resources of [[], [identity]]) {
      const { code, output, writes } = await run(resources);

      assert.equal(output, expected);
      assert.deepEqual([code, writes], [1, []]);
    }
  });

  it("leaves a namespace of somebody else alone", async () => {
    const identity = {
      ...{ urn: "i", type: "pulumi-nodejs:dynamic/index:ClusterIdentity" },
      inputs: { owner: "id-1" },
    };
    const marks = { "todo-chatbot/owner": "id-2", "todo-chatbot/owned-by": "ann@laptop" };
    const { code, output, writes } = await run([identity], {
      [`/api/v1/namespaces/${namespace}`]: { metadata: { uid: "uid-1", annotations: marks } },
    });

    assert.match(output, /^Nothing was changed\. The namespace \S+ in \S+ belongs to ann@laptop/);
    assert.deepEqual([code, writes], [1, []]);
  });

  for (const name of ["watch", "up", "down", "repair", "drift"] as const) {
    it(`is not disturbed by ${name}`, async () => {
      using _programs = new Programs({ pulumi: pulumi([]) });
      using home = new Folder({ "state/.keep": "" });
      const lock = lockFolder(home.at("watch-dev"), "npm run todo -- watch");
      const args = name === "drift" ? ["--fix"] : [];
      const { code, output } = await command(name, args, { TODO_CHATBOT_HOME: home.path });
      lock.release();

      assert.equal(
        output,
        `Nothing was changed. npm run todo -- watch is running, as process ${process.pid} (npm run todo -- watch), and its pods have edited code: stop it with Ctrl-C first.\n`,
      );
      assert.equal(code, 1);
    });
  }
});

describe("development pods", () => {
  const deployment = golden("backend-deployment");
  const development = withSupervisor(deployment, "backend", imageCommand("backend"), "process 1");

  interface Pod {
    readonly containers: readonly Readonly<Record<string, unknown>>[];
  }
  const podOf = ({ spec }: Manifest) => (spec as { template: { spec: Pod } }).template.spec;

  it("differ from the deployed ones in command and memory only", () => {
    const [before, now] = [podOf(deployment), podOf(development)];
    const [{ resources: little, ...container }] = before.containers as [Pod["containers"][0]];
    const [{ command: words, resources: much, ...same }] = now.containers as [Pod["containers"][0]];

    assert.deepEqual({ ...now, containers: [] }, { ...before, containers: [] });
    assert.deepEqual(same, container);
    const limits = (all: unknown) => (all as { limits: Record<string, string> }).limits;
    assert.deepEqual(limits(much), { ...limits(little), memory: String(3 * 192 * 1024 ** 2) });
    const options = JSON.parse((words as string[]).at(-1) ?? "") as unknown;
    assert.deepEqual(options, {
      ...{ port: supervisorPort, folder: "/tmp/watch" },
      command: imageCommand("backend"),
    });
    assert.equal(imageCommand("backend").at(-1), "/app/server.mjs");
  });

  it("are marked, and a fix of the drift removes the mark", () => {
    assert.equal(watcherOf(development), "process 1");
    assert.equal(watcherOf(deployment), undefined);

    const fixed = replacement(deployment, development, false);
    assert.deepEqual(fixed, deployment);
  });

  it("of a watch that was killed are replaced by those that Helm deployed", async () => {
    const frontend = golden("frontend-deployment");
    const manifest = [deployment, frontend].map((object) => stringify(object)).join("---\n");
    const record = gzipSync(JSON.stringify({ manifest, config: {}, namespace }));
    const release = Buffer.from(record.toString("base64")).toString("base64");
    const labels = encodeURIComponent("owner=helm,name=todo-chatbot,status=deployed");
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const update = `${path}/backend-deployment?fieldManager=pulumi-kubernetes`;
    const kinds = { name: "deployments", kind: "Deployment", namespaced: true };
    await using server = await ApiServer.start({
      objects: {
        [path]: { items: [development, frontend] },
        "/apis/apps/v1": { resources: [kinds] },
        [`${path}/backend-deployment`]: development,
        [`${path}/frontend-deployment`]: frontend,
        [`/api/v1/namespaces/${namespace}/secrets?labelSelector=${labels}`]: {
          items: [{ metadata: { labels: { version: "1" } }, data: { release } }],
        },
        [update]: deployment,
      },
    });
    using _kubeconfig = new Kubeconfig({ [context]: server.url });
    await endKilledWatch({ kind: "kind", context }, namespace);

    assert.deepEqual(server.writes, [`PUT ${update}`]);
  });
});
