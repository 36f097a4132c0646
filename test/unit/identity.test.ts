import assert from "node:assert/strict";
import { mock } from "node:test";

import type { GivenIdentity, IdentityInputs } from "../../components/providers/identity.ts";
import { check, create, diff, read, update } from "../../components/providers/identity.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { Variable } from "./fakes.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const namespacePath = "/api/v1/namespaces/todo";
const owner = "id-1";
const ownedBy = "stack dev of ann@laptop in /home/ann/todo, since 2026-11-25";

/** What a state keeps. */
const kept = (more: Partial<IdentityInputs> = {}): IdentityInputs => ({
  ...{ target, namespace: "todo", uid: "same", owner, ownedBy },
  ...more,
});
/** What a state of before there were marks keeps. */
const unmarked = (uid = "same"): IdentityInputs => ({ target, namespace: "todo", uid });
/** What the program gives. */
const given = (more: Partial<GivenIdentity> = {}): GivenIdentity => ({
  ...{ target, namespace: "todo", uid: "same", stack: "dev", isPreview: false },
  ...more,
});
const found = { uid: "uid-1", isTerminating: false } as const;

describe("the identity of a cluster", () => {
  it("is refused when it is another one than at the last update", async () => {
    const { failures } = await check(kept({ uid: "old" }), given({ uid: "new" }));

    assert.deepEqual(failures, [
      {
        property: "",
        reason:
          "context kind-todo-chatbot is not the cluster of the last update (UID of kube-system was old, is new), so it has none of this stack's resources. If the cluster was recreated, run: pulumi up --refresh (generated secrets are kept; npm start does this automatically). Otherwise, set cluster.context to the right one",
      },
    ]);
  });

  it("is refused in another namespace, where the data would not be", async () => {
    const { failures } = await check(kept(), given({ namespace: "new" }));

    assert.deepEqual(failures, [
      {
        property: "",
        reason:
          "this stack is deployed in the namespace todo, but cluster.namespace is now new, and its data would not be moved. Set it back. For a second instance, use another stack; to move this one, back up, take it down, start again and restore",
      },
    ]);
  });

  const accepted: readonly (readonly [
    what: string,
    old: Partial<IdentityInputs>,
    now: GivenIdentity,
    kept: IdentityInputs,
  ])[] = [
    ["when it is the same", kept(), given(), kept()],
    ["unchanged while no cluster is reachable", kept(), given({ uid: undefined }), kept()],
    ["after a preview that had no cluster", kept({ uid: undefined }), given(), kept()],
    [
      "with the namespace that has its mark",
      kept(),
      given({ found: { ...found, owner } }),
      kept({ namespaceUid: "uid-1" }),
    ],
    [
      "with its previous namespace, while no cluster is reachable",
      kept({ namespaceUid: "uid-1" }),
      given({ uid: undefined }),
      kept({ namespaceUid: "uid-1" }),
    ],
    ["without a namespace that is gone", kept({ namespaceUid: "uid-1" }), given(), kept()],
  ];
  for (const [what, old, now, expected] of accepted) {
    it(`is accepted ${what}`, async () => {
      const { inputs, failures } = await check(old, now);
      assert.deepEqual(failures, []);
      assert.deepEqual(inputs, JSON.parse(JSON.stringify(expected)));
    });
  }

  it("gets an id of its own and an owner in words at the first update", async () => {
    const [{ inputs: one }, { inputs: two }] = [await check({}, given()), await check({}, given())];

    assert.match(one.owner ?? "", /^[\da-f]{8}-[\da-f-]{27}$/);
    assert.notEqual(one.owner, two.owner);
    assert.match(one.ownedBy ?? "", /^stack dev of \S+@\S+ in \/\S+, since \d{4}-\d\d-\d\d$/);
  });

  it("gets them in a state of before there were marks, with the namespace that is there", async () => {
    const { inputs, failures } = await check(unmarked(), given({ found }));

    assert.deepEqual(failures, []);
    assert.match(inputs.owner ?? "", /^[\da-f-]{36}$/);
    assert.equal(inputs.namespaceUid, "uid-1");
    assert.deepEqual(await diff("", unmarked(), inputs), { changes: true });
    // Killed before the mark was written.
    assert.deepEqual((await check(inputs, given({ found }))).failures, []);
  });

  for (const [what, old, namespace] of [
    ["belongs to another state", kept(), { ...found, owner: "id-2", ownedBy: "bob" }],
    ["belongs to somebody, at the first update", {}, { ...found, owner: "id-2", ownedBy: "bob" }],
    ["nobody marked, at the first update", {}, found],
    ["somebody recreated", kept({ namespaceUid: "uid-0" }), found],
  ] as const) {
    it(`is refused with a namespace that ${what}`, async () => {
      const { failures } = await check(old, given({ found: namespace }));

      assert.equal(failures.length, 1);
      assert.match(failures[0]?.reason ?? "", /^nothing was changed\. The namespace todo in /);
    });
  }

  it("is not refused with such a namespace in a preview, which says so", async () => {
    const said = mock.method(console, "error", () => undefined);
    try {
      const { failures } = await check({}, given({ found, isPreview: true }));

      assert.deepEqual(failures, []);
      const [text] = said.mock.calls[0]?.arguments ?? [];
      assert.match(String(text), /^An update would be refused: The namespace todo in /);
    } finally {
      said.mock.restore();
    }
  });

  it("changes with the cluster, the context and the owner, and not else", async () => {
    const other = kept({ target: { ...target, context: "kind-other" } });

    assert.deepEqual(await diff("", kept(), kept({ namespaceUid: "uid-1" })), { changes: false });
    assert.deepEqual(await diff("", kept(), kept({ uid: "new" })), { changes: true });
    assert.deepEqual(await diff("", kept(), kept({ owner: "id-2" })), { changes: true });
    assert.deepEqual(await diff("", kept(), other), { changes: true });
  });

  it("is kept as it was compared", async () => {
    assert.deepEqual(await create(kept()), { id: target.context, outs: kept() });
    assert.deepEqual(await update("", unmarked(), kept()), { outs: kept() });
  });
});

