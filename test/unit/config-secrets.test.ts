import assert from "node:assert/strict";

import { schema } from "../../config/schema.ts";
import { parseSettings } from "../../config/settings.ts";
import { receivers } from "./alerting.ts";
import type { Values } from "./settings.ts";
import { faults, keysOf, plainText, refusal } from "./settings.ts";

describe("a secret in a stack file", () => {
  const url = "postgresql://user:hunter2@db.example.org/todo";

  it("is refused in plain text", () => {
    assert.equal(
      refusal({
        database: { mode: "external", url },
        network: { proxy: { url: "http://todo:hunter2@proxy:3128" } },
        openai: { apiKey: "sk-hunter2" },
      }),
      faults(plainText("database.url"), plainText("network.proxy.url"), plainText("openai.apiKey")),
    );
  });

  for (const [receiver, field, group] of [
    ["webhook", "url", { url: "https://hunter2.example.org" }],
    ["slack", "url", { url: "https://hunter2.example.org", channel: "#alerts" }],
    ["email", "password", receivers.email],
  ] as const) {
    it(`is refused in plain text within the receiver ${receiver}`, () => {
      assert.equal(
        refusal({ monitoring: { receivers: { [receiver]: group } } }),
        faults(plainText(`monitoring.receivers.${receiver}.${field}`)),
      );
    });
  }

  it("is accepted encrypted", () => {
    const { database, openai } = parseSettings(
      { database: { mode: "external", url }, openai: { apiKey: "sk-hunter2" } },
      new Set(["database", "openai"]),
    );

    assert.deepEqual(database, {
      ...{ mode: "external", url, keepBundled: false, runAsUser: 999 },
      keepOperator: false,
      operator: schema.parse({}).database.operator,
      pods: {},
    });
    assert.equal(openai.apiKey, "sk-hunter2");
  });

  const wrong: readonly (readonly [values: Values, fault: string])[] = [
    [
      { database: { mode: "external", url: "mysql://user:hunter2@h/d" } },
      "database.url is invalid; it must be a postgresql:// URL, encrypted.",
    ],
    [{ openai: { apiKey: "" } }, "openai.apiKey is invalid; it must be an API key, encrypted."],
    [
      { openai: { apiKey: ["hunter2"] } },
      "openai.apiKey is invalid; it must be an API key, encrypted.",
    ],
    [
      { monitoring: { receivers: { webhook: { url: "hunter2.example.org" } } } },
      "monitoring.receivers.webhook.url is invalid; it must be an http or https URL, encrypted.",
    ],
    [
      { monitoring: { receivers: { slack: "https://hunter2.example.org" } } },
      `monitoring.receivers.slack is invalid; it must be an object with the keys ${keysOf("monitoring.receivers.slack")}.`,
    ],
    [
      { monitoring: { receivers: "https://hunter2.example.org" } },
      `monitoring.receivers is invalid; it must be an object with the keys ${keysOf("monitoring.receivers")}.`,
    ],
    [
      { openai: "hunter2" },
      `openai is invalid; it must be an object with the keys ${keysOf("openai")}.`,
    ],
    [
      { database: ["hunter2"] },
      `database is invalid; it must be an object with the keys ${keysOf("database")}.`,
    ],
  ];
  for (const [values, fault] of wrong) {
    it(`is not printed when it is wrong: ${JSON.stringify(values)}`, () => {
      const message = refusal(values, Object.keys(values));

      assert.equal(message, faults(fault));
      assert.ok(!message.includes("hunter2"));
    });
  }
});
