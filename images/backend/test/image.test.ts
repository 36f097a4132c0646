import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";

import { trafficLimits } from "../src/http/traffic.ts";

const MiB = 1024 * 1024;

/** What the image runs. */
const dockerfile = readFileSync(new URL("../Dockerfile", import.meta.url), "utf8");
const command = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]") as string[];

describe("the image's memory", () => {
  it("has a heap of a third of what the container has", () => {
    const flags = command.filter((word) => word.startsWith("--"));
    const program = "console.log(require('v8').getHeapStatistics().heap_size_limit)";
    const heap = Number(execFileSync(process.execPath, [...flags, "-e", program]));
    // A number beyond all memory where there is no limit.
    const memory = Math.min(process.constrainedMemory() || Infinity, totalmem());
    const share = heap / memory;
    assert.ok(share > 0.32 && share < 0.36, `${share}`);
  });

  for (const [pod, heap, total, each] of [
    ["192 MiB", 66, 24, 4],
    ["1 GiB", 341, 127, 21],
    ["half of the usual", 33, 12, 4],
    ["all of a node's", 8000, 256, 42],
  ] as const) {
    it(`bounds the requests of a pod of ${pod} at ${total} MiB together and ${each} MiB each`, () => {
      const { totalBytes, bytesEach } = trafficLimits(heap * MiB);
      assert.deepEqual(
        [totalBytes, bytesEach].map((bytes) => Math.floor(bytes / MiB)),
        [total, each],
      );
    });
  }
});
