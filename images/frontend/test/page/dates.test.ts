import assert from "node:assert/strict";

import {
  describeDue,
  dueChoices,
  fromInputs,
  movedTo,
  sameDue,
  toInputs,
} from "../../src/lib/dates.ts";
import { pageLocale, setPreferences } from "../../src/lib/preferences.ts";

describe("due dates", () => {
  const zone = process.env.TZ;
  before(() => {
    process.env.TZ = "Europe/Paris";
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  const now = new Date("2026-11-22T09:00:00Z");
  for (const [dueAt, text, overdue] of [
    ["2026-11-22T16:00:00Z", "Today, 17:00", false],
    ["2026-11-22T22:59:00Z", "Today", false],
    ["2026-11-22T08:00:00Z", "Today, 9:00", true],
    ["2026-11-22T23:30:00Z", "Tomorrow, 0:30", false],
    ["2026-11-21T22:59:00Z", "Yesterday", true],
    ["2026-11-27T08:00:00Z", "Fri 27 Nov, 9:00", false],
    ["2027-12-24T22:59:00Z", "Fri 24 Dec 2027", false],
  ] as const) {
    it(`calls ${dueAt} "${text}"${overdue ? ", overdue" : ""}`, () => {
      const described = describeDue({ dueAt }, now, "en-GB", "en-GB");
      assert.deepEqual(
        { ...described, text: described?.text.replace(/^(\w{3}),/, "$1") },
        { text, overdue },
      );
    });
  }

  it("counts days, not hours, when the clocks change", () => {
    // 25 October 2026 has 25 hours in Paris.
    const morning = new Date("2026-10-25T09:00:00Z");
    assert.equal(
      describeDue({ dueAt: "2026-10-26T22:59:00Z" }, morning, "en-GB", "en-GB")?.text,
      "Tomorrow",
    );
    assert.equal(
      describeDue({ dueAt: "2026-10-24T21:59:00Z" }, morning, "en-GB", "en-GB")?.text,
      "Yesterday",
    );
  });

  it("go into inputs and back", () => {
    const due = { dueOn: null, dueAt: "2026-11-27T08:05:00.000Z" };
    assert.deepEqual(toInputs(due), { date: "2026-11-27", time: "09:05" });
    assert.deepEqual(fromInputs({ date: "2026-11-27", time: "09:05" }), due);
  });

  it("need no time: then they are a day, and that day everywhere", () => {
    const due = fromInputs({ date: "2026-11-27", time: "" });
    assert.deepEqual(due, { dueOn: "2026-11-27", dueAt: null });
    // As set in Tokyo.
    const elsewhere = { dueOn: "2026-11-27", dueAt: "2026-11-27T14:59:00.000Z" };
    assert.deepEqual(toInputs(elsewhere), { date: "2026-11-27", time: "" });
    const evening = new Date("2026-11-27T21:00:00Z");
    assert.deepEqual(describeDue(elsewhere, evening, "en-GB"), { text: "Today", overdue: false });
    assert.deepEqual(sameDue(elsewhere), due);
  });

  it("of earlier releases have the last minute of a day for a day without a time", () => {
    assert.deepEqual(toInputs({ dueAt: "2026-11-27T22:59:00.000Z" }), {
      date: "2026-11-27",
      time: "",
    });
  });

  it("can be absent, and impossible ones are", () => {
    const none = { dueOn: null, dueAt: null };
    assert.deepEqual(fromInputs({ date: "", time: "09:00" }), none);
    assert.deepEqual(fromInputs({ date: "2026-13-45", time: "" }), none);
    assert.deepEqual(toInputs(none), { date: "", time: "" });
  });

  it("are in English whatever the browser speaks", () => {
    assert.equal(pageLocale(["de-DE", "en-US", "en"]), "en-US");
    assert.equal(pageLocale(["fr"]), "en-GB");
  });

  it("are offered from today to the start of next week", () => {
    const friday = new Date("2026-11-27T23:30:00Z");
    const dates = (weekStart: number) =>
      dueChoices(friday, "en-GB", weekStart).map(({ date }) => date);
    assert.deepEqual(dates(1), ["2026-11-28", "2026-11-29", "2026-11-30"]);
    assert.deepEqual(dates(0), ["2026-11-28", "2026-11-29", "2026-11-29"]);
    assert.deepEqual(dates(6), ["2026-11-28", "2026-11-29", "2026-12-05"]);
  });

  it("keep their time when they are moved to another day", () => {
    const dueAt = "2026-03-27T08:05:00.000Z";
    assert.deepEqual(movedTo("2026-03-30", { dueAt }), {
      dueOn: null,
      dueAt: "2026-03-30T07:05:00.000Z",
    });
    assert.deepEqual(movedTo("", { dueAt }), { dueOn: null, dueAt: null });
  });

  it("are in the time zone of the settings, also when the clocks change", () => {
    setPreferences({ timeZone: "America/New_York" });
    try {
      const due = { dueOn: null, dueAt: "2026-11-23T02:05:00.000Z" };
      assert.deepEqual(toInputs(due), { date: "2026-11-22", time: "21:05" });
      assert.deepEqual(fromInputs({ date: "2026-11-22", time: "21:05" }), due);
      assert.deepEqual(describeDue(due, now, "en-GB", "en-GB"), {
        ...{ text: "Today, 21:05", overdue: false },
      });
      const skipped = fromInputs({ date: "2027-03-14", time: "02:30" }).dueAt;
      assert.equal(skipped, "2027-03-14T07:30:00.000Z");
      const after = fromInputs({ date: "2026-11-01", time: "12:00" }).dueAt;
      assert.equal(after, "2026-11-01T17:00:00.000Z");
    } finally {
      setPreferences({ timeZone: "auto" });
    }
  });
});
