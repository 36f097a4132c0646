import assert from "node:assert/strict";

import { parse } from "yaml";

import { withoutSecrets } from "../../cli/preview/plan.ts";

describe("a stack file for a plan by somebody who can't decrypt it", () => {
  it("has a placeholder for each secret, and no key", () => {
    const { text, secrets } = withoutSecrets(`
secretsprovider: awskms://alias/pulumi
encryptedkey: key
encryptionsalt: v1:salt
config:
  aws:region: eu-central-1
  aws:secretKey: { secure: v1:aws }
  todo-chatbot:database:
    mode: external
    url: { secure: v1:url }
  todo-chatbot:monitoring:
    labels: { "example.org/team": { secure: v1:team } }
`);

    assert.deepEqual(parse(text), {
      config: {
        "aws:region": "eu-central-1",
        "todo-chatbot:database": { mode: "external" },
        "todo-chatbot:monitoring": { labels: {} },
      },
    });
    assert.deepEqual(
      secrets.map(([path]) => path),
      [
        "aws:secretKey",
        "todo-chatbot:database.url",
        'todo-chatbot:monitoring.labels["example.org/team"]',
      ],
    );
    assert.match(secrets[1]![1], /^postgresql:\/\/\w+@database\.invalid:5432\/todo/);
  });

  it("stays as it is without secrets", () => {
    const text = "config:\n  todo-chatbot:backend:\n    replicas: 3\n";

    assert.deepEqual(withoutSecrets(text), { text, secrets: [] });
  });
});
