import assert from "node:assert/strict";

import { shortcutGroups, shortcutOf } from "../../src/lib/shortcuts.ts";

const press = (key: string, before?: string) =>
  shortcutOf({ key, ctrlKey: false, metaKey: false, altKey: false }, before);

describe("keyboard shortcuts", () => {
  it("are single keys, or two after each other", () => {
    assert.equal(press("n"), "new");
    assert.equal(press("q"), "new");
    assert.equal(press("c"), "complete");
    assert.equal(press("c", "g"), "goChat");
    assert.equal(press("t", "g"), "goTasks");
    assert.equal(press("t"), undefined);
    assert.equal(press("g"), undefined);
    assert.equal(press("n", "g"), "new");
  });

  it("take Ctrl only for undo, and leave Alt to the browser", () => {
    const event = { key: "z", ctrlKey: true, metaKey: false, altKey: false };
    assert.equal(shortcutOf(event, undefined), "undo");
    assert.equal(shortcutOf({ ...event, ctrlKey: false, metaKey: true }, undefined), "undo");
    assert.equal(shortcutOf({ ...event, key: "n" }, undefined), undefined);
    assert.equal(
      shortcutOf({ ...event, ctrlKey: false, altKey: true, key: "n" }, undefined),
      undefined,
    );
  });

  it("have no key twice where they apply", () => {
    const keys = shortcutGroups
      .flatMap(({ list }) => list)
      .flatMap(({ id, keys }) => (id ? keys : []));
    assert.deepEqual(keys, [...new Set(keys)]);
  });
});