describe("a refresh", () => {
  /** Refreshes a state on a cluster, with a namespace in it or not. */
  async function refreshed(old: IdentityInputs, uid: string, metadata?: object) {
    const objects = metadata === undefined ? {} : { [namespacePath]: { metadata } };
    await using server = await ApiServer.start({ uid, objects });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    const { props, inputs } = await read("id", old);
    assert.deepEqual(props, inputs);
    return props;
  }
  const marked = (id: string) => ({ uid: "uid-1", annotations: { "todo-chatbot/owner": id } });

  it("takes the cluster that answers, and keeps the owner", async () => {
    const old = kept({ uid: "old", namespaceUid: "uid-0" });
    assert.deepEqual(await refreshed(old, "new"), kept({ uid: "new" }));
  });

  it("keeps a namespace with the state's mark, and one of before there were marks", async () => {
    assert.deepEqual(await refreshed(kept(), "same", marked(owner)), kept());
    assert.deepEqual(await refreshed(unmarked(), "same", { uid: "uid-1" }), unmarked());
  });

  for (const [what, old, uid, metadata] of [
    ["that belongs to another state", kept(), "same", marked("id-2")],
    ["that belongs to another state in a recreated cluster", kept(), "new", marked("id-2")],
    ["that somebody created in a recreated cluster", unmarked(), "new", { uid: "uid-1" }],
  ] as const) {
    it(`fails at a namespace ${what}, and takes nothing of it`, async () => {
      await assert.rejects(refreshed(old, uid, metadata), /^Error: The namespace todo in /);
    });
  }

  it("fails without a cluster, except where that counts as gone", async () => {
    using _kubeconfig = new Kubeconfig({});
    await assert.rejects(read("id", kept()), /The kubeconfig has no context/);

    using _gone = new Variable("PULUMI_K8S_DELETE_UNREACHABLE", "true");
    assert.deepEqual((await read("id", kept())).props, kept());
  });
});
