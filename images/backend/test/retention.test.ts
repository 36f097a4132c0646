import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { kept, prune, type Retention } from "../src/backups/retention.ts";

const nameAt = (time: number) =>
  `todo-${new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, "")}.dump`;
const nightOf = (day: string) => Date.parse(`${day}T03:00:00Z`);
const aDay = 86_400_000;

const some: Retention = { last: 2, daily: 0, weekly: 0, monthly: 0 };
const all: Retention = { last: 2, daily: 4, weekly: 3, monthly: 12 };

/** The days of names, oldest first. */
const daysOf = (names: Iterable<string>) =>
  [...names].map((name) => name.slice("todo-".length, "todo-20261129".length)).sort();

describe("the backups that are kept", () => {
  const { now } = Date;
  afterEach(() => {
    Date.now = now;
  });

  /** What is left of some backups after one more, with the clock at a time. */
  const next = (names: Iterable<string>, time: number, retention = all, proven?: string) => {
    Date.now = () => time;
    return [...kept([...names, nameAt(time)], retention, proven)];
  };

  /** What is left of a backup in each night, from one day to another. */
  const nights = (from: string, to: string, retention = all) => {
    let names: string[] = [];
    for (let time = nightOf(from); time <= nightOf(to); time += aDay) {
      names = next(names, time, retention);
    }
    return names;
  };

  it("are the newest alone, unless days, weeks or months are kept", () => {
    assert.deepEqual(daysOf(nights("2026-11-01", "2026-11-29", some)), ["20261128", "20261129"]);
  });

  it("are the last of each day, week and month of the older ones too", () => {
    assert.deepEqual(daysOf(nights("2024-01-01", "2026-11-18")), [
      ..."20251231 20260131 20260228 20260331 20260430 20260531".split(" "),
      ..."20260630 20260731 20260831 20260930 20261031".split(" "),
      // Two Sundays.
      ..."20261108 20261113 20261114 20261115 20261116 20261117 20261118".split(" "),
    ]);
  });

  it("go by weeks from Monday to Sunday, also across the end of a year", () => {
    const weekly = { ...some, last: 1, weekly: 2 };
    assert.deepEqual(daysOf(nights("2026-11-01", "2027-01-05", weekly)), [
      "20270103",
      "20270104",
      "20270105",
    ]);
  });

  it("are the last of several in one day", () => {
    const daily = { ...some, last: 1, daily: 2 };
    let names: string[] = [];
    for (let time = nightOf("2026-11-27"); time < nightOf("2026-11-29"); time += aDay / 8) {
      names = next(names, time, daily);
    }
    assert.deepEqual(names.sort(), [
      "todo-20261127T210000Z.dump",
      "todo-20261128T210000Z.dump",
      "todo-20261129T000000Z.dump",
    ]);
  });

  it("include the last that was proven, however old it is, and nothing that is no backup", () => {
    const proven = "todo-20200101T030000Z.dump";
    const names = [proven, "todo-20200102T030000Z.dump", "todo-mine.dump", "todo-list.txt"];
    const time = nightOf("2026-11-29");
    const left = next(names, time, { ...some, last: 1 }, proven);
    assert.deepEqual(daysOf(left), ["20200101", "20261129"]);
    assert.ok(
      !next(names, time, some, "todo-20190101T030000Z.dump").some((n) => n.includes("2019")),
    );
  });

  for (const [what, jump, lost] of [
    ["a year ahead", 365, 0],
    ["a month ahead", 31, 0],
    ["a day ahead", 1, 0],
    ["a day back", -1, 1],
    ["two months back", -61, 2],
    ["twenty years back", -7300, 2],
  ] as const) {
    it(`lose ${lost} at most to a clock that is ${what} for two nights`, () => {
      let names = nights("2024-06-01", "2026-11-17");
      let time = nightOf("2026-11-18");
      for (let night = 1; night <= 2; night += 1, time += aDay) {
        names = next(names, time + jump * aDay);
        assert.ok(names.includes(nameAt(time + jump * aDay)), "the newest is kept");
      }
      names = next(names, time);
      const missing = nights("2024-06-01", "2026-11-20").filter((name) => !names.includes(name));
      const neverMade = ["todo-20261118T030000Z.dump", "todo-20261119T030000Z.dump"];
      const gone = daysOf(missing.filter((name) => !neverMade.includes(name)));
      assert.ok(gone.length <= lost, gone.join());
    });
  }

  it("get rid of those that a wrong clock dated in the future", () => {
    const wrong = [1, 2, 3, 4, 5, 6, 7, 8].map((day) => `todo-2099010${day}T030000Z.dump`);
    let names = wrong;
    for (let time = nightOf("2026-10-01"); time <= nightOf("2026-11-29"); time += aDay) {
      names = next(names, time, { last: 1, daily: 4, weekly: 1, monthly: 0 });
    }
    assert.ok(!names.some((name) => wrong.includes(name)), names.join());
  });

  it("stay in their folder with their checksums, and so does everything that is no backup", async () => {
    const folder = mkdtempSync(join(tmpdir(), "todo-retention-"));
    const names = [1, 2, 3, 4].map((day) => `todo-2026010${day}T030000Z.dump`);
    const foreign = ["lost+found", "todo-mine.dump", "other.dump", "proven"];
    for (const name of names) {
      for (const end of ["", ".sha256", ".age.sha256", ".unrecorded"])
        writeFileSync(join(folder, name + end), "");
    }
    for (const name of foreign) writeFileSync(join(folder, name), `${names[1]}\n`);
    const said: string[] = [];
    await prune(folder, { ...some, last: 1 }, (text) => said.push(text));
    const left = [names[1], names[3]].flatMap((name) => [
      name,
      `${name}.sha256`,
      `${name}.age.sha256`,
      `${name}.unrecorded`,
    ]);
    assert.deepEqual(readdirSync(folder).sort(), [...foreign, ...left].sort());
    assert.deepEqual(said, [`removed: ${names[2]}`, `removed: ${names[0]}`]);
    rmSync(folder, { recursive: true });
  });
});
