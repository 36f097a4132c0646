import assert from "node:assert/strict";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { runOnEdits } from "../../cli/watch/restarts.ts";
import { Folder } from "./folder.ts";

describe("a program that each edit restarts", () => {
  it("never misses an edit, also of a file that the editor replaces and after it ended by itself", async () => {
    using folder = new Folder({ "app/main.ts": "0" });
    const stop = new AbortController();
    const seen: string[] = [];
    const program = async (signal: AbortSignal) => {
      const text = folder.read("app/main.ts");
      seen.push(text);
      if (text === "3") return;
      await once(signal, "abort");
    };
    const ended = runOnEdits([folder.at("app")], program, stop.signal);
    for (let edit = 1; edit <= 6; edit += 1) {
      folder.write("main.ts", String(edit));
      renameSync(folder.at("main.ts"), folder.at("app/main.ts"));
      while (seen.at(-1) !== String(edit)) await sleep(5);
    }
    stop.abort();
    await ended;
    assert.deepEqual([...new Set(seen)], ["0", "1", "2", "3", "4", "5", "6"]);
  });
});
