import assert from "node:assert/strict";

import { AppsV1Api, NetworkingV1Api } from "@kubernetes/client-node";

import type { Person } from "./client.ts";
import { cluster, eventually, namespace } from "./project.ts";
import { stack } from "./stack.ts";

describe(`drift, on ${stack.context}`, function () {
  this.timeout(600_000);
  this.slow(120_000);

  let person: Person;
  before(async () => {
    person = await stack.running();
  });

  const apps = () => cluster(stack.context).config.makeApiClient(AppsV1Api);
  const networking = () => cluster(stack.context).config.makeApiClient(NetworkingV1Api);

  it("finds none in a stack that was just deployed", async () => {
    const { code, output, took } = await stack.todo("drift");

    assert.equal(code, 0, output);
    assert.match(output, /^✓ stack \w+: no drift in \d+ objects$/m);
    console.log(`      took ${took} s`);
  });

  it("names each object that was scaled, edited or deleted by hand, and how to fix it", async () => {
    const core = stack.core();
    const deployment = await apps().readNamespacedDeployment({
      name: "frontend-deployment",
      namespace,
    });
    deployment.spec!.replicas = 1;
    await apps().replaceNamespacedDeployment({
      name: "frontend-deployment",
      namespace,
      body: deployment,
    });
    const config = await core.readNamespacedConfigMap({ name: "backend-config", namespace });
    config.data = { ...config.data, OPENAI_MODEL: "by-hand" };
    await core.replaceNamespacedConfigMap({ name: "backend-config", namespace, body: config });
    // One that the program manages, not the chart.
    const service = await core.readNamespacedService({ name: "prometheus-service", namespace });
    service.metadata!.labels = { ...service.metadata!.labels, note: "by-hand" };
    await core.replaceNamespacedService({ name: "prometheus-service", namespace, body: service });
    await networking().deleteNamespacedNetworkPolicy({ name: "allow-frontend", namespace });

    const { code, output } = await stack.todo("drift");

    assert.equal(code, 2, output);
    assert.match(output, /: drift in 4 of \d+ objects/);
    assert.match(output, /^ {2}Deployment\/frontend-deployment\n {6}spec\.replicas: 2 → 1$/m);
    assert.match(
      output,
      /^ {2}ConfigMap\/backend-config\n {6}data\.OPENAI_MODEL: \(none\) → by-hand$/m,
    );
    assert.match(
      output,
      /^ {2}Service\/prometheus-service\n {6}metadata\.labels\.note: \(none\) → by-hand$/m,
    );
    assert.match(output, /^ {2}NetworkPolicy\/allow-frontend is missing$/m);
    assert.match(output, /^Fix the objects: npm run todo -- drift --stack \w+ --fix$/m);
  });

  it("fixes all of it, and the application works", async () => {
    const { code, output, took } = await stack.todo("drift", "--fix");
    assert.equal(code, 0, output);
    console.log(`      fixing took ${took} s`);

    const again = await stack.todo("drift");
    assert.equal(again.code, 0, again.output);
    await eventually(60, async () => {
      const { status } = await apps().readNamespacedDeployment({
        name: "frontend-deployment",
        namespace,
      });
      assert.equal(status?.readyReplicas, 2);
    });
    await eventually(30, () => person.ask("POST", "/api/tasks", { title: "after the fix" }));
    assert.deepEqual(await person.titles(), ["after the fix"]);
  });

  it("leaves nothing that the next update fails on", async () => {
    // It writes to what was fixed: the Service by its port, the Deployment by its replicas.
    const { code, output } = await stack.start("frontend.replicas=1");
    assert.equal(code, 0, output);

    const back = await stack.start("frontend.replicas=2");
    assert.equal(back.code, 0, back.output);
    const { code: found, output: words } = await stack.todo("drift");
    assert.equal(found, 0, words);
  });
});
