import assert from "node:assert/strict";

import { cloudNativePgUrl, hibernate } from "../../lib/cloudnative-pg.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

const context = "kind-todo-chatbot";
const path = "/apis/postgresql.cnpg.io/v1/namespaces/todo/clusters/database";

describe("hibernate", () => {
  it("stops the instances of a database that is there", async () => {
    await using server = await ApiServer.start({ objects: { [path]: {} } });
    using _kubeconfig = new Kubeconfig({ [context]: server.url });

    assert.equal(await hibernate(context, "todo"), true);
    assert.deepEqual(server.writes, [`PATCH ${path}`]);
  });

  it("changes nothing where looking is refused, as to who deploys without the operator", async () => {
    await using server = await ApiServer.start({ status: 403 });
    using _kubeconfig = new Kubeconfig({ [context]: server.url });

    assert.equal(await hibernate(context, "todo"), false);
    assert.deepEqual(server.writes, []);
  });

  it("changes nothing where there is none", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [context]: server.url });

    assert.equal(await hibernate(context, "todo"), false);
    assert.deepEqual(server.writes, []);
  });
});

describe("the URL of an operator's database", () => {
  it("verifies the server, and has the password encoded", () => {
    assert.equal(
      cloudNativePgUrl("p@ss/w#rd"),
      "postgresql://todo:p%40ss%2Fw%23rd@database-rw:5432/todo?sslmode=verify-full",
    );
  });
});
