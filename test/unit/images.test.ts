import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";

import type { AppImagesArgs } from "../../components/images/images.ts";
import { AppImages } from "../../components/images/images.ts";
import { contentTag } from "../../components/images/content-tag.ts";
import { Programs } from "./fakes.ts";
import { all, inputsWithout, only, registered, settle, startEngine, valueOf } from "./engine.ts";

const imageType = "docker:index/image:Image";
const deliveryType = "pulumi-nodejs:dynamic/index:ImageDelivery";
const digest = `sha256:${"0a".repeat(32)}`;
const kind = { kind: "kind", context: "kind-todo-chatbot" } as const;
const minikube = { kind: "minikube", context: "minikube" } as const;
const remote = { kind: "remote", context: "production" } as const;

const usual: AppImagesArgs = {
  target: kind,
  mode: "build",
  docker: "present",
  isConnected: true,
  deliverAfter: Promise.resolve(),
  node: "node:24",
  postgres: "postgres:17",
  prometheus: "prometheus:3",
  alertmanager: "alertmanager:0",
  platforms: ["linux/amd64"],
  keep: 3,
  scan: { mode: "report", failOn: "high", onlyFixed: false, accept: [] },
  thirdParty: {},
};

/** Registers the images, and waits until all of them are. */
async function images(args: Partial<AppImagesArgs> = {}): Promise<AppImages> {
  const made = new AppImages("images", { ...usual, ...args } as AppImagesArgs);
  await settle();
  return made;
}

const tagOf = (app: string, node = "node:24", platform = "linux/amd64") =>
  contentTag(`images/${app}`, { NODE_IMAGE: node, platform });

/** Inputs of a delivery, without its stored provider. */
function deliveryOf(part: string): unknown {
  return inputsWithout(only(deliveryType, `images-${part}-delivery`), "__provider");
}

