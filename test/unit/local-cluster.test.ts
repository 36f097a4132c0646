import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:net";
import { createServer } from "node:net";
import { mock } from "node:test";

import { ensureCluster } from "../../cli/kubernetes/local-cluster.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { Programs, Variable } from "./fakes.ts";

const kind = { kind: "kind", context: "kind-todo-chatbot" } as const;
const minikube = { kind: "minikube", context: "laptop" } as const;

/** A fake docker with these containers and ports; all fakes record their arguments. */
const docker = (containers: string, ports = "30080/tcp -> 127.0.0.1:30080") => `
echo "docker $*" >>"\${0%/*}/calls"
case $1 in
ps) echo "${containers}" ;;
port) echo "${ports}" ;;
esac`;
const noted = (program: string) => `echo "${program} $*" >>"\${0%/*}/calls"`;

/** Fake programs of a machine, and their recorded calls. */
class Machine extends Programs {
  readonly #log = mock.method(console, "log", () => undefined);

  /** Calls that change something. */
  get deeds(): string[] {
    const calls = this.read("calls").split("\n").slice(0, -1);
    return calls.filter((call) => !/^docker (ps|port)|version/.test(call));
  }

  override [Symbol.dispose](): void {
    this.#log.mock.restore();
    super[Symbol.dispose]();
  }
}

describe("a kind cluster for npm start", () => {
  it("is used unchanged if it runs and maps the port", async () => {
    using machine = new Machine({ docker: docker("node running") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [kind.context]: server.url });
    await ensureCluster(kind, 30080);

    assert.deepEqual(machine.deeds, []);
  });

  it("is refused when it does not map the port", async () => {
    using _machine = new Machine({ docker: docker("node running") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [kind.context]: server.url });

    await assert.rejects(ensureCluster(kind, 30081), {
      name: "Problem",
      message:
        "The kind cluster todo-chatbot does not map its port 30081 to this machine, and a running container can't be given a port. Choose a port that it maps (npm start -- --port <port>; it maps 30080), or, if nothing in it is needed, recreate it: kind delete cluster --name todo-chatbot, then npm start.",
    });
  });

  it("is used without that port if the web UI is not opened through it", async () => {
    using machine = new Machine({ docker: docker("node running") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [kind.context]: server.url });
    await ensureCluster(kind, 30081, false);

    assert.deepEqual(machine.deeds, []);
  });

  it("is started if it is stopped", async () => {
    using machine = new Machine({ docker: docker("one exited\ntwo running\nthree exited") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [kind.context]: server.url });
    await ensureCluster(kind, 30080);

    assert.deepEqual(machine.deeds, ["docker start one three"]);
  });

  it("is added to the kubeconfig if it is missing there", async () => {
    await using server = await ApiServer.start();
    using known = new Kubeconfig({ [kind.context]: server.url });
    using empty = new Kubeconfig({});
    using machine = new Machine({
      docker: docker("node running"),
      kind: `${noted("kind")}\n/bin/cp ${known.at("config")} ${empty.at("config")}`,
    });
    await ensureCluster(kind, 30080);

    assert.deepEqual(machine.deeds, ["kind export kubeconfig --name todo-chatbot"]);
  });

  for (const [what, image, made] of [
    ["the configured image", "mirror/node:1", /mirror\/node:1/],
    ["a pinned image", undefined, /kindest\/node:v[\d.]+@sha256:[0-9a-f]{64}/],
  ] as const) {
    it(`is created if there is none, with ${what} and the port`, async () => {
      using machine = new Machine({
        docker: docker(""),
        kind: `${noted("kind")}\n[ "$1" = create ] && /bin/cp "$8" "\${0%/*}/kind.yaml"; true`,
      });
      using _image = new Variable("KIND_NODE_IMAGE", image);
      const port = await freePort();
      await ensureCluster(kind, port);

      const [create = "", ...others] = machine.deeds;
      assert.deepEqual(others, []);
      assert.match(
        create,
        /^kind create cluster --name todo-chatbot --image \S+ --config \S+ --wait /,
      );
      assert.match(create, made);
      assert.match(
        machine.read("kind.yaml"),
        new RegExp(`listenAddress: 127\\.0\\.0\\.1, hostPort: ${port}, containerPort: ${port} `),
      );
    });
  }

  it("gets ports for two more stacks, as far as this machine has them free", async () => {
    using machine = new Machine({
      docker: docker(""),
      kind: `${noted("kind")}\n[ "$1" = create ] && /bin/cp "$8" "\${0%/*}/kind.yaml"; true`,
    });
    const { port, other } = await usedBetweenFree();
    try {
      await ensureCluster(kind, port);
    } finally {
      other.close();
    }

    const mapped = [...machine.read("kind.yaml").matchAll(/hostPort: (\d+)/g)];
    assert.deepEqual(
      mapped.map(([, each]) => Number(each)),
      [port, port + 2],
    );
  });

  it("is not created while the port is in use", async () => {
    using machine = new Machine({ docker: docker(""), kind: noted("kind") });
    await using other = await ApiServer.start();
    const port = Number(new URL(other.url).port);

    await assert.rejects(ensureCluster(kind, port), {
      name: "Problem",
      message: `Port ${port} of this machine is in use, and the web UI needs it. Stop what listens there, or choose another from 30000 to 32767: npm start -- --port <port>.`,
    });
    assert.deepEqual(machine.deeds, []);
  });
});

describe("minikube for npm start", () => {
  it("is required", async () => {
    using _machine = new Machine();

    await assert.rejects(ensureCluster(minikube, 30080), {
      name: "Problem",
      message:
        "minikube is missing: install it (https://minikube.sigs.k8s.io/docs/start/), or use kind: npm start -- --stack dev.",
    });
  });

  it("is used unchanged if it is reachable", async () => {
    using machine = new Machine({ minikube: noted("minikube") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [minikube.context]: server.url });
    await ensureCluster(minikube, 30080);

    assert.deepEqual(machine.deeds, []);
  });

  it("is started if it is unreachable", async () => {
    await using server = await ApiServer.start();
    using known = new Kubeconfig({ [minikube.context]: server.url });
    using empty = new Kubeconfig({});
    using machine = new Machine({
      minikube: `${noted("minikube")}
[ "$1" = start ] && /bin/cp ${known.at("config")} ${empty.at("config")}; true`,
    });
    await ensureCluster(minikube, 30080);

    assert.deepEqual(machine.deeds, ["minikube start --profile laptop"]);
  });
});

describe("a remote cluster for npm start", () => {
  it("must exist", async () => {
    using _kubeconfig = new Kubeconfig({});

    await assert.rejects(ensureCluster({ kind: "remote", context: "production" }, 30080), {
      message: /^The kubeconfig has no contexts \(/,
    });
  });
});

/** A server on the second of three ports; nobody listens on the first and the third, as far as can be known. */
async function usedBetweenFree(): Promise<{ readonly port: number; readonly other: Server }> {
  for (let tries = 0; ; tries++) {
    const port = 31_000 + Math.floor(Math.random() * 1_000);
    const servers: Server[] = [];
    try {
      for (const each of [port, port + 1, port + 2]) servers.push(await listening(each));
    } catch (error) {
      for (const server of servers) server.close();
      if (tries === 20) throw error;
      continue;
    }
    const [first, other, third] = servers as [Server, Server, Server];
    for (const server of [first, third]) await new Promise((closed) => server.close(closed));
    return { port, other };
  }
}

async function listening(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  await using server = await ApiServer.start();
  return Number(new URL(server.url).port);
}
