import assert from "node:assert/strict";
import { readdirSync } from "node:fs";

import { command } from "./command.ts";
import { Folder } from "./folder.ts";

const stack = `config:
  todo-chatbot:backend: { replicas: 3 }
  todo-chatbot:openai:
    apiKey: { secure: v1:hunter2:hunter2 }
    model: small
`;

describe("todo settings", function () {
  this.timeout(20_000);

  async function settings(...args: readonly string[]) {
    using home = new Folder({ "Pulumi.dev.yaml": stack });
    const result = await command("settings", args, { TODO_CHATBOT_HOME: home.path });
    assert.deepEqual(readdirSync(home.path), ["Pulumi.dev.yaml"]);
    return result;
  }

  it("marks what is not the default, and shows no secret", async () => {
    const { code, output } = await settings();

    assert.equal(code, 0);
    assert.match(output, /^backend\.replicas +3 \*$/m);
    assert.match(output, /^frontend\.replicas +2$/m);
    assert.match(output, /^openai\.apiKey +set, encrypted$/m);
    assert.doesNotMatch(output, /hunter2|placeholder/);
  });

  it("shows only those of the effective modes", async () => {
    const { output } = await settings("database");

    assert.match(output, /^database\.mode +bundled\n {2}bundled: .*external: /);
    assert.doesNotMatch(output, /database\.url/);
  });

  it("explains the settings of a group", async () => {
    assert.deepEqual(await settings("storage.backup.keep"), {
      code: 0,
      output:
        "storage.backup.keep  7\n  Number of newest backups to keep. Accepts a whole number from 1 to 365. Default: 7.\n",
    });
  });

  it("refuses what is no path", async () => {
    const { code, output } = await settings("a b");

    assert.match(output, /'a b' is invalid.* Write a setting or a group, like storage\.backup/);
    assert.equal(code, 2);
  });

  it("says which setting there is not", async () => {
    const { code, output } = await settings("backend.workers");

    assert.match(output, /^There is no setting backend\.workers, /);
    assert.equal(code, 1);
  });
});
