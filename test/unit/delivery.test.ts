import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { basename } from "node:path";

import type { DeliveryInputs, DeliveryOutputs } from "../../components/providers/delivery.ts";
import { create, diff, update } from "../../components/providers/delivery.ts";
import { digest, FakeCluster, Programs } from "./fakes.ts";
import { Folder } from "./folder.ts";

const kind = { kind: "kind", context: "kind-todo-chatbot" } as const;
const minikube = { kind: "minikube", context: "laptop" } as const;
const remote = { kind: "remote", context: "production" } as const;

const image = "todo-chatbot-backend:3f9c1a7be204";
const inputs: DeliveryInputs = { target: kind, image, pullable: false, keep: 0 };
const facts = { size: 1234, created: "2026-11-22T08:00:00.500Z" };

const aa = digest("aa");
const bb = digest("bb");

/** Names of the kind nodes that an archive was imported on, in order. */
const imports = ({ calls }: FakeCluster) =>
  calls.flatMap((call) => /^docker exec --interactive (\S+) ctr .* import /.exec(call)?.[1] ?? []);

describe("the delivery of an image", () => {
  it("puts it on the node, and says what it is", async () => {
    using cluster = new FakeCluster();
    cluster.addLocal(image, { config: aa });

    assert.deepEqual(await create(inputs), {
      id: image,
      outs: { ...inputs, configDigest: aa, imageId: aa, ...facts },
    });
    assert.deepEqual(cluster.onNode("node-1"), [image]);
  });

  it("leaves no archive behind", async () => {
    using cluster = new FakeCluster();
    cluster.addLocal(image, { config: aa });
    await create(inputs);

    assert.equal(cluster.archives.length, 1);
    for (const archive of cluster.archives) assert.ok(!existsSync(archive));
  });

  it("does nothing where every node has that very image", async () => {
    using cluster = new FakeCluster(["node-1", "node-2"]);
    cluster.addLocal(image, { config: aa });
    for (const node of ["node-1", "node-2"]) cluster.addToNode(node, image, aa);

    const { outs } = await create(inputs);
    assert.equal(outs.configDigest, aa);
    assert.deepEqual([imports(cluster), cluster.archives], [[], []]);
  });

  it("fills the nodes that lack it, and no other", async () => {
    using cluster = new FakeCluster(["node-1", "node-2", "node-3"]);
    cluster.addLocal(image, { config: aa });
    cluster.addToNode("node-1", image, aa);
    cluster.addToNode("node-2", image, bb);
    await update("", { ...inputs, configDigest: bb, imageId: bb, ...facts }, inputs);

    assert.deepEqual(imports(cluster), ["node-2", "node-3"]);
    assert.equal(cluster.archives.length, 1);
  });

  it("passes over the load balancer of a cluster with several control planes", async () => {
    using cluster = new FakeCluster();
    cluster.setNodes("node-1 control-plane", "balancer external-load-balancer", "node-2 worker");
    cluster.addLocal(image, { config: aa });
    await create(inputs);

    assert.deepEqual(imports(cluster), ["node-1", "node-2"]);
  });

  it("knows the image on a node by its configuration where Docker's id is another", async () => {
    using cluster = new FakeCluster();
    cluster.addLocal(image, { id: bb, config: aa });
    cluster.addToNode("node-1", image, aa);

    const { outs } = await create(inputs);
    assert.deepEqual([outs.configDigest, outs.imageId], [aa, bb]);
    assert.deepEqual(imports(cluster), []);
  });

  it("fails when the node has another image after the import", async () => {
    using cluster = new FakeCluster();
    cluster.addLocal(image, { config: aa });
    cluster.write("import-as", bb);

    await assert.rejects(create(inputs), {
      message: `Node node-1 has ${bb} under ${image} after the import, not ${aa}. Remove that image from the node (crictl rmi ${image}), then try again.`,
    });
    for (const archive of cluster.archives) assert.ok(!existsSync(archive));
  });

  it("fails when an image that was built is gone from Docker", async () => {
    using cluster = new FakeCluster();

    await assert.rejects(create(inputs), {
      message: `${image} is gone from the local Docker, so it can't be delivered. Build it again: pulumi up --replace with the URN of its docker Image (pulumi stack --show-urns), or npm start.`,
    });
    assert.deepEqual(cluster.onNode("node-1"), []);
  });

  it("leaves an image that Docker has not to the nodes, when they can pull it", async () => {
    using cluster = new FakeCluster();
    const pullable = { ...inputs, pullable: true };

    assert.deepEqual((await create(pullable)).outs, {
      ...pullable,
      configDigest: "",
      imageId: "",
      size: 0,
      created: "",
    });
    assert.deepEqual([imports(cluster), cluster.archives], [[], []]);
  });

  it("builds and pushes an image for several platforms, and knows it by its index", async () => {
    using folder = new Folder({ calls: "" });
    using _programs = new Programs({
      docker: `echo "$*" >>'${folder.at("calls")}'
        while [ "$1" != --metadata-file ]; do shift; done
        echo '{"containerimage.digest":"${aa}"}' >"$2"`,
    });
    const build = {
      platforms: ["linux/amd64", "linux/arm64"],
      context: "./images/backend",
      args: { NODE_IMAGE: "node:24" },
    };
    const pushed = { ...inputs, target: remote, pullable: true, build };

    const { outs } = await create(pushed);
    assert.deepEqual([outs.imageId, outs.configDigest, outs.size], [aa, "", 0]);
    assert.match(
      folder.read("calls"),
      new RegExp(
        `^buildx build --platform linux/amd64,linux/arm64 --build-arg NODE_IMAGE=node:24 --build-arg SOURCE_DATE_EPOCH=0 --output type=image,push=true,rewrite-timestamp=true --provenance=false --tag ${image} --metadata-file \\S+ ./images/backend\n$`,
      ),
    );
    assert.deepEqual(await diff(image, outs, pushed), { changes: false });
    const edited = { ...pushed, image: `${image}5` };
    assert.deepEqual(await diff(image, outs, edited), { changes: true });
  });

  it("fails with the end of a build's output, which says why", async () => {
    using _programs = new Programs({ docker: "echo 'ERROR: no builder' >&2; exit 1" });
    const build = { platforms: ["linux/amd64", "linux/arm64"], context: ".", args: {} };
    await assert.rejects(create({ ...inputs, target: remote, build }), /ERROR: no builder$/);
  });

  it("fails when the cluster has no running node", async () => {
    using cluster = new FakeCluster([]);
    cluster.addLocal(image, { config: aa });

    await assert.rejects(create(inputs), {
      message:
        "The kind cluster todo-chatbot has no running node. Start it, or create it: kind create cluster --name todo-chatbot",
    });
  });

  it("says what was built for a remote cluster, and asks no node", async () => {
    using cluster = new FakeCluster();
    cluster.addLocal(image, { config: aa });

    const { outs } = await create({ ...inputs, target: remote });
    assert.deepEqual(outs, {
      ...inputs,
      target: remote,
      configDigest: aa,
      imageId: aa,
      ...facts,
    });
    assert.deepEqual(
      cluster.calls.filter((call) => !call.startsWith("docker image ")),
      [],
    );
  });
});

