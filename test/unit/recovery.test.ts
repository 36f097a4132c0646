import assert from "node:assert/strict";
import { hostname } from "node:os";
import { pathToFileURL } from "node:url";

import {
  claimantIn,
  ensureOwner,
  ensureOwnerOf,
  namespaceGone,
} from "../../cli/kubernetes/ownership.ts";
import { adoptForRemoval, recover, unlock } from "../../cli/pulumi/recovery.ts";
import { readState } from "../../cli/pulumi/stack.ts";
import type { Workspace } from "../../cli/pulumi/workspace.ts";
import { schema } from "../../config/schema.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { Programs } from "./fakes.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const namespace = "todo-chatbot-namespace";
const locks = ".pulumi/locks/organization/todo-chatbot/dev";

const urn = (type: string, name: string) => `urn:pulumi:dev::todo-chatbot::${type}::${name}`;
const identity = {
  urn: urn("pulumi-nodejs:dynamic/index:ClusterIdentity", "cluster-identity"),
  type: "pulumi-nodejs:dynamic/index:ClusterIdentity",
  inputs: { owner: "id-1" },
};
const started = [
  identity,
  {
    urn: urn("pulumi:providers:kubernetes", "cluster-provider"),
    ...{ type: "pulumi:providers:kubernetes", custom: true, id: "p-1" },
  },
  {
    urn: urn("todo-chatbot:index:ChatbotRelease", "release"),
    type: "todo-chatbot:index:ChatbotRelease",
  },
];
const home = {
  urn: urn("kubernetes:core/v1:Namespace", "n"),
  type: "kubernetes:core/v1:Namespace",
};
const found = { uid: "ns-1", isTerminating: false };
const release = { urn: "r", type: "kubernetes:helm.sh/v3:Release" };

/** A fake Pulumi with a state, which records its arguments and imports. */
class Machine extends Programs {
  readonly workspace: Workspace = {
    stack: "dev",
    folder: this.path,
    configFile: this.at("Pulumi.dev.yaml"),
    backend: { url: pathToFileURL(this.path).href, source: undefined, inProject: undefined },
    encryption: {},
    settings: schema.parse({}),
    env: { PULUMI_BACKEND_URL: pathToFileURL(this.path).href },
  };

  constructor(resources: readonly object[], pending: readonly object[] = []) {
    const deployment = { resources, pending_operations: pending };
    super({
      // The tests' own process is the one that holds locks; its parent has ended.
      ps: `case "$2" in ${process.pid}) echo "Sl   pulumi" ;; ${process.ppid}) echo "Z    pulumi" ;; esac`,
      pulumi: `echo "$*" >>"\${0%/*}/calls"
case "$1 $2" in
version*) echo v3.259.0 ;;
"stack ls") echo '[{"name":"dev"}]' ;;
"stack export") echo '${JSON.stringify({ version: 3, deployment })}' ;;
"stack import") /bin/cat >"\${0%/*}/imported" ;;
esac`,
    });
    this.write("calls", "");
  }

  /** Commands other than those that only look. */
  get changes(): string[] {
    return this.read("calls")
      .split("\n")
      .filter((call) => call !== "" && !/^(version|stack (ls|export))/.test(call));
  }

  lock(pid: number, host = hostname()): void {
    const holder = { pid, hostname: host, username: "ann" };
    this.write(`${locks}/1.json`, JSON.stringify(holder));
    this.write(`${locks}/1.json.attrs`, "{}");
  }

  async state() {
    const state = await readState(this.workspace);
    assert.ok(state);
    return state;
  }
}

/** A cluster whose namespace has records of Helm with these statuses. */
function clusterWith(...statuses: readonly string[]): Promise<ApiServer> {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const items = statuses.map((status, index) => ({
    metadata: { name: status, labels: { status, version: String(index + 1) } },
  }));
  return ApiServer.start({
    objects: {
      [`${path}?labelSelector=owner%3Dhelm%2Cname%3Dtodo-chatbot`]: { items },
      ...Object.fromEntries(statuses.map((status) => [`${path}/${status}`, {}])),
    },
  });
}

describe("the lock on a state", () => {
  it("is none where there is none", async () => {
    using machine = new Machine([]);
    assert.equal(await unlock(machine.workspace), true);
    assert.deepEqual(machine.changes, []);
  });

  for (const [what, pid] of [
    ["has ended", 1],
    ["has ended, though its parent has not asked", process.ppid],
  ] as const) {
    it(`of a process that ${what} is removed`, async () => {
      using machine = new Machine([]);
      machine.lock(pid);
      assert.equal(await unlock(machine.workspace), true);
      assert.deepEqual(machine.changes, ["cancel --yes --stack dev --non-interactive"]);
    });
  }

  for (const [what, pid, host] of [
    ["of an update that runs", process.pid, hostname()],
    ["of another machine", 1, "elsewhere"],
  ] as const) {
    it(`${what} stays, and is named`, async () => {
      using machine = new Machine([]);
      machine.lock(pid, host);
      await assert.rejects(unlock(machine.workspace), {
        message: `The state of stack dev is locked by an update of ann@${host} (process ${pid}). Wait until it has ended; if it was killed, run: npm run todo -- repair`,
      });
      assert.deepEqual(machine.changes, []);
    });
  }

  it("does not show in other backends than a folder, where an update may be running", async () => {
    using machine = new Machine([]);
    const backend = { ...machine.workspace.backend, url: "s3://states" };
    assert.equal(await unlock({ ...machine.workspace, backend }), false);
  });
});

