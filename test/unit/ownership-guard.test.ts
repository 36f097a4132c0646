import assert from "node:assert/strict";

import { create, delete as remove, diff, update } from "../../components/providers/ownership.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { Variable } from "./fakes.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const inputs = { target, namespace: "todo", owner: "id-1" } as const;

describe("the ownership guard", () => {
  for (const [what, metadata, refusal] of [
    ["goes when the namespace is the state's", { annotations: { "todo-chatbot/owner": "id-1" } }],
    ["goes when the namespace is gone", undefined],
    [
      "stays when the namespace belongs to somebody else",
      { annotations: { "todo-chatbot/owner": "id-2", "todo-chatbot/owned-by": "bob" } },
      /^Nothing was deleted\. The namespace todo in kind-todo-chatbot belongs to bob,/,
    ],
    ["stays when the namespace has no mark", {}, /^Nothing was deleted\. .* no owner mark/],
  ] as const) {
    it(what, async () => {
      const objects = metadata && { "/api/v1/namespaces/todo": { metadata } };
      await using server = await ApiServer.start(objects ? { objects } : {});
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      if (refusal === undefined) await remove("id", inputs);
      else await assert.rejects(remove("id", inputs), { message: refusal, stack: "" });
    });
  }

  it("stays without a cluster, except where that counts as gone", async () => {
    using _kubeconfig = new Kubeconfig({});
    await assert.rejects(remove("id", inputs), {
      message: /^Nothing was deleted\. The kubeconfig has no contexts .*: npm run down$/,
    });

    using _gone = new Variable("PULUMI_K8S_DELETE_UNREACHABLE", "true");
    await remove("id", inputs);
  });

  it("follows the owner and the context", async () => {
    const moved = { ...inputs, target: { ...target, context: "kind-other" } };

    assert.deepEqual(await create(inputs), { id: "todo", outs: inputs });
    assert.deepEqual(await update("", inputs, moved), { outs: moved });
    assert.deepEqual(await diff("", inputs, inputs), { changes: false });
    assert.deepEqual(await diff("", inputs, moved), { changes: true });
    assert.deepEqual(await diff("", inputs, { ...inputs, owner: "id-2" }), { changes: true });
  });
});
