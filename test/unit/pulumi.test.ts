import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

import { askPulumi, ensureStack, onStack, readState } from "../../cli/pulumi/stack.ts";
import type { Workspace } from "../../cli/pulumi/workspace.ts";
import { schema } from "../../config/schema.ts";
import { Programs } from "./fakes.ts";

/** A fake Pulumi with these stacks and this state, which records its folder and arguments. */
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

  constructor(stacks: readonly string[], deployment: object = {}) {
    const list = JSON.stringify(stacks.map((name) => ({ name })));
    super({
      pulumi: `echo "$(/bin/pwd) $PULUMI_BACKEND_URL $*" >>"\${0%/*}/calls"
case "$1 $2" in
"stack ls") echo '${list}' ;;
"stack export") echo '${JSON.stringify({ deployment })}' ;;
esac`,
    });
  }

  get calls(): string[] {
    return this.read("calls").split("\n").slice(0, -1);
  }
}

describe("the commands' Pulumi", () => {
  it("runs in the project, on the workspace's backend, and asks nothing", async () => {
    using machine = new Machine([]);
    await askPulumi(machine.workspace, ["stack", "output"]);

    assert.deepEqual(machine.calls, [
      `${process.cwd()} ${pathToFileURL(machine.path).href} stack output --non-interactive`,
    ]);
  });

  it("gets the stack and the workspace's config", () => {
    using machine = new Machine([]);

    assert.deepEqual(onStack(machine.workspace, "up", "--yes"), [
      ...["up", "--yes", "--stack", "dev"],
      ...["--config-file", machine.at("Pulumi.dev.yaml")],
    ]);
  });

  it("creates a missing stack, next to the workspace's config", async () => {
    using machine = new Machine(["local"]);
    await ensureStack(machine.workspace);

    assert.equal(
      machine.calls.at(-1),
      `${machine.path} ${pathToFileURL(machine.path).href} stack init dev --no-select --non-interactive`,
    );
  });

  it("leaves a stack that is there alone", async () => {
    using machine = new Machine(["dev"]);
    await ensureStack(machine.workspace);

    assert.equal(machine.calls.filter((call) => call.includes("init")).length, 0);
  });

  it("does not fail when a concurrent command created the stack", async () => {
    using machine = new Machine(["local"]);
    machine.write(
      "pulumi",
      `#!/bin/sh
case "$2" in
ls) if [ -e "\${0%/*}/made" ]; then echo '[{"name":"dev"}]'; else echo '[]'; fi ;;
init) : >"\${0%/*}/made"; echo "stack 'dev' already exists" >&2; exit 255 ;;
esac`,
      0o755,
    );

    await ensureStack(machine.workspace);
  });

  it("fails where the stack can't be made", async () => {
    using machine = new Machine(["local"]);
    machine.write(
      "pulumi",
      `#!/bin/sh
[ "$2" = init ] || { echo '[]'; exit; }
echo 'no space left' >&2
exit 255`,
      0o755,
    );

    await assert.rejects(ensureStack(machine.workspace), /no space left/);
  });

  it("is not asked before there is a place for the state", async () => {
    using machine = new Machine(["dev"]);
    const env = { PULUMI_BACKEND_URL: pathToFileURL(machine.at("none")).href };

    assert.equal(await readState({ ...machine.workspace, env }), undefined);
  });

  it("reads the resources, and counts what was interrupted", async () => {
    const resources = [{ urn: "urn:1", type: "t", protect: true, outputs: { uid: "5f7c" } }];
    using machine = new Machine(["dev"], { resources, pending_operations: [{}, {}] });

    assert.deepEqual(await readState(machine.workspace), { resources, pending: 2 });
  });

  it("reads nothing of a stack where nothing is deployed, or that is not there", async () => {
    using empty = new Machine(["dev"]);
    assert.deepEqual(await readState(empty.workspace), { resources: [], pending: 0 });

    using missing = new Machine(["local"]);
    assert.equal(await readState(missing.workspace), undefined);
  });
});