describe("an interrupted update", () => {
  for (const [what, resources, statuses, pending, removed, imports, isUnsure = imports] of [
    ["leaves nothing to do where all is known", [...started, release], ["deployed"], [], [], false],
    ["leaves nothing of the release", [...started, release], [], [], [], false, true],
    ["leaves a release that the state adopts", started, ["deployed"], [{}], [], true],
    [
      "leaves a release that was never ready",
      started,
      ["pending-install"],
      [],
      ["pending-install"],
      true,
    ],
    [
      "leaves an unfinished revision",
      [...started, release],
      ["deployed", "pending-upgrade"],
      [],
      ["pending-upgrade"],
      true,
    ],
    ["leaves operations that never ended", [...started, release], ["deployed"], [{}], [], true],
  ] as const) {
    it(`${what}, which is cleared`, async () => {
      using machine = new Machine(resources, pending);
      await using server = await clusterWith(...statuses);
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      const state = await machine.state();
      const toRefresh = await recover(machine.workspace, target.context, state, found);

      assert.equal(toRefresh, isUnsure);
      assert.deepEqual(
        server.requests.flatMap((path) => /secrets\/(.*)/.exec(path)?.[1] ?? []),
        removed,
      );
      assert.deepEqual(
        machine.changes,
        imports ? ["stack import --stack dev --non-interactive"] : [],
      );
      if (!imports) return;
      const { deployment } = JSON.parse(machine.read("imported")) as {
        deployment: { resources: { type: string }[]; pending_operations: [] };
      };
      assert.deepEqual(deployment.pending_operations, []);
      const isAdopted = statuses.some((status) => status === "deployed");
      assert.equal(
        deployment.resources.some(({ type }) => type === release.type),
        isAdopted,
      );
    });
  }

  it("that deleted the namespace makes the next update refresh the state", async () => {
    using machine = new Machine([...started, home]);
    await using server = await clusterWith();
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    const state = await machine.state();

    assert.equal(await recover(machine.workspace, target.context, state, undefined), true);
    assert.equal(await recover(machine.workspace, target.context, state, found), false);
  });

  it("that left a release without its parent is refused, with the fix", async () => {
    using machine = new Machine([identity]);
    await using server = await clusterWith("deployed");
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await assert.rejects(
      recover(machine.workspace, target.context, await machine.state(), found),
      /Uninstall it and run npm start again; its PVCs are kept: helm uninstall todo-chatbot --namespace \S+ --kube-context \S+$/,
    );
    assert.deepEqual(machine.changes, []);
  });

  it("that left a release in any state lets a destroy uninstall it", async () => {
    for (const [resources, statuses, adopts] of [
      [started, ["pending-install"], true],
      [started, [], false],
      [[...started, release], ["deployed"], false],
    ] as const) {
      using machine = new Machine(resources);
      await using server = await clusterWith(...statuses);
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await adoptForRemoval(machine.workspace, target.context, await machine.state());

      assert.equal(machine.changes.length, adopts ? 1 : 0);
    }
  });
});

describe("the namespace of a command", () => {
  const object = (owner: string) => ({
    [`/api/v1/namespaces/${namespace}`]: {
      metadata: { uid: "uid-1", annotations: { "todo-chatbot/owner": owner } },
    },
  });

  it("is claimed by the owner in the state", () => {
    const known = (inputs: object, uid?: string) => ({
      pending: 0,
      resources: [
        { ...identity, inputs: { ...inputs } },
        { urn: "n", type: "kubernetes:core/v1:Namespace", outputs: { metadata: { uid } } },
      ],
    });

    assert.equal(claimantIn(undefined), undefined);
    assert.equal(claimantIn({ pending: 0, resources: [] }), undefined);
    assert.deepEqual(claimantIn(known({ owner: "id-1", namespaceUid: "uid-1" }, "uid-0")), {
      ...{ owner: "id-1", namespaceUid: "uid-1" },
    });
    assert.deepEqual(claimantIn(known({}, "uid-0")), { owner: undefined, namespaceUid: "uid-0" });
  });

  it("is accepted if it is the state's, and refused otherwise", async () => {
    using machine = new Machine([identity]);
    for (const [owner, isRefused] of [
      ["id-1", false],
      ["id-2", true],
    ] as const) {
      await using server = await ApiServer.start({ objects: object(owner) });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      const answer = ensureOwner(machine.workspace, target, await machine.state());
      const same = ensureOwnerOf(machine.workspace, target);
      if (isRefused) {
        const expected = { name: "Problem", message: /^Nothing was changed\. The namespace/ };
        await assert.rejects(answer, expected);
        await assert.rejects(same, expected);
      } else {
        assert.equal((await answer)?.uid, "uid-1");
        await same;
      }
    }
  });

  it("that is terminating is waited for, and named when that takes too long", async () => {
    await using server = await ApiServer.start({ objects: object("id-1") });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    await assert.rejects(
      namespaceGone(target.context, namespace, 0),
      /is being deleted, .* Wait until/,
    );

    await namespaceGone(target.context, "another");
  });

  it("needs no Pulumi where there is none", async () => {
    using machine = new Machine([]);
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

    await ensureOwnerOf(machine.workspace, target);
    assert.equal(machine.read("calls"), "");
  });
});
