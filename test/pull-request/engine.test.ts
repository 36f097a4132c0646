import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import type { Manifest } from "../../lib/manifest.ts";
import { annotations as marks } from "../../lib/ownership.ts";
import { mask } from "../../render/mask.ts";
import { isObject, objectOf } from "../../render/stack-manifests.ts";
import type { Plan } from "../../cli/preview/plan.ts";
import { planStack } from "../../cli/preview/plan.ts";
import type { ProgramResource } from "../../render/program.ts";
import { programResources } from "../../render/program.ts";
import { committedStacks } from "../../cli/stacks.ts";
import { project } from "../../lib/project.ts";
import { Folder } from "../unit/folder.ts";
import type { Step } from "./plan-steps.ts";
import { nameOf, releaseType, stateAfter, stepsOf } from "./plan-steps.ts";
import { skipWithout } from "../required-tools.ts";
import { Tree } from "./tree.ts";

const stacks = await committedStacks();

describe("A preview by the real engine, with neither cluster nor Docker", function () {
  this.timeout(180_000);
  const dockerHost = process.env["DOCKER_HOST"];

  before(async function () {
    await skipWithout(this, "pulumi", "helm");
    process.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
  });
  after(() => {
    if (dockerHost === undefined) delete process.env["DOCKER_HOST"];
    else process.env["DOCKER_HOST"] = dockerHost;
  });

  for (const stack of stacks) {
    describe(`of stack ${stack}`, () => {
      let plan: Plan;
      before(async () => {
        plan = await planStack(project, stack, { args: ["--json"] });
      });

      it("ends well, with the policies, within a minute", () => {
        assert.equal(plan.code, 0, plan.stdout + plan.stderr);
        assert.ok(plan.milliseconds < 60_000, `${plan.milliseconds} ms`);
        console.log(`      took ${(plan.milliseconds / 1000).toFixed(1)} s`);
      });

      it("registers what todo preview renders and checks", async () => {
        const engine = stepsOf(plan)
          .filter(({ newState }) => isCompared(newState.type))
          .map(ofStep);
        const rendered = (await programResources(project, stack))
          .filter(({ type }) => isCompared(type))
          .map(ofResource);

        assert.ok(engine.length > 15, `${engine.length} resources`);
        assert.deepEqual(inOrder(rendered), inOrder(engine));
      });
    });
  }

  it("shows of a stack that is up what an update would change, and nothing else", async () => {
    const before = await planStack(project, "dev", { args: ["--json"] });
    assert.equal(before.code, 0, before.stdout + before.stderr);
    using tree = new Tree();
    tree.edit("images/backend/src/server.ts", "\n", "// Another build.\n\n");

    const plan = await planStack(tree.path, "dev", {
      args: ["--json"],
      state: stateAfter(stepsOf(before)),
    });

    assert.equal(plan.code, 0, plan.stdout + plan.stderr);
    const changed = stepsOf(plan).filter(
      ({ op, urn }) => op !== "same" && !urn.includes("kubernetes:core/v1:Secret::"),
    );
    assert.deepEqual(changed.map(({ op, urn }) => `${op} ${nameOf(urn)}`).sort(), [
      "create release",
      "update images-backend",
      "update images-backend-delivery",
    ]);
  });

  it("needs no key of a stack whose settings are encrypted", async () => {
    using tree = new Tree();
    tree.edit(
      "Pulumi.local.yaml",
      "config:",
      `secretsprovider: awskms://alias/not-ours
encryptedkey: not-ours
config:
  todo-chatbot:database: { mode: external, url: { secure: v1:abc:def } }
  todo-chatbot:openai: { apiKey: { secure: v1:ghi:jkl } }`,
    );

    const { code, stdout, stderr } = await planStack(tree.path, "local");

    assert.equal(code, 0, stdout + stderr);
    assert.doesNotMatch(stdout, /database\.invalid|encrypted-/);
  });

  it("turns red when the chart breaks a policy", async () => {
    using tree = new Tree();
    tree.edit(
      "charts/todo-chatbot/templates/_pod.tpl",
      "readOnlyRootFilesystem: true",
      "readOnlyRootFilesystem: false",
    );

    const { code, stdout } = await planStack(tree.path, "dev");

    assert.notEqual(code, 0);
    assert.match(stdout, /\[mandatory\]\s+read-only-root/);
    assert.match(
      stdout,
      /Deployment\/backend-deployment: container backend has a writable root file system/,
    );
  });

  it("says what no policy can see yet, and goes on", async () => {
    using tree = new Tree();
    tree.edit(
      "components/release/values.ts",
      "enabled: network.policies,",
      "enabled: pulumi.output(args.secretsRevision).apply(() => true),",
    );

    const { code, stdout } = await planStack(tree.path, "dev");

    assert.equal(code, 0, stdout);
    assert.match(stdout, /\[advisory\]\s+restricted-pods[\s\S]*can't be known during preview/);
  });

  it("goes on when the API server swallows what it is sent", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      using folder = new Folder({ kubeconfig: kubeconfig(`https://127.0.0.1:${port}`) });
      const { code, stdout, milliseconds } = await planStack(project, "dev", {
        kubeconfig: folder.at("kubeconfig"),
      });

      assert.equal(code, 0, stdout);
      assert.match(stdout, /does not answer: no answer within 5 s/);
      assert.ok(milliseconds < 60_000, `${milliseconds} ms`);
    } finally {
      server.close();
    }
  });
});

