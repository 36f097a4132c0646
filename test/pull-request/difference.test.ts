import assert from "node:assert/strict";

import { differences, lineDifferences } from "../../render/difference.ts";

describe("differences", () => {
  it("are none between equal values, whatever the order of their fields", () => {
    assert.deepEqual(differences({ a: [1, { b: 2 }], c: null }, { c: null, a: [1, { b: 2 }] }), []);
  });

  it("name the deepest place, and what is new or gone", () => {
    assert.deepEqual(
      differences(
        { spec: { a: 1, b: { c: "x" } }, old: true },
        { spec: { a: 1, b: { c: "y", d: 0 } } },
      ),
      [
        { path: "spec.b.c", before: "x", after: "y" },
        { path: "spec.b.d", before: undefined, after: 0 },
        { path: "old", before: true, after: undefined },
      ],
    );
  });

  it("quote fields that are no words", () => {
    assert.deepEqual(differences({ "checksum/config": "a" }, { "checksum/config": "b" }), [
      { path: '["checksum/config"]', before: "a", after: "b" },
    ]);
  });

  it("compare named elements by name, so that one more in the middle is one change", () => {
    const [a, b, c] = [
      { name: "a", image: "x" },
      { name: "b", image: "x" },
      { name: "c", image: "x" },
    ];

    assert.deepEqual(differences([a, c], [a, b, { ...c, image: "y" }]), [
      { path: "[c].image", before: "x", after: "y" },
      { path: "[b]", before: undefined, after: b },
    ]);
  });

  it("tell a new order of named elements from none", () => {
    assert.deepEqual(
      differences({ env: [{ name: "a" }, { name: "b" }] }, { env: [{ name: "b" }, { name: "a" }] }),
      [{ path: "env", before: ["a", "b"], after: ["b", "a"] }],
    );
  });

  it("compare elements without names of their own by position", () => {
    assert.deepEqual(differences({ verbs: ["get", "list"] }, { verbs: ["get", "watch"] }), [
      { path: "verbs[1]", before: "list", after: "watch" },
    ]);
    assert.deepEqual(
      differences(
        [
          { name: "http", port: 1 },
          { name: "http", port: 2 },
        ],
        [
          { name: "http", port: 1 },
          { name: "http", port: 3 },
        ],
      ),
      [
        // Ports tell them apart where names don't.
        { path: "[2]", before: { name: "http", port: 2 }, after: undefined },
        { path: "[3]", before: undefined, after: { name: "http", port: 3 } },
      ],
    );
  });
});

describe("lineDifferences", () => {
  it("keep as many lines as can be", () => {
    assert.deepEqual(lineDifferences("a\nb\nc\nd", "a\nx\nc\nd\ne"), [
      " a",
      "-b",
      "+x",
      " c",
      " d",
      "+e",
    ]);
  });

  it("rebuild both texts, for thousands of random ones", () => {
    const text = (seed: number) =>
      Array.from({ length: seed % 9 }, (_, index) =>
        "abc".charAt(((seed * (index + 3)) % 7) % 3),
      ).join("\n");
    for (let seed = 0; seed < 3000; seed += 1) {
      const [before, after] = [text(seed), text(seed * 31 + 7)];
      const lines = lineDifferences(before, after);
      const side = (sign: string) =>
        lines
          .filter((line) => !line.startsWith(sign))
          .map((line) => line.slice(1))
          .join("\n");

      assert.equal(side("+"), before);
      assert.equal(side("-"), after);
    }
  });

  it("don't look for common lines in two huge texts that have next to none", () => {
    const text = (word: string) => Array.from({ length: 5000 }, (_, index) => `${word}${index}`);
    const lines = lineDifferences(
      ["head", ...text("a")].join("\n"),
      ["head", ...text("b")].join("\n"),
    );

    assert.equal(lines.length, 10_002);
    assert.deepEqual([lines[0], lines[1], lines.at(-1)], ["-head", "-a0", "+b4999"]);
  });
});
