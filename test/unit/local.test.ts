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

    before(async () => {
      await startEngine();
      make();
      await settle();
      text = String(only(`pulumi-nodejs:dynamic/index:${resource}`).inputs["__provider"]);
    });

    it("loads a module of the project's folder, and nothing else", () => {
      const loads = new Set(text.match(/require\(`.*?`\)/g));
      const captures = new Set(text.match(/with\(\{.*\}\)/g));

      assert.deepEqual(
        [...loads],
        ["require(`${process.cwd()}/components/providers/${module}.ts`)"],
      );
      assert.doesNotMatch(text, /\bimport\b/);
      for (const captured of captures) {
        assert.match(
          captured,
          /^with\(\{ (module: "\w+", operation: "\w+"|provider: __provider), this: undefined, arguments: undefined \}\)$/,
        );
      }
    });

    it("is the same on every machine", () => {
      assert.ok(!text.includes(process.cwd()));
    });

    it("has the operations that the module exports, and no other", () => {
      const [, table = ""] = /var __provider = \{(.*)\};/.exec(text) ?? [];

      assert.deepEqual(
        table
          .split(", ")
          .map((entry) => entry.split(":")[0])
          .sort(),
        Object.keys(operations).sort(),
      );
      assert.deepEqual(new Set(text.match(/module: "\w+"/g)), new Set([`module: "${module}"`]));
    });

    it("calls the module's functions when it runs", async () => {
      const run = compileFunction(`${text}; return exports.handler();`, ["exports", "require"]) as (
        exports: object,
        load: (path: string) => unknown,
      ) => Record<string, (...args: unknown[]) => unknown>;
      const calls: unknown[] = [];
      const load = (path: string) => ({
        create: (...args: unknown[]) => {
          calls.push(path, args);
          return "created";
        },
      });

      assert.equal(await run({}, load)["create"]?.("inputs"), "created");
      assert.deepEqual(calls, [`${process.cwd()}/components/providers/${module}.ts`, ["inputs"]]);
    });
  });
}
