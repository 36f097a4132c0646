import assert from "node:assert/strict";
import { delimiter } from "node:path";
import { mock } from "node:test";

import { connect } from "../../lib/kubernetes.ts";
import { ApiServer, Kubeconfig, Proxy } from "./apiServer.ts";
import { Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const createIt = "kind create cluster --name todo-chatbot";
const createOrSet = `Create the cluster (${createIt}), or set KUBECONFIG to the file that has your cluster.`;
const another =
  "name another: npm start -- --set cluster.context=<context>, or pulumi config set --path todo-chatbot:cluster.context <context>";

describe("connect", () => {
  it("tells who answers, and where the nodes are", async () => {
    await using server = await ApiServer.start({
      uid: "5f7c",
      addresses: ["10.0.0.2", "10.0.0.3"],
    });
    using _kubeconfig = new Kubeconfig({
      other: "http://127.0.0.1:1",
      [target.context]: server.url,
    });

    assert.deepEqual(await connect(target), {
      uid: "5f7c",
      nodeAddresses: ["10.0.0.2", "10.0.0.3"],
    });
    assert.deepEqual(server.requests.sort(), ["/api/v1/namespaces/kube-system", "/api/v1/nodes"]);
  });

  it("names the contexts that there are", async () => {
    const nobody = "http://127.0.0.1:1";
    using _kubeconfig = new Kubeconfig({ minikube: nobody, production: nobody });

    await assert.rejects(connect(target), {
      message: `The kubeconfig has no context kind-todo-chatbot; it has minikube, production. Create the cluster (${createIt}), or ${another}`,
    });
  });

  for (const [what, text] of [
    ["is empty", ""],
    ["has no lists", "apiVersion: v1\nkind: Config\n"],
    ["has empty lists", "clusters: null\ncontexts: []\nusers: []\ncurrent-context: ''\n"],
  ] as const) {
    it(`says that there are no contexts where the kubeconfig ${what}`, async () => {
      using kubeconfig = new Kubeconfig({});
      kubeconfig.write("config", text);

      await assert.rejects(connect(target), {
        message: `The kubeconfig has no contexts (${kubeconfig.at("config")}). ${createOrSet}`,
      });
    });
  }

  it("says that the kubeconfig can't be read", async () => {
    using kubeconfig = new Kubeconfig({});
    kubeconfig.write("config", "clusters: [");

    await assert.rejects(connect(target), ({ message }: Error) => {
      assert.match(message, /^The kubeconfig can't be read: /);
      assert.match(message, /\. Fix it, or set KUBECONFIG\.$/);
      return true;
    });
  });

  for (const [what, files, words] of [
    ["a file that is not there", ["missing"], "FOLDER/missing: no such file"],
    ["two of them", ["a", "b"], "FOLDER/a: no such file, FOLDER/b: no such file"],
    ["nothing but a separator", ["", ""], "KUBECONFIG names no file"],
  ] as const) {
    it(`says that there is no kubeconfig, where KUBECONFIG has ${what}`, async () => {
      using folder = new Folder();
      const paths = files.map((file) => (file === "" ? "" : folder.at(file)));
      using _kubeconfig = new Variable("KUBECONFIG", paths.join(delimiter));

      await assert.rejects(connect(target), {
        message: `There is no kubeconfig (${words.replaceAll("FOLDER", folder.path)}). ${createOrSet}`,
      });
    });
  }

  it("says that the cluster of the context has no server", async () => {
    using _kubeconfig = new Kubeconfig({ [target.context]: "" });

    await assert.rejects(connect(target), {
      message: `The kubeconfig's context kind-todo-chatbot names the cluster kind-todo-chatbot, which has no server there. Fix the file, or ${another}`,
    });
  });

  for (const [where, of] of [
    ["its proxy-url", { proxyUrl: true }],
    ["HTTP_PROXY", { proxyUrl: false }],
  ] as const) {
    it(`reaches a server by ${where}, which this machine's DNS does not know`, async () => {
      await using server = await ApiServer.start({ uid: "5f7c", addresses: ["10.0.0.2"] });
      await using proxy = await Proxy.start(server.url);
      const url = "http://api.cluster.invalid:6443";
      using kubeconfig = new Kubeconfig({ [target.context]: url });
      if (of.proxyUrl) kubeconfig.edit('"server":', `"proxy-url":"${proxy.url}","server":`);
      using _proxy = new Variable("HTTP_PROXY", of.proxyUrl ? undefined : proxy.url);

      assert.deepEqual(await connect(target), { uid: "5f7c", nodeAddresses: ["10.0.0.2"] });
      assert.ok(proxy.asked.has("api.cluster.invalid:6443"));
    });
  }

  it("names the proxy that does not answer, without its password", async () => {
    const proxy = (await addressOfNobody()).replace("http://", "http://user:hunter2@");
    using _kubeconfig = new Kubeconfig({ [target.context]: "http://api.cluster.invalid:6443" });
    using _proxy = new Variable("HTTP_PROXY", proxy);

    await assert.rejects(connect(target), {
      message: `The API server of context kind-todo-chatbot (http://api.cluster.invalid:6443) does not answer through the proxy ${new URL(proxy).host}: connection refused. Start the cluster, or recreate it: ${createIt}`,
    });
  });

  it("continues without the nodes' addresses if it may not list them", async () => {
    await using server = await ApiServer.start({ uid: "5f7c", nodesStatus: 403 });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    assert.deepEqual(await connect(target), { uid: "5f7c", nodeAddresses: [] });
  });

  it("reports rejected credentials, not an unreachable cluster", async () => {
    await using server = await ApiServer.start({ status: 401 });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await assert.rejects(connect(target), {
      message: `The API server of context kind-todo-chatbot (${server.url}) refuses your credentials (status 401). Sign in to the cluster again, or ask for the right to read the namespace kube-system.`,
    });
  });

  it("says that nothing listens there", async () => {
    const url = await addressOfNobody();
    using _kubeconfig = new Kubeconfig({ [target.context]: url });

    await assert.rejects(connect(target), {
      message: `The API server of context kind-todo-chatbot (${url}) does not answer: connection refused. Start the cluster, or recreate it: ${createIt}`,
    });
  });

  it("says in the innermost words why a connection ended", async () => {
    await using server = await ApiServer.start({ hangsUp: true });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await assert.rejects(connect(target), {
      message: `The API server of context kind-todo-chatbot (${server.url}) does not answer: socket hang up. Start the cluster, or recreate it: ${createIt}`,
    });
  });

  it("waits five seconds for a server that takes the question and is silent", async () => {
    await using server = await ApiServer.start({ silent: true });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let ended = false;
      const answer = connect(target).finally(() => (ended = true));
      const rejection = assert.rejects(answer, {
        message: `The API server of context kind-todo-chatbot (${server.url}) does not answer: no answer within 5 s. Start the cluster, or recreate it: ${createIt}`,
      });
      await until(() => ended || server.requests.length === 2);

      mock.timers.tick(4_999);
      await until(() => ended);
      assert.equal(ended, false);
      mock.timers.tick(1);
      await until(() => ended);
      assert.ok(ended);
      await rejection;
    } finally {
      mock.timers.reset();
    }
  });
});

/** Lets the event loop turn until something is so, a thousand times at most. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !isSo(); turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** An address where something listened a moment ago. */
async function addressOfNobody(): Promise<string> {
  await using server = await ApiServer.start();
  return server.url;
}
