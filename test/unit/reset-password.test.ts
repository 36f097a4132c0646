import assert from "node:assert/strict";

import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";

describe("reset-password", function () {
  this.timeout(60_000);

  it("needs an address", async () => {
    const { code, output } = await command("reset-password", []);
    assert.match(output, /missing required argument 'email'/);
    assert.equal(code, 2);
  });

  it("says that no backend is there to ask", async () => {
    const selector =
      "app.kubernetes.io/part-of=todo-chatbot,app.kubernetes.io/component in (backend)";
    const query = new URLSearchParams({ labelSelector: selector }).toString();
    const pods = `/api/v1/namespaces/todo-chatbot-namespace/pods?${query}`;
    const objects = { [pods]: { items: [{ metadata: { name: "backend-1" } }] } };
    await using server = await ApiServer.start({ objects });
    using _kubeconfig = new Kubeconfig({ "kind-todo-chatbot": server.url });
    const { code, output } = await command("reset-password", ["ann@example.com"]);
    assert.equal(
      output,
      "No backend pod is ready in namespace todo-chatbot-namespace of kind-todo-chatbot. Run npm start.\n",
    );
    assert.equal(code, 1);
  });
});
