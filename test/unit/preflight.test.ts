import assert from "node:assert/strict";
import { mock } from "node:test";

import * as pulumi from "@pulumi/pulumi";

import type { ImagesSettings } from "../../components/images/images.schema.ts";
import type { NetworkSettings } from "../../components/release/network.schema.ts";
import {
  ensureArchive,
  ensureMesh,
  ensureNodePort,
  ensureCloudNativePg,
  ensureOperator,
  ensureScanner,
  keepClaim,
  preflight,
  survey,
} from "../../preflight.ts";
import { parseSettings } from "../../config/settings.ts";
import { ApiServer, claimIn, Kubeconfig } from "./apiServer.ts";
import { startEngine } from "./engine.ts";
import { FakeCluster, Programs, Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";
import { writeVulnerabilityDatabase } from "./vulnerability-database.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const remote = { kind: "remote", context: "kind-todo-chatbot" } as const;
const noDocker =
  "Docker is missing (no docker on PATH): install Docker Engine or Docker Desktop (https://docs.docker.com/get-started/get-docker/), then try again.";
const noContext = (file: string) =>
  `The kubeconfig has no contexts (${file}). Create the cluster (kind create cluster --name todo-chatbot), or set KUBECONFIG to the file that has your cluster.`;

describe("preflight checks", () => {
  it("find the cluster and Docker", async () => {
    await startEngine();
    using _cluster = new FakeCluster();
    await using server = await ApiServer.start({ uid: "5f7c" });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    assert.deepEqual(await survey(target, { mode: "build" }), {
      connection: { uid: "5f7c", nodeAddresses: [] },
      docker: "present",
    });
  });

  it("stop an update, and list everything that is missing", async () => {
    await startEngine();
    using _programs = new Programs();
    using kubeconfig = new Kubeconfig({});

    await assert.rejects(survey(target, { mode: "build" }), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      const missing = noContext(kubeconfig.at("config"));
      assert.equal(error.message, `Nothing was changed.\n${missing}\n${noDocker}`);
      return true;
    });
  });

  for (const [mode, where, needed] of [
    ["build", target, true],
    ["prebuilt", target, true],
    ["none", target, false],
    ["build", remote, true],
    ["prebuilt", remote, false],
    ["none", remote, false],
  ] as const) {
    it(`${needed ? "need" : "do not need"} Docker for images ${mode} on ${where.kind}`, async () => {
      await startEngine();
      using _programs = new Programs();
      await using server = await ApiServer.start();
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      if (needed) {
        await assert.rejects(survey(where, { mode }), {
          message: `Nothing was changed.\n${noDocker}`,
        });
      } else {
        assert.equal((await survey(where, { mode })).docker, "absent");
      }
    });
  }

  it("stop an update that images.scan guards where nothing can be scanned", async () => {
    const scan = { mode: "enforce", failOn: "high", onlyFixed: false, accept: [] } as const;
    using _programs = new Programs();
    await startEngine({ preview: true });
    await ensureScanner({ ...scan, accept: [] });
    await startEngine();
    await ensureScanner({ ...scan, mode: "report", accept: [] });

    await assert.rejects(ensureScanner({ ...scan, accept: [] }), {
      message:
        "Nothing was changed.\nimages.scan.mode is enforce. Grype is not installed: npm run todo -- scan downloads it.",
    });
  });

  it("stop an update that images.scan guards with an old vulnerability database", async () => {
    using folder = new Folder();
    using _variable = new Variable("GRYPE_DB_CACHE_DIR", folder.path);
    using _programs = new Programs({ grype: "exit 9" });
    writeVulnerabilityDatabase(folder.path, new Date("2026-11-20T08:00:00Z"), []);
    await startEngine();
    const settings = { mode: "enforce", failOn: "high", onlyFixed: false, accept: [] } as const;
    const on = (date: string) => ensureScanner({ ...settings, accept: [] }, new Date(date));

    await on("2026-11-24T08:00:00Z");
    await assert.rejects(on("2026-11-25T08:00:00Z"), /The vulnerability database is 5 days old/);
  });

  it("stop an update that would build on another engine than docker does", async () => {
    await startEngine();
    const colima = "unix:///home/user/.colima/default/docker.sock";
    using _host = new Variable("DOCKER_HOST", undefined);
    using _programs = new Programs({
      docker: `case "$1" in context) echo ${colima} ;; *) echo 28.0.0 ;; esac`,
    });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await assert.rejects(survey(target, { mode: "build" }), {
      message: `Nothing was changed.\nDocker's current context is at ${colima}, where Pulumi's Docker provider does not look: export DOCKER_HOST=${colima}, then try again. npm start sets it by itself.`,
    });
    assert.equal((await survey(target, { mode: "prebuilt" })).docker, "present");
  });

  it("stop an update for several platforms where docker buildx can't build them, and say why", async () => {
    await startEngine();
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    /** @param buildx what `docker buildx inspect` does */
    const refusal = async (buildx: string, store = "overlay2") => {
      using _programs = new Programs({
        docker: `case "$1" in buildx) ${buildx} ;; info) echo ${store} ;; *) echo 28.0.0 ;; esac`,
      });
      const platforms: NonNullable<ImagesSettings["platforms"]> = ["linux/amd64", "linux/arm64"];
      try {
        await survey(remote, { mode: "build", platforms });
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    const builder = (driver: string, platforms: string) =>
      `echo "Driver: ${driver}"; echo "Platforms: ${platforms}"`;

    assert.equal(
      await refusal("echo unknown command: docker buildx >&2; exit 1"),
      "Nothing was changed.\nimages.platforms has linux/amd64 and linux/arm64, which takes docker buildx, but: `docker buildx inspect --bootstrap` failed: unknown command: docker buildx. Install it (https://github.com/docker/buildx#installing), or name one platform only.",
    );
    assert.match(
      await refusal(builder("docker", "linux/amd64, linux/arm64")),
      /the current builder of docker buildx builds for one only\. Create another: docker buildx create --use$/,
    );
    assert.match(
      await refusal(builder("docker-container", "linux/amd64*, linux/386")),
      /the current builder of docker buildx can't build for linux\/arm64\. Let it run programs of that processor/,
    );
    for (const [driver, store] of [
      ["docker-container", "overlay2"],
      ["docker", "[[driver-type io.containerd.snapshotter.v1]]"],
    ] as const) {
      assert.equal(await refusal(builder(driver, "linux/amd64*, linux/arm64"), `'${store}'`), "");
    }
  });

  it("continue in a preview without either, and say so", async () => {
    await startEngine({ preview: true });
    using _programs = new Programs();
    using kubeconfig = new Kubeconfig({});
    const warn = mock.method(console, "warn", () => undefined);
    try {
      assert.deepEqual(await survey(target, { mode: "build" }), {
        connection: undefined,
        docker: "expected",
      });
      assert.deepEqual(
        warn.mock.calls.map(({ arguments: [text] }) => text as unknown),
        [
          `Continuing the preview without it: ${noContext(kubeconfig.at("config"))}`,
          `Continuing the preview without it: ${noDocker}`,
          "It shows changes by the program, and assumes that everything else is unchanged since the last update.",
        ].map((line) => `warning: [runtime] ${line}`),
      );
    } finally {
      warn.mock.restore();
    }
  });
});

describe("keepClaim", () => {
  const wanted = {
    claimName: "todo-chatbot-data",
    size: "1Gi",
    accessMode: "ReadWriteOnce",
    protect: false,
  } as const;

  for (const preview of [true, false]) {
    it(`refuses to lose data in ${preview ? "a preview" : "an update"}`, async () => {
      await startEngine({ preview });
      await using server = await ApiServer.start({ objects: claimIn("there") });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await assert.rejects(keepClaim(target, "there", wanted), (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.match(
          error.message,
          /^Nothing was changed\.\nstorage\.size is 1Gi, but .* can't shrink/,
        );
        return true;
      });
      await keepClaim(target, "elsewhere", wanted);
    });
  }
});

describe("ensureNodePort", () => {
  const network = {
    exposure: "nodePort",
    allowNodePort: false,
    nodePort: 30080,
    policies: true,
    mesh: "none",
    meshMutualTls: "permissive",
  } as const;
  const service = (namespace: string, name: string, spec: object) => ({
    metadata: { namespace, name },
    spec,
  });
  const services = (...items: object[]) => ({ "/api/v1/services": { items } });

  for (const [what, taken] of [
    ["as its own", { ports: [{ nodePort: 30999 }, { nodePort: 30080 }] }],
    ["for its load balancer's check", { ports: [{ port: 80 }], healthCheckNodePort: 30080 }],
  ] as const) {
    it(`refuses a port that another Service has ${what}`, async () => {
      await using server = await ApiServer.start({
        objects: services(service("todo", "backend-service", {}), service("shop", "web", taken)),
      });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await assert.rejects(ensureNodePort(target, "todo", network), {
        message:
          "Nothing was changed.\nnetwork.nodePort is 30080, but the Service shop/web in kind-todo-chatbot already uses that port. Choose another from 30000 to 32767: npm start -- --stack test --port <port>, or pulumi config set --path todo-chatbot:network.nodePort <port>.",
      });
    });
  }

  it("takes a port that is free, its own, not needed, or not to be looked up", async () => {
    const ports = [{ nodePort: 30080 }];
    const own = services(service("todo", "frontend-service", { ports }));
    const others = services(service("shop", "web", { ports }));
    for (const [answers, settings] of [
      [{ objects: services() }, network],
      [{ objects: own }, network],
      [{ objects: others }, { ...network, nodePort: 30081 }],
      [{ objects: others }, { ...network, exposure: "loadBalancer" }],
      [{ status: 403 }, network],
    ] as const) {
      await using server = await ApiServer.start(answers);
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await ensureNodePort(target, "todo", settings);
    }
  });
});

describe("preflight", () => {
  it("tells in one error what the settings need and the cluster lacks", async () => {
    await startEngine();
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    const config = parseSettings(
      {
        cluster: { context: target.context },
        images: { mode: "none" },
        monitoring: { mode: "operator" },
        network: { mesh: "linkerd" },
      },
      new Set(),
    ) as never;

    await assert.rejects(preflight(target, config), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      const [first, ...refusals] = error.message.split("\n");
      assert.equal(first, "Nothing was changed.");
      assert.deepEqual(
        refusals.map((line) => line.split(",")[0]),
        ["monitoring.mode is operator", "network.mesh is linkerd"],
      );
      return true;
    });
  });
});

describe("ensureMesh", () => {
  const apis = {
    istio: { "/apis/security.istio.io/v1": { resources: [{ kind: "PeerAuthentication" }] } },
    linkerd: { "/apis/policy.linkerd.io/v1beta3": { resources: [{ kind: "Server" }] } },
  };
  const check = async (
    mesh: NetworkSettings["mesh"],
    objects: Readonly<Record<string, object>>,
  ) => {
    await using server = await ApiServer.start({ objects });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    await ensureMesh(target, { mesh });
  };

  it("takes a cluster with the mesh, and any without one", async () => {
    await check("linkerd", apis.linkerd);
    await check("istio", apis.istio);
    await check("istio-ambient", apis.istio);
    await check("none", {});
  });

  const linkerd = (cniEnabled: boolean) => ({
    ...apis.linkerd,
    "/api/v1/namespaces/linkerd/configmaps/linkerd-config": {
      data: { values: `clusterDomain: cluster.local\ncniEnabled: ${cniEnabled}\n` },
    },
  });

  it("takes Linkerd with its CNI plugin, and refuses it without", async () => {
    await check("linkerd", linkerd(true));
    await assert.rejects(check("linkerd", linkerd(false)), {
      message:
        "Nothing was changed.\nnetwork.mesh is linkerd, but in the cluster of context kind-todo-chatbot Linkerd runs without its CNI plugin (cniEnabled is false in the ConfigMap linkerd/linkerd-config): Pod Security restricted refuses the init container that it adds to pods instead. Install the Helm chart linkerd2-cni and set cniEnabled to true, or set network.mesh to none.",
    });
  });

  for (const [mesh, objects, missing] of [
    ["linkerd", apis.istio, "Server (policy.linkerd.io/v1beta3): Linkerd"],
    ["istio", apis.linkerd, "PeerAuthentication (security.istio.io/v1): Istio"],
    ["istio-ambient", {}, "PeerAuthentication (security.istio.io/v1): Istio"],
  ] as const) {
    it(`refuses a cluster without ${mesh}`, async () => {
      await assert.rejects(check(mesh, objects), {
        message: `Nothing was changed.\nnetwork.mesh is ${mesh}, but the cluster of context kind-todo-chatbot has no ${missing} is not installed. Install it with its CNI plugin, or set network.mesh to none.`,
      });
    });
  }
});

describe("ensureOperator", () => {
  const path = "/apis/monitoring.coreos.com/v1";
  const knows = (...kinds: string[]) => ({
    [path]: { kind: "APIResourceList", resources: kinds.map((kind) => ({ kind })) },
  });

  it("takes a cluster that knows the operator's kinds", async () => {
    await using server = await ApiServer.start({
      objects: knows("Prometheus", "ServiceMonitor", "PrometheusRule"),
    });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await ensureOperator(target);
    assert.deepEqual(server.requests, [path]);
  });

  for (const [what, objects, missing] of [
    ["without an operator", {}, "ServiceMonitor and no PrometheusRule"],
    ["with a part of it", knows("ServiceMonitor"), "PrometheusRule"],
  ] as const) {
    it(`refuses a cluster ${what}`, async () => {
      await using server = await ApiServer.start({ objects });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await assert.rejects(ensureOperator(target), (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(
          error.message,
          `Nothing was changed.\nmonitoring.mode is operator, but the cluster of context kind-todo-chatbot has no ${missing} (monitoring.coreos.com/v1): Prometheus Operator is not installed. Install it (for example with the Helm chart kube-prometheus-stack), or set monitoring.mode to bundled.`,
        );
        return true;
      });
    });
  }

  it("passes on what else went wrong", async () => {
    await using server = await ApiServer.start({ status: 403 });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await assert.rejects(ensureOperator(target), { status: 403 });
  });
});

describe("ensureCloudNativePg", () => {
  const path = "/apis/postgresql.cnpg.io/v1";
  const knows = (...kinds: string[]) => ({
    [path]: { kind: "APIResourceList", resources: kinds.map((kind) => ({ kind })) },
  });

  it("takes a cluster that knows the operator's kinds", async () => {
    await using server = await ApiServer.start({ objects: knows("Backup", "Cluster") });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await ensureCloudNativePg(target, { mode: "operator" });
    assert.deepEqual(server.requests, [path]);
  });

  for (const [what, mode, objects, start, end] of [
    ["without the operator", "operator", {}, "mode is operator", "mode to bundled"],
    ["with a part of it", "operator", knows("Pooler"), "mode is operator", "mode to bundled"],
    ["without it for a move", "external", {}, "keepOperator is true", "keepOperator to false"],
  ] as const) {
    it(`refuses a cluster ${what}`, async () => {
      await using server = await ApiServer.start({ objects });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await assert.rejects(ensureCloudNativePg(target, { mode }), (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(
          error.message,
          `Nothing was changed.\ndatabase.${start}. The cluster of context kind-todo-chatbot has no Cluster (postgresql.cnpg.io/v1): CloudNativePG is not installed. Install it, 1.30 or later (for example with its Helm chart cloudnative-pg), or set database.${end}.`,
        );
        return true;
      });
    });
  }
});

describe("ensureArchive", () => {
  const kinds = "/apis/barmancloud.cnpg.io/v1";
  const cluster = "/apis/postgresql.cnpg.io/v1/namespaces/todo/clusters/database";
  const installed = {
    [kinds]: { kind: "APIResourceList", resources: [{ kind: "ObjectStore" }] },
  };
  const archive = (enabled: boolean) => ({ enabled, schedule: "0 2 * * *", keepDays: 7 });
  const recover = { server: "shop", time: "2026-11-29T10:30:00Z" };
  /** A database that has begun from an archive. */
  const recovered = (serverName: string, targetTime: string) => ({
    spec: {
      bootstrap: { recovery: { source: "database-source", recoveryTarget: { targetTime } } },
      externalClusters: [{ name: "database-source", plugin: { parameters: { serverName } } }],
    },
  });

  it("asks nothing where nothing is archived or recovered", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await ensureArchive(target, "todo", { archive: archive(false) });
    assert.deepEqual(server.requests, []);
  });

  for (const [what, settings, start, end] of [
    [
      "an archive",
      { archive: archive(true), recover },
      "archive.enabled is true",
      "set database.operator.archive.enabled to false",
    ],
    ["a recovery", { archive: archive(false), recover }, "recover is set", "remove it"],
  ] as const) {
    it(`refuses ${what} on a cluster without the plugin`, async () => {
      await using server = await ApiServer.start();
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await assert.rejects(ensureArchive(target, "todo", settings), {
        message: `Nothing was changed.\ndatabase.operator.${start}, but the cluster of context kind-todo-chatbot has no ObjectStore (barmancloud.cnpg.io/v1): the Barman Cloud plugin of CloudNativePG is not installed. Install it (https://cloudnative-pg.io/plugin-barman-cloud), or ${end}.`,
      });
    });
  }

  for (const [what, objects] of [
    ["there is no database yet", {}],
    ["the database has begun so", { [cluster]: recovered(recover.server, recover.time) }],
  ] as const) {
    it(`accepts a recovery where ${what}`, async () => {
      await using server = await ApiServer.start({ objects: { ...installed, ...objects } });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await ensureArchive(target, "todo", { archive: archive(false), recover });
    });
  }

  for (const [what, object] of [
    ["that began empty", { spec: { bootstrap: { initdb: {} } } }],
    ["that began from another archive", recovered("other", recover.time)],
    ["that began from another moment", recovered(recover.server, "2026-11-29T10:31:00Z")],
  ] as const) {
    it(`refuses to recover into a database ${what}`, async () => {
      await using server = await ApiServer.start({ objects: { ...installed, [cluster]: object } });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await assert.rejects(ensureArchive(target, "todo", { archive: archive(true), recover }), {
        message:
          "Nothing was changed.\ndatabase.operator.recover is set, but namespace todo has a database already, and only a new one can begin from an archive. Set it in a stack of its own, in another namespace, or remove it: pulumi config rm --path todo-chatbot:database.operator.recover",
      });
    });
  }
});
