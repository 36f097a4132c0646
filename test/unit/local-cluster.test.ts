import assert from "node:assert/strict";
import { createServer } from "node:net";
import { mock } from "node:test";

import { ensureCluster } from "../../cli/kubernetes/local-cluster.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { Programs, Variable } from "./fakes.ts";

const kind = { kind: "kind", context: "kind-todo-chatbot" } as const;
const minikube = { kind: "minikube", context: "laptop" } as const;

/** A docker that has these containers and ports; it and the others note what they are told. */
const docker = (containers: string, ports = "30080/tcp -> 127.0.0.1:30080") => `
echo "docker $*" >>"\${0%/*}/calls"
case $1 in
ps) echo "${containers}" ;;
port) echo "${ports}" ;;
esac`;
const noted = (program: string) => `echo "${program} $*" >>"\${0%/*}/calls"`;

/** The programs of a machine, quiet, and what they were told. */
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
  it("is taken as it is when it runs and maps the port", async () => {
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

  it("is taken without that port where the page opens by something else", async () => {
    using machine = new Machine({ docker: docker("node running") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [kind.context]: server.url });
    await ensureCluster(kind, 30081, false);

    assert.deepEqual(machine.deeds, []);
  });

  it("is started when it was stopped", async () => {
    using machine = new Machine({ docker: docker("one exited\ntwo running\nthree exited") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [kind.context]: server.url });
    await ensureCluster(kind, 30080);

    assert.deepEqual(machine.deeds, ["docker start one three"]);
  });

  it("is put into the kubeconfig when that does not know it", async () => {
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
    ["the image that is told", "mirror/node:1", /mirror\/node:1/],
    ["a pinned image", undefined, /kindest\/node:v[\d.]+@sha256:[0-9a-f]{64}/],
  ] as const) {
    it(`is made where there is none, with ${what} and the port`, async () => {
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
    const port = 31_000 + (process.pid % 1_000);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port + 1, "127.0.0.1", resolve));
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

  it("is not made while something else has the port", async () => {
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
  it("is named when it is missing", async () => {
    using _machine = new Machine();

    await assert.rejects(ensureCluster(minikube, 30080), {
      name: "Problem",
      message:
        "minikube is missing: install it (https://minikube.sigs.k8s.io/docs/start/), or use kind: npm start -- --stack dev.",
    });
  });

  it("is taken as it is when it answers", async () => {
    using machine = new Machine({ minikube: noted("minikube") });
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [minikube.context]: server.url });
    await ensureCluster(minikube, 30080);

    assert.deepEqual(machine.deeds, []);
  });

  it("is started when it does not answer", async () => {
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
  it("has to be there", async () => {
    using _kubeconfig = new Kubeconfig({});

    await assert.rejects(ensureCluster({ kind: "remote", context: "production" }, 30080), {
      message: /^The kubeconfig has no contexts \(/,
    });
  });
});

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  await using server = await ApiServer.start();
  return Number(new URL(server.url).port);
}
