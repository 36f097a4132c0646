import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { readConfig } from "../../config/index.ts";
import { startEngine, valueOf } from "./engine.ts";
import { faults, keysOf, plainText } from "./settings.ts";

describe("readConfig", () => {
  it("hands secrets out encrypted, and ignores the keys of others", async () => {
    await startEngine({
      config: {
        "kubernetes:context": "elsewhere",
        "todo-chatbot:backend": '{"replicas":3}',
        "todo-chatbot:database": '{"mode":"external","url":"postgresql://u:p@h/d"}',
        "todo-chatbot:monitoring": '{"receivers":{"webhook":{"url":"https://h.example.org"}}}',
        "todo-chatbot:openai": '{"apiKey":"sk-1","model":"m"}',
      },
      encrypted: ["todo-chatbot:database", "todo-chatbot:monitoring", "todo-chatbot:openai"],
    });
    const { backend, database, monitoring, openai, frontend } = readConfig();

    assert.equal(backend.replicas, 3);
    assert.equal(frontend.replicas, 2);
    assert.equal(openai.model, "m");
    assert.ok(database.mode === "external" && monitoring.mode === "bundled");
    for (const [output, value] of [
      [database.url, "postgresql://u:p@h/d"],
      [openai.apiKey, "sk-1"],
      [monitoring.receivers.webhook?.url, "https://h.example.org"],
    ] as const) {
      assert.ok(output !== undefined);
      assert.equal(await valueOf(output), value);
      assert.ok(await pulumi.isSecret(output));
    }
  });

  it("has no secrets where a stack has none", async () => {
    await startEngine();
    const { database, openai } = readConfig();

    assert.ok(!("url" in database));
    assert.equal(openai.apiKey, undefined);
  });

  for (const [what, endpoint] of [
    ["a bucket with its keys", "https://s3.example.org"],
    ["no bucket where there are keys alone", ""],
  ] as const) {
    it(`hands out ${what}`, async () => {
      const s3 = { accessKeyId: "key", secretAccessKey: "hush" };
      const where = endpoint === "" ? {} : { endpoint, bucket: "safe" };
      await startEngine({
        config: { "todo-chatbot:storage": JSON.stringify({ backup: { s3: { ...s3, ...where } } }) },
        encrypted: ["todo-chatbot:storage"],
      });

      const { backup } = readConfig().storage;
      assert.equal(backup.s3?.endpoint ?? "", endpoint);
      assert.equal(backup.s3 === undefined, endpoint === "");
    });
  }

  it("refuses a secret that the engine has not decrypted", async () => {
    await startEngine({ config: { "todo-chatbot:openai": '{"apiKey":"sk-hunter2"}' } });

    assert.throws(() => readConfig(), {
      message: faults(plainText("openai.apiKey")),
      // Pulumi prints such an error without a stack trace.
      __pulumiRunError: true,
    });
  });

  it("refuses what is no object", async () => {
    await startEngine({ config: { "todo-chatbot:backend": "three" } });

    assert.throws(() => readConfig(), {
      message: faults(
        `backend is "three"; it must be an object with the keys ${keysOf("backend")}.`,
      ),
    });
  });
});