describe("the delivery of an image to minikube", () => {
  const ask = (command: string) => `minikube --profile laptop ${command}`;

  it("loads once for all nodes, and leaves no copy of the archive on any", async () => {
    using cluster = new FakeCluster(["laptop", "laptop-m02"]);
    cluster.addLocal(image, { config: aa });
    await create({ ...inputs, target: minikube });

    // minikube keeps a copy of an archive by its name on every node, and would mix two of one name.
    const archive = basename(cluster.archives[0]!);
    assert.equal(archive, "todo-chatbot-backend_3f9c1a7be204.tar");
    for (const node of ["laptop", "laptop-m02"]) {
      assert.deepEqual(cluster.onNode(node), [image]);
      const copy = `/var/lib/minikube/images/${archive}`;
      assert.ok(cluster.calls.includes(ask(`ssh --node ${node} -- sudo rm -f ${copy}`)));
    }
    const loads = cluster.calls.filter((call) => call.startsWith(ask("image load ")));
    assert.equal(loads.length, 1);
  });

  for (const [runtime, prefix] of [
    ["containerd", "docker.io/library/"],
    ["docker", ""],
  ] as const) {
    it(`removes old builds by minikube's own command, with ${runtime} as runtime`, async () => {
      using cluster = new FakeCluster(["laptop"]);
      if (runtime === "docker") cluster.write("docker-runtime", "");
      cluster.addLocal(image, { config: aa });
      for (const ref of [image, "todo-chatbot-backend:old"]) cluster.addToNode("laptop", ref, aa);
      await create({ ...inputs, target: minikube, keep: 1 });

      assert.deepEqual(cluster.onNode("laptop"), [image]);
      assert.ok(cluster.calls.includes(ask(`image rm ${prefix}todo-chatbot-backend:old`)));
    });
  }
});

