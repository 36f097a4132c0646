import assert from "node:assert/strict";

import { describeDue, fromInputs, pageLocale, sameDue, toInputs } from "../../src/lib/dates.ts";

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
      const described = describeDue({ dueAt }, now, "en-GB");
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
      describeDue({ dueAt: "2026-10-26T22:59:00Z" }, morning, "en-GB")?.text,
      "Tomorrow",
    );
    assert.equal(
      describeDue({ dueAt: "2026-10-24T21:59:00Z" }, morning, "en-GB")?.text,
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
});
