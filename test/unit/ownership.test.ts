import assert from "node:assert/strict";

import type { Claimant, FoundNamespace } from "../../lib/ownership.ts";
import {
  findNamespace,
  isMarkedFor,
  ownerInWords,
  refusal,
  standingOf,
} from "../../lib/ownership.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

const place = { context: "kind-todo-chatbot", namespace: "todo" };
const mine = { owner: "id-1", namespaceUid: "uid-1" };

/** A namespace in the cluster, marked as somebody's or not. */
const found = (owner?: string, uid = "uid-1"): FoundNamespace => ({
  ...{ uid, isTerminating: false },
  ...(owner !== undefined && { owner, ownedBy: "stack dev of ann@laptop in /home/ann/todo" }),
});

describe("a namespace's mark", () => {
  const marked = (ownedBy: string) => ({ ...found("id-1"), ownedBy });

  it("names a stack of this checkout, whenever it was made", () => {
    const dev = marked(ownerInWords("dev", new Date("2026-01-01T00:00:00Z")));
    assert.equal(isMarkedFor("dev", dev), true);
    assert.equal(isMarkedFor("de", dev), false);
    assert.equal(isMarkedFor("local", dev), false);
  });

  it("may be that of another checkout, or missing", () => {
    assert.equal(
      isMarkedFor("dev", marked("stack dev of ann@laptop in /elsewhere, since 2026")),
      false,
    );
    assert.equal(isMarkedFor("dev", found()), false);
    assert.equal(isMarkedFor("dev", undefined), false);
  });
});

describe("a namespace", () => {
  const table: readonly (readonly [
    what: string,
    claimant: Claimant | undefined,
    namespace: FoundNamespace | undefined,
    standing: ReturnType<typeof standingOf>,
  ])[] = [
    ["that is not there, for a state that has nothing", undefined, undefined, "free"],
    ["that is gone, for its own state", mine, undefined, "free"],
    ["with the state's mark", mine, found("id-1"), "own"],
    ["with the state's mark and another UID", mine, found("id-1", "uid-2"), "own"],
    ["with another one's mark", mine, found("id-2"), "foreign"],
    ["with another one's mark, of a state without an id", {}, found("id-2"), "foreign"],
    ["with a mark, for a state that was lost or never was", undefined, found("id-2"), "foreign"],
    ["without a mark, for a state that has nothing", undefined, found(), "unmarked"],
    ["without a mark, of a state of before there were marks", {}, found(), "own"],
    ["without a mark, the unmarked state's by its UID", { namespaceUid: "uid-1" }, found(), "own"],
    [
      "without a mark, recreated since the unmarked state saw it",
      { namespaceUid: "uid-0" },
      found(),
      "unmarked",
    ],
    ["without a mark, the state's by its UID", mine, found(), "own"],
    ["without a mark, recreated by somebody", mine, found(undefined, "uid-2"), "unmarked"],
    ["without a mark, which the state never saw", { owner: "id-1" }, found(), "unmarked"],
  ];
  for (const [what, claimant, namespace, standing] of table) {
    it(`${what}, is ${standing}`, () => {
      assert.equal(standingOf(claimant, namespace), standing);
      const isRefused = ["foreign", "unmarked"].includes(standing);
      assert.equal(refusal(claimant, namespace, place) !== undefined, isRefused);
    });
  }

  it("is refused with its owner and the possible fixes", () => {
    assert.equal(
      refusal(undefined, found("id-2"), { ...place, stack: "dev" }),
      "The namespace todo in kind-todo-chatbot belongs to stack dev of ann@laptop in /home/ann/todo, not to this state. Work in the checkout that owns it, deploy to another namespace (npm start -- --set cluster.namespace=<name> --port <port>), or take it over with its data (npm run todo -- adopt).",
    );
    assert.equal(
      refusal(undefined, found(), { ...place, stack: "dev" }),
      "The namespace todo in kind-todo-chatbot exists and this state did not create it: it has no owner mark, as after a plain helm install. Leave it alone and deploy to another namespace (npm start -- --set cluster.namespace=<name> --port <port>), or take it over with its data (npm run todo -- adopt).",
    );
  });

  for (const [stack, deploy, adopt] of [
    ["dev", "npm start -- --set", "npm run todo -- adopt)"],
    ["production", "npm start -- --stack production --set", "adopt --stack production)"],
    [undefined, "npm start -- --stack <stack> --set", "adopt --stack <stack>)"],
  ] as const) {
    it(`is refused with commands for ${stack ?? "a stack that is not known"}`, () => {
      const message = refusal(undefined, found(), { ...place, ...(stack && { stack }) }) ?? "";
      assert.ok(message.includes(deploy) && message.includes(adopt), message);
    });
  }

  it("is read with its mark", async () => {
    const object = (metadata: object) => ({ "/api/v1/namespaces/todo": { metadata } });
    for (const [metadata, expected] of [
      [{ uid: "uid-1" }, { uid: "uid-1", isTerminating: false }],
      [
        {
          uid: "uid-1",
          deletionTimestamp: "2026-11-25T00:00:00Z",
          annotations: { "todo-chatbot/owner": "id-2", "todo-chatbot/owned-by": "ann", other: "x" },
        },
        { uid: "uid-1", isTerminating: true, owner: "id-2", ownedBy: "ann" },
      ],
    ] as const) {
      await using server = await ApiServer.start({ objects: object(metadata) });
      using _kubeconfig = new Kubeconfig({ [place.context]: server.url });

      assert.deepEqual(await findNamespace(place.context, "todo"), expected);
    }
  });

  it("is undefined if it does not exist, and an error if it may not be read", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [place.context]: server.url });
    assert.equal(await findNamespace(place.context, "todo"), undefined);

    await using refusing = await ApiServer.start({ status: 403 });
    using _other = new Kubeconfig({ [place.context]: refusing.url });
    await assert.rejects(findNamespace(place.context, "todo"), { status: 403 });
  });
});