describe("the builds that stay", () => {
  const build = (tag: string) => `todo-chatbot-backend:${tag}`;
  const others = ["postgres:17", "todo-chatbot-frontend:1", "team/todo-chatbot-backend:1"];

  /** Builds 1 to 4, the newest last, and images of others, in Docker and on both nodes. */
  function fourBuilds(): FakeCluster {
    const cluster = new FakeCluster(["node-1", "node-2"]);
    for (const [index, ref] of [...["1", "2", "3", "4"].map(build), ...others].entries()) {
      cluster.addLocal(ref, {
        config: digest(`${index}`),
        created: `2026-11-0${index + 1}T00:00:00Z`,
      });
      for (const node of ["node-1", "node-2"]) cluster.addToNode(node, ref, digest(`${index}`));
    }
    return cluster;
  }

  it("are the newest, in Docker and on every node", async () => {
    using cluster = fourBuilds();
    await create({ ...inputs, image: build("4"), keep: 2 });

    const left = [build("3"), build("4"), ...others].sort();
    assert.deepEqual(cluster.local, left);
    assert.deepEqual(cluster.onNode("node-1"), left);
    assert.deepEqual(cluster.onNode("node-2"), left);
  });

  it("are all of them when none is to go", async () => {
    using cluster = fourBuilds();
    await create({ ...inputs, image: build("4"), keep: 0 });

    assert.equal(cluster.local.length, 7);
    assert.equal(cluster.onNode("node-1").length, 7);
  });

  it("include in Docker what a container uses", async () => {
    using cluster = fourBuilds();
    cluster.addLocal(build("1"), {
      config: digest("0"),
      created: "2026-11-01T00:00:00Z",
      inUse: true,
    });
    await create({ ...inputs, image: build("4"), keep: 2 });

    assert.deepEqual(cluster.local, [build("1"), build("3"), build("4"), ...others].sort());
  });

  it("include the one that is delivered, however old it is", async () => {
    using cluster = fourBuilds();
    await create({ ...inputs, image: build("1"), keep: 2 });

    for (const there of [cluster.local, cluster.onNode("node-1")]) {
      assert.ok(there.includes(build("1")), there.join(" "));
    }
  });

  it("include the one that it replaces, to go back to it, however old it is", async () => {
    using cluster = fourBuilds();
    const old = { ...(await create({ ...inputs, image: build("1") })).outs };
    await update(build("1"), old, { ...inputs, image: build("4"), keep: 2 });

    const left = [build("1"), build("4"), ...others].sort();
    assert.deepEqual(cluster.local, left);
    assert.deepEqual(cluster.onNode("node-1"), left);
  });

  it("are counted in a registry's name with a port too", async () => {
    using cluster = new FakeCluster();
    const repository = "registry.example.org:5000/team/todo-chatbot-backend";
    for (const tag of ["1", "2"]) {
      cluster.addLocal(`${repository}:${tag}`, {
        config: aa,
        created: `2026-11-0${tag}T00:00:00Z`,
      });
    }
    await create({ ...inputs, target: remote, image: `${repository}:2`, keep: 1 });

    assert.deepEqual(cluster.local, [`${repository}:2`]);
  });
});

