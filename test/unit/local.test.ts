import assert from "node:assert/strict";
import { compileFunction } from "node:vm";

import { Cluster } from "../../components/cluster/cluster.ts";
import { OwnershipGuard } from "../../components/cluster/ownership-guard.ts";
import { ImageDelivery } from "../../components/images/delivery.ts";
import * as delivery from "../../components/providers/delivery.ts";
import * as identity from "../../components/providers/identity.ts";
import * as ownership from "../../components/providers/ownership.ts";
import { only, settle, startEngine } from "./engine.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;

/** A dynamic provider that is stored as text, and the module that the text loads. */
const stored = [
  {
    resource: "ClusterIdentity",
    module: "identity",
    operations: identity,
    make: () =>
      new Cluster("cluster", {
        ...{ target, connection: undefined, found: undefined, namespace: "n", protect: false },
        ...{ stack: "dev", settings: {}, isPreview: false },
      }),
  },
  {
    resource: "OwnershipGuard",
    module: "ownership",
    operations: ownership,
    make: () => new OwnershipGuard("guard", { target, namespace: "n", owner: "id" }, {}),
  },
  {
    resource: "ImageDelivery",
    module: "delivery",
    operations: delivery,
    make: () =>
      new ImageDelivery("backend", { target, image: "backend:1", pullable: false, keep: 3 }, {}),
  },
] as const;

for (const { resource, module, operations, make } of stored) {
  describe(`the stored provider of ${resource}`, () => {
    let text: string;
    const file = `${process.cwd()}/components/providers/${module}.ts`;

    before(async () => {
      await startEngine();
      make();
      await settle();
      text = String(only(`pulumi-nodejs:dynamic/index:${resource}`).inputs["__provider"]);
    });

    it("loads a module of the project's folder, and nothing else", () => {
      assert.deepEqual(text.match(/require\(.*?\)/g), [
        'require("node:fs")',
        "require(file)",
        'require("node:module")',
      ]);
      assert.doesNotMatch(text, /\bimport\b/);
    });

    it("is the same on every machine", () => {
      assert.ok(!text.includes(process.cwd()));
    });

    it("has the operations of a provider alone", () => {
      const known = ["check", "create", "delete", "diff", "read", "update"];

      assert.deepEqual(
        Object.keys(operations).filter((name) => !known.includes(name)),
        [],
      );
    });

    it("calls the module's functions when it runs", async () => {
      const loaded: string[] = [];
      const load = (path: string) => {
        loaded.push(path);
        return { create: (inputs: string) => `created ${inputs}`, flushCompileCache() {} };
      };

      assert.equal(await handlerOf(text, load)["create"]?.("inputs"), "created inputs");
      assert.deepEqual(loaded, [file, "node:module"]);
    });

    // All versions have that of the identity.
    if (module === "identity") return;
    it("lets an older version without the module delete the resource, and nothing else do so", async () => {
      const load = () => {
        throw new Error("not found");
      };
      const older = handlerOf(text, load, (path) => path.endsWith("/identity.ts"));
      assert.deepEqual(Object.keys(older), ["delete"]);
      await older["delete"]?.();
      assert.throws(() => handlerOf(text, load, () => false), /not found/);
    });
  });
}

/** Runs a provider's text like the engine's process for dynamic providers. */
function handlerOf(
  text: string,
  load: (path: string) => unknown,
  existsSync: (path: string) => boolean = () => true,
) {
  const run = compileFunction(`${text}; return exports.handler();`, ["exports", "require"]) as (
    exports: object,
    load: (path: string) => unknown,
  ) => Record<string, (...args: unknown[]) => unknown>;
  return run({}, (path) => (path === "node:fs" ? { existsSync } : load(path)));
}
