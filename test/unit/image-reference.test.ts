import assert from "node:assert/strict";

import { parseReference } from "../../lib/image-reference.ts";

const digest = `sha256:${"0a".repeat(32)}`;

describe("parseReference", () => {
  for (const [reference, repository, tag, of] of [
    ["postgres:17.11-bookworm", "postgres", "17.11-bookworm", ""],
    ["postgres", "postgres", "", ""],
    [`postgres@${digest}`, "postgres", "", digest],
    [`prom/prometheus:v3.13.4@${digest}`, "prom/prometheus", "v3.13.4", digest],
    ["localhost:5000/todo-chatbot-backend:3f9c", "localhost:5000/todo-chatbot-backend", "3f9c", ""],
    ["localhost:5000/todo-chatbot-backend", "localhost:5000/todo-chatbot-backend", "", ""],
    [
      `registry.example.org:443/team/app:1@${digest}`,
      "registry.example.org:443/team/app",
      "1",
      digest,
    ],
  ] as const) {
    it(`takes ${reference} apart`, () => {
      assert.deepEqual(parseReference(reference), { repository, tag, digest: of });
    });
  }
});