describe("whether an image has to be delivered", () => {
  const delivered: DeliveryOutputs = { ...inputs, configDigest: aa, imageId: aa, ...facts };
  const pulled: DeliveryOutputs = {
    ...inputs,
    pullable: true,
    configDigest: "",
    imageId: "",
    size: 0,
    created: "",
  };

  /** Two nodes that have what was delivered. */
  function filled(): FakeCluster {
    const cluster = new FakeCluster(["node-1", "node-2"]);
    for (const node of ["node-1", "node-2"]) cluster.addToNode(node, image, aa);
    return cluster;
  }

  it("is no while every node has it, without a look at Docker's images", async () => {
    using cluster = filled();

    assert.deepEqual(await diff(image, delivered, inputs), { changes: false });
    assert.ok(!cluster.calls.some((call) => /^docker (image|save) /.test(call)));
  });

  const changes: readonly (readonly [what: string, now: Partial<DeliveryInputs>])[] = [
    ["another image is wanted", { image: "todo-chatbot-backend:a1b2c3d4e5f6" }],
    ["another number of builds is kept", { keep: 5 }],
    ["the nodes may pull it", { pullable: true }],
    ["it is for another context", { target: { ...kind, context: "kind-other" } }],
    ["it is for another kind of cluster", { target: { ...minikube, context: kind.context } }],
  ];
  for (const [what, now] of changes) {
    it(`is yes when ${what}`, async () => {
      using cluster = filled();

      assert.deepEqual(await diff(image, delivered, { ...inputs, ...now }), { changes: true });
      assert.deepEqual(cluster.calls, []);
    });
  }

  it("is yes when a node was recreated or added, or has another image by now", async () => {
    using cluster = filled();
    cluster.setNodes("node-1 control-plane", "node-2 worker", "node-3 worker");
    assert.deepEqual(await diff(image, delivered, inputs), { changes: true });

    cluster.addToNode("node-3", image, aa);
    assert.deepEqual(await diff(image, delivered, inputs), { changes: false });

    cluster.addToNode("node-2", image, bb);
    assert.deepEqual(await diff(image, delivered, inputs), { changes: true });
  });

  it("is yes when the nodes can't be asked, so that the update says why", async () => {
    using programs = new Programs({ docker: "echo 'no daemon' >&2; exit 1" });

    assert.ok(existsSync(programs.at("docker")));
    assert.deepEqual(await diff(image, delivered, inputs), { changes: true });
  });

  it("is no in a preview that can't look at the nodes, unless something else is wanted", async () => {
    using programs = new Programs({ docker: "echo 'no daemon' >&2; exit 1" });
    const blind = { ...inputs, isBlind: true };

    assert.ok(existsSync(programs.at("docker")));
    assert.deepEqual(await diff(image, delivered, blind), { changes: false });
    assert.deepEqual(await diff(image, delivered, { ...blind, keep: 5 }), { changes: true });
  });

  it("is no for what the nodes pull, until Docker has it", async () => {
    using cluster = filled();
    const now = { ...inputs, pullable: true };
    assert.deepEqual(await diff(image, pulled, now), { changes: false });

    cluster.addLocal(image, { config: aa });
    assert.deepEqual(await diff(image, pulled, now), { changes: true });
  });

  it("is no for a remote cluster, whose nodes pull", async () => {
    using cluster = filled();
    const now = { ...inputs, target: remote };

    assert.deepEqual(await diff(image, { ...delivered, target: remote }, now), { changes: false });
    assert.deepEqual(cluster.calls, []);
  });
});
