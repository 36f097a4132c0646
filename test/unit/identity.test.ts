import assert from "node:assert/strict";

import type { IdentityInputs } from "../../components/providers/identity.ts";
import { check, create, diff, read, update } from "../../components/providers/identity.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const inputs = (uid?: string, namespace?: string): IdentityInputs => ({
  target,
  ...(namespace !== undefined && { namespace }),
  ...(uid !== undefined && { uid }),
});

describe("the identity of a cluster", () => {
  it("is refused when it is another one than at the last update", async () => {
    const { failures } = await check(inputs("old"), inputs("new"));

    assert.deepEqual(failures, [
      {
        property: "uid",
        reason:
          "context kind-todo-chatbot is another cluster than at the last update (kube-system was old, is new), so nothing of this stack is there. If it was made anew, run: pulumi up --refresh (generated secrets are kept; npm start does it by itself). If not, set cluster.context to the right one",
      },
    ]);
  });

  it("is refused in another namespace, where the data would not be", async () => {
    const { failures } = await check(inputs("same", "old"), inputs("same", "new"));

    assert.deepEqual(failures, [
      {
        property: "namespace",
        reason:
          "this stack is in the namespace old, and cluster.namespace is new now: its data would not come along. Set it back. For a second instance, use another stack; to move, back up, take this one down, start anew and restore",
      },
    ]);
  });

  const accepted: readonly (readonly [
    what: string,
    old: Partial<IdentityInputs>,
    now: IdentityInputs,
    uid: string | undefined,
  ])[] = [
    ["at the first update", {}, inputs("new"), "new"],
    ["when it is the same", inputs("same"), inputs("same"), "same"],
    ["as it was while no cluster answers", inputs("old"), inputs(), "old"],
    ["in the first preview, without a cluster", {}, inputs(), undefined],
    ["after a preview that had no cluster", inputs(), inputs("new"), "new"],
  ];
  it("keeps the namespace, and takes it over from a state of before it was kept", async () => {
    for (const old of [inputs("same"), inputs("same", "here")]) {
      const { inputs: kept, failures } = await check(old, inputs("same", "here"));
      assert.deepEqual([kept, failures], [inputs("same", "here"), []]);
    }
    assert.deepEqual(await diff("", inputs("same"), inputs("same", "here")), { changes: true });
  });

  for (const [what, old, now, uid] of accepted) {
    it(`is accepted ${what}`, async () => {
      assert.deepEqual(await check(old, now), { inputs: inputs(uid), failures: [] });
    });
  }

  it("changes with the cluster and with the context, and not else", async () => {
    const other = { target: { ...target, context: "kind-other" }, uid: "same" };

    assert.deepEqual(await diff("", inputs("same"), inputs("same")), { changes: false });
    assert.deepEqual(await diff("", inputs("old"), inputs("new")), { changes: true });
    assert.deepEqual(await diff("", inputs("same"), other), { changes: true });
  });

  it("is kept as it was compared", async () => {
    assert.deepEqual(await create(inputs("new")), { id: target.context, outs: inputs("new") });
    assert.deepEqual(await update("", inputs("old"), inputs("new")), { outs: inputs("new") });
  });

  it("is on a refresh that of the cluster that answers", async () => {
    await using server = await ApiServer.start({ uid: "new" });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    assert.deepEqual(await read("id", inputs("old", "here")), {
      id: "id",
      props: inputs("new", "here"),
      inputs: inputs("new", "here"),
    });
  });
});