/** A kubeconfig whose context is that of stack dev. */
function kubeconfig(server: string): string {
  const name = "kind-todo-chatbot";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name, user: { token: "none" } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

/** What a Kubernetes resource is made of. */
const isCompared = (type: string) => /^(kubernetes|random):/.test(type);

function ofStep({ urn, newState }: Step) {
  const { type, provider = "", protect = false, inputs = {} } = newState;
  return comparable({
    type,
    name: nameOf(urn),
    provider: provider.includes("::default_") ? "" : (provider.split("::").at(-2) ?? ""),
    protect,
    inputs,
  });
}

const ofResource = ({ type, name, provider, protect, inputs }: ProgramResource) =>
  comparable({ type, name, provider, protect, inputs });

type Comparable = Pick<ProgramResource, "type" | "name" | "provider" | "protect" | "inputs">;

function comparable(resource: Comparable): object {
  const { type, name, provider, protect, inputs } = resource;
  const facts = { type, name, provider, protect };
  if (type === releaseType) {
    // The provider fills in its defaults; and what secrets come to is not known before an update.
    const known = (key: string, value: unknown) => (key === "secretsRevision" ? undefined : value);
    const values: unknown = JSON.parse(JSON.stringify(inputs["values"], known));
    const { chart, atomic, timeout, maxHistory, cleanupOnFail, namespace } = inputs;
    return { ...facts, values, chart, atomic, timeout, maxHistory, cleanupOnFail, namespace };
  }
  if (!isObject(resource)) return { ...facts, inputs };
  // A Secret's texts reach the engine's answer as one mask, and in either of two fields.
  const { data, stringData, ...object } = withoutRevision(mask(objectOf(resource), []));
  return { ...facts, object: { ...object, ...(object.kind !== "Secret" && { data, stringData }) } };
}

/** Alertmanager's pods roll by a hash of a secret, and a namespace's owner is made up by each preview. */
function withoutRevision(object: Manifest): Manifest {
  if (object.kind === "Namespace") {
    const {
      [marks.owner]: _,
      [marks.ownedBy]: __,
      ...annotations
    } = object.metadata.annotations ?? {};
    return { ...object, metadata: { ...object.metadata, annotations } };
  }
  return object.metadata.name !== "alertmanager-deployment"
    ? object
    : (JSON.parse(JSON.stringify(object).replace(/"checksum\/config":"[^"]*"/, "")) as Manifest);
}

const inOrder = (all: object[]) =>
  all
    .map((each) => JSON.parse(JSON.stringify(each)) as { type: string; name: string })
    .toSorted((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
