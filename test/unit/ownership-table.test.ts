import assert from "node:assert/strict";
import { mock } from "node:test";
import { pathToFileURL } from "node:url";

import { ensureOwner, ensureOwnerOf } from "../../cli/kubernetes/ownership.ts";
import { readState } from "../../cli/pulumi/stack.ts";
import type { Workspace } from "../../cli/pulumi/workspace.ts";
import { check, read } from "../../components/providers/identity.ts";
import type { IdentityInputs } from "../../components/providers/identity.ts";
import { delete as removeGuard } from "../../components/providers/ownership.ts";
import { schema } from "../../config/schema.ts";
import { connect } from "../../lib/kubernetes.ts";
import { findNamespace } from "../../lib/ownership.ts";
import { messageOf } from "../../lib/problem.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { Programs } from "./fakes.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const namespace = "todo-chatbot-namespace";
const path = `/api/v1/namespaces/${namespace}`;

/** What a state knows, and what the cluster has; undefined: no such namespace, or no cluster. */
interface Situation {
  readonly state?: IdentityInputs;
  readonly metadata?: object;
  readonly isGone?: boolean;
}

const mine: IdentityInputs = { target, namespace, uid: "uid-1", owner: "id-1", ownedBy: "me" };
const marked = (owner: string) => ({
  uid: "ns-1",
  annotations: { "todo-chatbot/owner": owner, "todo-chatbot/owned-by": "ann@laptop" },
});

const situations: Readonly<Record<string, Situation>> = {
  "no state": {},
  own: { state: mine, metadata: marked("id-1") },
  lost: { metadata: marked("id-1") },
  foreign: { state: mine, metadata: marked("id-2") },
  "plain Helm": { metadata: { uid: "ns-1" } },
  "cluster gone": { state: mine, isGone: true },
};

type Outcome = "goes on" | "warns" | "refused" | "no cluster";

/** Runs the checks between a command and the cluster, and returns their outcome. */
type Gate = (workspace: Workspace, situation: Situation) => Promise<"goes on" | "warns">;

const goOn = async (work: Promise<unknown>) => {
  await work;
  return "goes on" as const;
};

/** What the program does first: an update, or a preview, which may do without a cluster. */
const program =
  (isPreview: boolean): Gate =>
  async (_workspace, { state }) => {
    const connection = await connect(target).catch((error: unknown) => {
      if (!isPreview) throw error;
      return undefined;
    });
    const found = connection && (await findNamespace(target.context, namespace));
    const said = mock.method(console, "error", () => undefined);
    try {
      const { failures } = await check(state ?? {}, {
        ...{ target, namespace, uid: connection?.uid, found, stack: "dev", isPreview },
      });
      if (failures[0] !== undefined) throw new Error(failures[0].reason);
      return said.mock.callCount() > 0 ? "warns" : "goes on";
    } finally {
      said.mock.restore();
    }
  };

const withState: Gate = async (workspace) =>
  goOn(
    connect(target).then(async () => ensureOwner(workspace, target, await readState(workspace))),
  );
const withoutState: Gate = (workspace) =>
  goOn(connect(target).then(() => ensureOwnerOf(workspace, target)));

const commands: Readonly<Record<string, Gate>> = {
  start: withState,
  up: program(false),
  preview: program(true),
  down: withState,
  destroy: (_workspace, { state }) =>
    goOn(
      state === undefined
        ? Promise.resolve()
        : removeGuard("", { target, namespace, owner: state.owner ?? "" }),
    ),
  refresh: (_workspace, { state }) =>
    goOn(state === undefined ? Promise.resolve() : read("", state)),
  backup: withoutState,
  restore: withoutState,
  move: withoutState,
  drift: withState,
  repair: withState,
};

const refusedOrNot = (outcome: Outcome): Readonly<Record<string, Outcome>> => ({
  ...Object.fromEntries(Object.keys(commands).map((command) => [command, outcome])),
  ...(outcome === "refused" && { preview: "warns" }),
  ...(outcome === "no cluster" && { preview: "goes on" }),
});
/** A state that has nothing can't destroy or refresh anything. */
const idle: Readonly<Record<string, Outcome>> = { destroy: "goes on", refresh: "goes on" };

const table: Readonly<Record<string, Readonly<Record<string, Outcome>>>> = {
  "no state": refusedOrNot("goes on"),
  own: refusedOrNot("goes on"),
  lost: { ...refusedOrNot("refused"), ...idle },
  foreign: refusedOrNot("refused"),
  "plain Helm": { ...refusedOrNot("refused"), ...idle },
  "cluster gone": refusedOrNot("no cluster"),
};

/** A machine whose Pulumi has a state with this identity. */
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

  constructor(state: IdentityInputs | undefined) {
    const type = "pulumi-nodejs:dynamic/index:ClusterIdentity";
    const resources = state === undefined ? [] : [{ urn: "identity", type, inputs: state }];
    super({
      pulumi: `case "$1 $2" in
version*) echo v3.259.0 ;;
"stack ls") echo '[{"name":"dev"}]' ;;
"stack export") echo '${JSON.stringify({ version: 3, deployment: { resources } })}' ;;
esac`,
    });
  }
}

describe("a command", () => {
  for (const [name, situation] of Object.entries(situations)) {
    for (const [command, gate] of Object.entries(commands)) {
      const expected = table[name]?.[command];
      it(`${command} × ${name}: ${expected ?? "?"}, and writes nothing before it has decided`, async () => {
        using machine = new Machine(situation.state);
        const { metadata } = situation;
        await using server = await ApiServer.start({
          uid: "uid-1",
          ...(metadata && { objects: { [path]: { metadata } } }),
        });
        using _kubeconfig = new Kubeconfig(
          situation.isGone ? {} : { [target.context]: server.url },
        );

        const outcome = await gate(machine.workspace, situation).catch((error: unknown) =>
          /belongs to|no owner mark/.test(messageOf(error))
            ? "refused"
            : /The kubeconfig has no context/.test(messageOf(error))
              ? "no cluster"
              : messageOf(error),
        );

        assert.equal(outcome, expected);
        assert.deepEqual(server.writes, []);
      });
    }
  }
});