describe("AppImages", () => {
  beforeEach(() => startEngine());

  for (const app of ["backend", "frontend"] as const) {
    it(`builds the ${app} with a content tag, from the configured Node image`, async () => {
      await images();

      const { imageName, build } = only(imageType, `images-${app}`).inputs;
      assert.equal(imageName, `todo-chatbot-${app}:${tagOf(app)}`);
      assert.deepEqual((build as { args: object }).args, { NODE_IMAGE: "node:24" });
    });

    it(`puts the ${app} on the nodes once it is built, and refers to it then`, async () => {
      const { references } = await images();
      const tag = tagOf(app);

      const { inputs, dependsOn } = only(deliveryType, `images-${app}-delivery`);
      assert.equal(inputs["image"], `todo-chatbot-${app}:${tag}`);
      assert.deepEqual(dependsOn, [`images-${app}`]);
      assert.deepEqual(await valueOf(references[app]), {
        repository: `todo-chatbot-${app}`,
        tag,
        digest: "",
      });
    });

    it(`tells the facts about the ${app}, and claims no scan without Grype`, async () => {
      using _programs = new Programs();
      const { facts, scans } = await images();
      const tag = tagOf(app);

      assert.deepEqual(await valueOf(facts[app]), {
        id: "sha256:1d1d",
        name: `todo-chatbot-${app}:${tag}`,
        tag,
        size: 180_000_000,
        buildDate: "2026-11-22T08:00:00.000Z",
        securityScanStatus: "not-scanned",
      });
      assert.deepEqual(await valueOf(scans[app]!), {
        image: `todo-chatbot-${app}:${tag}`,
        status: "not-scanned",
        reason: "Grype is not installed: npm run todo -- scan downloads it.",
        counts: { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 },
        scannedAt: "",
        database: "",
      });
    });
  }

  it("builds at once, but delivers nothing before it may", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const made = new AppImages("images", { ...usual, deliverAfter: promise });
    while (all(imageType).length < 2) await nextTurn();
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    assert.deepEqual(all(deliveryType), []);

    resolve(undefined);
    await settle();
    assert.equal(all(deliveryType).length, 2);
    assert.equal((await valueOf(made.references.backend)).tag, tagOf("backend"));
  });

  it("delivers nothing in mode enforce until all images have passed, and never in a refused update", async () => {
    using _programs = new Programs();
    const made = new AppImages("images", {
      ...usual,
      scan: { ...usual.scan, mode: "enforce" },
      thirdParty: { postgres: "postgres:17" },
    });

    await assert.rejects(made.accepted, /postgres:17: not-scanned/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(all(deliveryType), []);
    assert.equal(all(imageType).length, 2);
  });

  it("refuses nothing in a preview, and scans nothing in mode off", async () => {
    using _programs = new Programs();
    await startEngine({ preview: true });
    const { accepted } = await images({ scan: { ...usual.scan, mode: "enforce" } });
    await accepted;
    assert.equal(all(deliveryType).length, 2);

    const { scans } = await images({ scan: { ...usual.scan, mode: "off" } });
    assert.equal((await valueOf(scans["frontend"]!)).reason, "images.scan.mode is off.");
  });

  it("gives another tag for another base image and another platform", () => {
    const tags = [
      tagOf("backend"),
      tagOf("backend", "node:24.1"),
      tagOf("backend", "node:24", "linux/arm64"),
    ];

    assert.equal(new Set(tags).size, 3);
  });

  it("builds for this machine's platform by default", async () => {
    await images({ platforms: undefined });

    const { build, imageName } = only(imageType, "images-backend").inputs;
    const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
    assert.equal((build as { platform: string }).platform, platform);
    assert.equal(imageName, `todo-chatbot-backend:${tagOf("backend", "node:24", platform)}`);
  });

  it("pushes to the registry that a remote cluster pulls from, by digest", async () => {
    const registry = "registry.example.org:5000/team";
    const { references } = await images({ target: remote, registry });

    const { imageName, skipPush } = only(imageType, "images-backend").inputs;
    assert.equal(imageName, `${registry}/todo-chatbot-backend:${tagOf("backend")}`);
    assert.equal(skipPush, false);
    assert.deepEqual(await valueOf(references.backend), {
      repository: `${registry}/todo-chatbot-backend`,
      tag: tagOf("backend"),
      digest: `sha256:${"4a5b".repeat(16)}`,
    });
  });

  it("builds for several platforms in one step, and refers to the index that it pushed", async () => {
    const registry = "registry.example.org/team";
    const { references, facts } = await images({
      ...{ target: remote, registry, platforms: ["linux/arm64", "linux/amd64"] },
    });
    const tag = tagOf("backend", "node:24", "linux/amd64,linux/arm64");
    const image = `${registry}/todo-chatbot-backend:${tag}`;

    assert.deepEqual(all(imageType), []);
    assert.deepEqual(deliveryOf("backend"), {
      ...{ target: remote, image, pullable: true, keep: 0 },
      build: {
        platforms: ["linux/amd64", "linux/arm64"],
        context: "./images/backend",
        args: { NODE_IMAGE: "node:24" },
      },
    });
    assert.deepEqual(await valueOf(references.backend), {
      ...{ repository: `${registry}/todo-chatbot-backend`, tag, digest: "sha256:1d1d" },
    });
    assert.equal((await valueOf(facts.backend)).id, "sha256:1d1d");
  });

  it("shows the same builds and deliveries in a preview without Docker, which nothing asks", async () => {
    await images({ thirdParty: { postgres: "postgres:17" } });
    const names = () =>
      registered
        .map(({ type, name }) => `${type} ${name}`)
        .filter((each) => !/provider/.test(each))
        .sort();
    const withDocker = names();
    await startEngine({ preview: true });
    const { references } = await images({
      docker: "expected",
      isConnected: false,
      thirdParty: { postgres: "postgres:17" },
    });

    assert.equal(withDocker.length, 6);
    assert.deepEqual(names(), withDocker);
    // The engine pings no host of this kind, and shows no provider of such a name.
    const provider = only("pulumi:providers:docker", "default_images_unconnected");
    assert.deepEqual(provider.inputs, { host: "ssh://unconnected" });
    for (const { provider } of all(imageType)) {
      assert.equal(provider, "default_images_unconnected");
    }
    for (const { inputs } of all(deliveryType)) assert.equal(inputs["isBlind"], true);
    assert.equal((await valueOf(references.backend)).tag, tagOf("backend"));
  });

  it("looks at no node in a preview with Docker that has no cluster", async () => {
    await images({ isConnected: false });

    assert.equal(only(deliveryType, "images-backend-delivery").inputs["isBlind"], true);
    assert.equal(only(imageType, "images-backend").provider, "");
  });

  it("neither builds nor delivers where Docker is neither there nor needed", async () => {
    const { references, facts } = await images({ docker: "absent" });

    assert.deepEqual(
      registered.map(({ type }) => type),
      ["todo-chatbot:index:AppImages"],
    );
    assert.equal((await valueOf(references.backend)).tag, tagOf("backend"));
    assert.deepEqual(await valueOf(facts.backend), {
      id: "",
      name: `todo-chatbot-backend:${tagOf("backend")}`,
      tag: tagOf("backend"),
      size: 0,
      buildDate: "",
      securityScanStatus: "not-scanned",
    });
  });

  it("builds nothing in mode prebuilt, and keeps every build", async () => {
    const { references } = await images({
      mode: "prebuilt",
      prebuilt: { backend: "team/backend:1.2", frontend: "team/frontend:1.3" },
    });

    assert.deepEqual(all(imageType), []);
    assert.deepEqual(deliveryOf("frontend"), {
      target: kind,
      image: "team/frontend:1.3",
      pullable: true,
      keep: 0,
    });
    assert.deepEqual(await valueOf(references.backend), {
      repository: "team/backend",
      tag: "1.2",
      digest: "",
    });
  });

  it("leaves prebuilt images with a digest to the nodes", async () => {
    const { references } = await images({
      mode: "prebuilt",
      prebuilt: { backend: `team/backend@${digest}`, frontend: "team/frontend:1.3" },
    });

    assert.equal(all(deliveryType).length, 1);
    assert.equal((await valueOf(references.backend)).digest, digest);
  });

  it("neither builds nor delivers in mode none", async () => {
    const { references } = await images({ mode: "none" });

    assert.deepEqual(
      registered.map(({ type }) => type),
      ["todo-chatbot:index:AppImages"],
    );
    assert.equal((await valueOf(references.frontend)).repository, "todo-chatbot-frontend");
  });

  for (const target of [kind, minikube]) {
    it(`delivers images from elsewhere to ${target.kind} by their tag`, async () => {
      const made = await images({ target, mode: "none", thirdParty: { postgres: "mirror/pg:17" } });

      assert.deepEqual(deliveryOf("postgres"), {
        target,
        image: "mirror/pg:17",
        pullable: true,
        keep: 0,
      });
      assert.deepEqual(made.thirdParty.length, 1);
    });
  }

  for (const [what, args] of [
    ["by digest", { thirdParty: { postgres: `postgres:17@${digest}` } }],
    ["to a remote cluster", { target: remote, thirdParty: { postgres: "postgres:17" } }],
    ["where no Docker is needed", { docker: "absent", thirdParty: { postgres: "postgres:17" } }],
  ] as const) {
    it(`leaves images from elsewhere to the nodes: ${what}`, async () => {
      const { thirdParty } = await images({ mode: "none", ...args });

      assert.deepEqual(thirdParty, []);
      assert.deepEqual(all(deliveryType), []);
    });
  }
});
