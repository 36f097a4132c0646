import assert from "node:assert/strict";

import type { Person } from "./client.ts";
import { Traffic } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { eventually } from "./project.ts";
import { inOrder, stack } from "./stack.ts";

describe(`npm start on a deployed stack, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);
  inOrder();

  let person: Person;

  before(async () => {
    person = await stack.running();
    await person.ask("POST", "/api/tasks", { title: "water the plants" });
  });
  after(() => stack.project.switchTo());

  it("serves an edited line after the next start, and loses no request meanwhile", async () => {
    await stack.project.edit("images/frontend/index.html", "<title>", "<title>Edited ");
    const page = async () => {
      const response = await fetch(stack.url, { signal: AbortSignal.timeout(10_000) });
      assert.equal(response.status, 200);
      return response.text();
    };
    // A NodePort may reset connections for a second after pods were added.
    await eventually(30, async () => {
      for (let calm = 0; calm < 20; calm += 1) await page();
    });
    const traffic = [new Traffic(page), new Traffic(() => person.titles())];
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    // Old pods finish their requests before they stop; their kept-alive connections end with them.
    await eventually(30, async () => {
      assert.match(await page(), /<title>Edited /);
    });
    for (const each of traffic) await each.stop();
    for (const { sent, failures } of traffic) {
      assert.ok(sent > 20, `only ${sent} requests were sent`);
      assert.deepEqual(failures, []);
    }
  });

  it("loads an image again on a node that lost it", async () => {
    const outputs = JSON.parse(
      (await stack.todo("pulumi", "stack", "output", "--json")).output,
    ) as {
      images: { backend: { name: string } };
    };
    const reference = `docker.io/library/${outputs.images.backend.name}`;
    await testCluster.removeImage(reference);
    assert.ok(!(await testCluster.images()).includes(reference));

    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    assert.ok((await testCluster.images()).includes(reference));
  });

  it("rolls back a release whose pods never become ready, and says so within its timeout", async () => {
    await stack.project.edit(
      "images/backend/src/server.ts",
      "import",
      'throw new Error("broken");\nimport',
    );
    const { code, output, took } = await stack.start("pods.readyTimeout=45s");
    assert.notEqual(code, 0);
    assert.match(output, /release/i);
    assert.match(output, /Not ready: backend-deployment-\S+: container backend ended with exit/);
    assert.match(output, /Error: broken/);
    assert.ok(took < 150, `it took ${took} s`);
    assert.deepEqual(await person.titles(), ["water the plants"]);

    await stack.project.edit(
      "images/backend/src/server.ts",
      'throw new Error("broken");\nimport',
      "import",
    );
    const fixed = await stack.start("pods.readyTimeout=180s");
    assert.equal(fixed.code, 0, fixed.output);
    assert.deepEqual(await person.titles(), ["water the plants"]);
  });

  it("names a failing image build and leaves what runs unchanged", async () => {
    await stack.project.edit("images/backend/Dockerfile", "npm run build /mnt", "exit 3");
    const { code, output } = await stack.start();
    assert.notEqual(code, 0);
    assert.match(output, /images-backend/);
    assert.match(output, /exit code: 3/);
    await stack.project.edit("images/backend/Dockerfile", "exit 3", "npm run build /mnt");
    assert.deepEqual(await person.titles(), ["water the plants"]);
  });

  it("recovers from an update that was killed in the middle of a rollout", async () => {
    await stack.project.edit("images/frontend/index.html", "<title>", "<title>Again ");
    const killed = await stack.project.killAt(/Release release updating/, "start", ...stack.place);
    assert.notEqual(killed.code, 0);
    assert.match(killed.output, /Release release updating/);

    const repaired = await stack.todo("repair");
    assert.equal(repaired.code, 0, repaired.output);
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    await eventually(30, async () => {
      assert.match(await (await fetch(stack.url)).text(), /<title>Again /);
    });
  });

  it("refuses invalid settings, all at once, before anything changes", async () => {
    const { code, output, took } = await stack.start("backend.replicas=0", "monitorng.mode=off");
    assert.equal(code, 1);
    assert.match(
      output,
      /todo-chatbot:backend\.replicas is 0; it must be a whole number from 1 to 50\./,
    );
    assert.match(output, /todo-chatbot:monitorng is not a known key\. Did you mean monitoring\?/);
    assert.ok(took < 30, `it took ${took} s`);
  });
});
