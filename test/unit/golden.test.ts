import assert from "node:assert/strict";

import { difference, overlay } from "../../render/golden.ts";

const configMap = (name: string, value: string) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "app" } },
  data: { value },
});

describe("the golden files of a stack that is not the first", () => {
  const first = {
    objects: [configMap("same", "1"), configMap("changed", "1"), configMap("gone", "1")],
    resources: { same: { protect: true }, changed: { protect: true }, gone: {} },
  };
  const second = {
    objects: [configMap("same", "1"), configMap("changed", "2"), configMap("new", "1")],
    resources: { same: { protect: true }, changed: {}, new: {} },
  };

  it("hold what is new or changed, and a null for what is gone", () => {
    assert.deepEqual(difference(second, first), {
      objects: [configMap("changed", "2"), configMap("new", "1")],
      resources: { changed: {}, new: {}, "ConfigMap/gone app": null, gone: null },
    });
  });

  it("and the first stack's together say all of it", () => {
    assert.deepEqual(overlay(first, difference(second, first)), second);
  });
});
