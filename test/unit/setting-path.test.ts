import assert from "node:assert/strict";

import { settingPath } from "../../lib/setting-path.ts";

describe("the path of a setting", () => {
  for (const [text, keys] of [
    ["backend.replicas", ["backend", "replicas"]],
    ['monitoring.labels["example.org/team"]', ["monitoring", "labels", "example.org/team"]],
    ['monitoring["labels"].release', ["monitoring", "labels", "release"]],
    ["storage.backup.s3.bucket", ["storage", "backup", "s3", "bucket"]],
  ] as const) {
    it(`is ${JSON.stringify(keys)} for ${text}`, () => {
      assert.deepEqual(settingPath(text), keys);
    });
  }

  for (const text of ["", ".", "backend.", "backend..replicas", 'labels["a', "labels[a]", "a b"]) {
    it(`is none for ${JSON.stringify(text)}`, () => {
      assert.equal(settingPath(text), undefined);
    });
  }
});
