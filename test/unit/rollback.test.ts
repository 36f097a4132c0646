import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

import { builtSchemaVersion, schemaVersionOf } from "../../components/images/schema-version.ts";
import type { Build } from "../../cli/kubernetes/builds.ts";
import { buildsIn, isPresent, judge } from "../../cli/kubernetes/builds.ts";
import type { DatabaseSchema } from "../../lib/database-schema.ts";
import { backupOfThen, ensureSchema } from "../../lib/database-schema.ts";
import { migrations } from "../../images/backend/src/database/migrations.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { digest, FakeCluster, Programs } from "./fakes.ts";

const context = "kind-todo-chatbot";
const target = { kind: "kind", context } as const;
const namespace = "todo-chatbot-namespace";

/** Helm's Secret of a revision. */
function revision(version: number, backend: string, status = "superseded", schemaVersion?: number) {
  const image = (app: string, tag: string) => ({
    image: { repository: `todo-chatbot-${app}`, tag, digest: "" },
  });
  const record = {
    ...{ manifest: "", namespace, version },
    info: { status, last_deployed: `2026-11-2${version}T17:00:00.123456789Z` },
    config: {
      ...(schemaVersion !== undefined && { schemaVersion }),
      backend: image("backend", backend),
      frontend: image("frontend", "f1"),
    },
  };
  const packed = gzipSync(JSON.stringify(record)).toString("base64");
  return {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: `v${version}` } },
    data: { release: Buffer.from(packed).toString("base64") },
  };
}

const build: Build = {
  ...{ revision: 3, deployedAt: "2026-11-23T17:00:00.000Z", isCurrent: false, schemaVersion: 12 },
  images: { backend: "todo-chatbot-backend:b1", frontend: "todo-chatbot-frontend:f1" },
};
const there = { backend: true, frontend: true };
const schema: DatabaseSchema = {
  ...{ version: 14, oldestBuild: 13, since: "2026-11-24T03:00:01.500Z" },
  backups: [
    "todo-20261125T030000Z.dump",
    "todo-20261124T030000Z.dump",
    "todo-20261123T030000Z.dump",
  ],
};

describe("the builds to go back to", () => {
  it("are those of Helm's revisions that became ready, each once", () => {
    const secrets = [
      revision(1, "b1"),
      revision(2, "b2", "failed"),
      revision(3, "b1", "superseded", 12),
      revision(4, "b3", "deployed", 13),
    ];
    assert.deepEqual(
      buildsIn(secrets).map(({ revision: number, images, schemaVersion, isCurrent }) => [
        ...[number, images.backend, schemaVersion, isCurrent],
      ]),
      [
        [4, "todo-chatbot-backend:b3", 13, true],
        [3, "todo-chatbot-backend:b1", 12, false],
      ],
    );
  });

  it("are safe if they know what the schema needs, and all are while it only grew", () => {
    assert.deepEqual(judge({ ...build, schemaVersion: 13 }, schema, there), { kind: "safe" });
    const grown = { version: 14, oldestBuild: 0, backups: [] };
    assert.deepEqual(judge({ ...build, schemaVersion: undefined }, grown, there), { kind: "safe" });
  });

  it("need the newest backup from before the schema became too new", () => {
    const backup = "todo-20261124T030000Z.dump";
    const needed = { kind: "needs backup", since: schema.since, backup };
    assert.deepEqual(judge(build, schema, there), needed);
    assert.deepEqual(judge({ ...build, schemaVersion: undefined }, schema, there), needed);
    assert.equal(backupOfThen({ ...schema, since: "2026-11-01T00:00:00Z" }), undefined);
  });

  it("are gone with one of their images, and unsure while nobody can tell", () => {
    const gone = { kind: "gone", image: "todo-chatbot-frontend:f1" };
    assert.deepEqual(judge(build, schema, { backend: true, frontend: false }), gone);
    assert.equal(judge(build, undefined, there).kind, "unsure");
    const unknown = { backend: undefined, frontend: true };
    assert.equal(judge({ ...build, schemaVersion: 13 }, schema, unknown).kind, "unsure");
  });

  it("have images in Docker or on every node", async () => {
    using cluster = new FakeCluster(["node-1", "node-2"]);
    cluster.addLocal("in-docker:1", { config: digest("aa") });
    cluster.addToNode("node-1", "on-one:1", digest("bb"));
    for (const node of ["node-1", "node-2"]) cluster.addToNode(node, "on-both:1", digest("cc"));
    const found = await Promise.all(
      ["in-docker:1", "on-one:1", "on-both:1"].map((image) => isPresent(target, image)),
    );
    assert.deepEqual(found, [true, false, true]);
  });

  it("have images in the registry of a remote cluster, which may not tell", async () => {
    const asks = async (answer: string) => {
      using _programs = new Programs({ docker: answer });
      return await isPresent({ kind: "remote", context }, "registry.example.org/backend:1");
    };
    assert.equal(await asks(`echo '{"config":{}}'`), true);
    assert.equal(await asks("echo 'ERROR: backend:1: not found' >&2; exit 1"), false);
    assert.equal(await asks("echo '401 Unauthorized' >&2; exit 1"), undefined);
  });
});

