import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { run } from "../../lib/exec.ts";
import type { Ending } from "../e2e/processes.ts";
import { endings } from "../e2e/processes.ts";
import { spread } from "../soak/points.ts";

/** Whether a process runs; one that has ended and that nobody asked for does not. */
const isAlive = async (pid: number) =>
  /^[^Z]/.test(await run("ps", ["-p", String(pid), "-o", "stat="]).catch(() => ""));

/** Starts one process in its group and one in a group of its own, and prints their ids. */
const tree = `
const { spawn } = require("node:child_process");
process.on("SIGINT", () => setTimeout(() => process.exit(3), 50));
const ids = [false, true].map((detached) => spawn("sleep", ["60"], { detached, stdio: "ignore" }).pid);
console.log(ids.join(" "));
setInterval(() => undefined, 1000);`;

describe("a command that is ended from outside", () => {
  for (const [ending, plugin] of [
    ["SIGKILL of all", "ends"],
    ["SIGKILL of the group", "goes on"],
    ["SIGINT", "goes on"],
  ] as const satisfies readonly (readonly [Ending, string])[]) {
    it(`by ${ending} takes its children along; one in a group of its own ${plugin}`, async () => {
      const child = spawn(process.execPath, ["--eval", tree], {
        ...{ detached: true, stdio: ["ignore", "pipe", "inherit"] },
      });
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      const [member = 0, apart = 0] = String(line).trim().split(" ").map(Number);
      try {
        await endings[ending](child.pid!);
        const [code] = (await once(child, "exit")) as [number | null];
        await sleep(50);

        assert.equal(code, ending === "SIGINT" ? 3 : null);
        assert.equal(await isAlive(member), false);
        assert.equal(await isAlive(apart), plugin === "goes on");
      } finally {
        if (await isAlive(apart)) process.kill(apart, "SIGKILL");
      }
    });
  }
});

describe("the points at which the soak tests interrupt", () => {
  const phase = (name: string, isEdge = false) => ({
    ...{ operation: "up", phase: name, isEdge, spreadMs: isEdge ? 600 : 4_000 },
  });
  const phases = [phase("a"), phase("b", true), phase("c"), phase("d", true)];
  const names = (count: number, seed: number) =>
    spread(phases, ["kill", "stop"], count, seed).map(({ phase: { phase: name } }) => name);

  it("are the same for the same seed, in the order of the phases", () => {
    assert.deepEqual(
      spread(phases, ["kill", "stop"], 40, 7),
      spread(phases, ["kill", "stop"], 40, 7),
    );
    assert.notDeepEqual(names(40, 7), names(40, 8));
    assert.deepEqual(names(40, 7), names(40, 7).toSorted());
  });

  it("meet the edges first, then every phase, then the edges more often", () => {
    for (let seed = 0; seed < 50; seed += 1) {
      assert.deepEqual(names(2, seed), ["b", "d"]);
      assert.deepEqual(names(4, seed), ["a", "b", "c", "d"]);
      const many = names(200, seed);
      assert.ok(many.filter((name) => "bd".includes(name)).length > 140);
    }
  });

  it("vary the ending from point to point, and stay within their phase", () => {
    const points = spread(phases, ["kill", "stop"], 80, 7);
    for (const each of phases) {
      const own = points.filter((point) => point.phase === each);
      assert.equal(new Set(own.slice(0, 2).map(({ ending }) => ending)).size, 2);
      assert.ok(own.every(({ delayMs }) => delayMs >= 0 && delayMs <= each.spreadMs));
    }
  });
});