describe("the schema version of a build", () => {
  it("is that of the newest migration", () => {
    assert.equal(builtSchemaVersion({ mode: "build" }), migrations.at(-1)?.version);
    assert.equal(builtSchemaVersion({ mode: "prebuilt" }), undefined);
  });

  it("is a label of the image, in Docker or in its registry", async () => {
    const asked = async (answer: string) => {
      using _programs = new Programs({ docker: answer });
      return await schemaVersionOf("registry.example.org/backend:1");
    };
    const labels = '{"todo-chatbot.schema-version":"13"}';
    assert.equal(await asked("echo 12"), 12);
    assert.equal(await asked("echo '<no value>'"), undefined);
    const inRegistry = (image: string) =>
      `[ "$1" = image ] && exit 1; [ "$2" = imagetools ] && echo '${image}'`;
    assert.equal(await asked(inRegistry(`{"config":{"Labels":${labels}}}`)), 13);
    const index = `{"linux/amd64":{"config":{"Labels":${labels}}}}`;
    assert.equal(await asked(inRegistry(index)), 13);
    assert.equal(await asked("exit 1"), undefined);
  });
});

describe("an update to an older build", () => {
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments/backend-deployment`;
  const deployed = (version?: string) => ({
    [deployments]: {
      metadata: { annotations: version && { "todo-chatbot/schema-version": version } },
      spec: { template: { spec: { containers: [{ name: "backend", image: "backend:1" }] } } },
    },
  });

  /** Whether the database was asked, and what the check says. */
  async function checked(objects: Readonly<Record<string, unknown>>, wanted: number, image = "") {
    await using server = await ApiServer.start({ objects });
    using _kubeconfig = new Kubeconfig({ [context]: server.url });
    let isAsked = false;
    const ask = () => {
      isAsked = true;
      return Promise.resolve(schema);
    };
    const backend = { image, schemaVersion: () => wanted };
    const words = await ensureSchema(context, namespace, backend, "dev", ask).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    return [isAsked, words] as const;
  }

  it("is refused if the database's schema is too new for it", async () => {
    assert.deepEqual(await checked(deployed("14"), 12), [
      true,
      "Nothing was changed.\nThe database has schema version 14, which works with builds that know version 13 or newer, but the backend to be deployed knows 12. Deploy a newer build (npm start with newer sources), or first restore a backup from before 2026-11-24T03:00:01.500Z: the newest is todo-20261124T030000Z.dump (docs/production.md, 7).",
    ]);
    assert.deepEqual(await checked(deployed("14"), 13), [true, ""]);
  });

  it("asks the database only if what is deployed may know more", async () => {
    assert.deepEqual(await checked(deployed("12"), 12), [false, ""]);
    assert.deepEqual(await checked({}, 12), [false, ""]);
    assert.deepEqual(await checked(deployed(), 12, "backend:1"), [false, ""]);
    assert.equal((await checked(deployed(), 12, "backend:2"))[0], true);
  });

  it("asks no registry for the version of the image that is deployed", async () => {
    await using server = await ApiServer.start({ objects: deployed("12") });
    using _kubeconfig = new Kubeconfig({ [context]: server.url });
    const schemaVersion = () => assert.fail("the registry was asked");
    await ensureSchema(context, namespace, { image: "backend:1", schemaVersion }, "dev");
  });
});

describe("rollback", function () {
  this.timeout(60_000);

  it("takes a revision", async () => {
    const { code, output } = await command("rollback", ["--to", "newest"]);
    assert.match(output, /It must be a whole number from 1/);
    assert.equal(code, 2);
  });
});
