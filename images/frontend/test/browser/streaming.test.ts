import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { join } from "node:path";

import { loadPage } from "../../server/page.ts";
import { listen, makeApp } from "../server/rig.ts";
import { leave, openPage } from "./rig.ts";

const session = { token: "t", user: { id: "u", email: "streaming@example.com" } };
const task = { id: "1", title: "Buy milk", description: "", completed: false, priority: "medium" };

const limits = { maximumTasks: 100, maximumTextBytes: 10_000 };

/** The page in front of a backend whose answer the test gives piece by piece. */
async function visit() {
  let answer: ServerResponse | undefined;
  const asked = Promise.withResolvers<undefined>();
  const tasks: unknown[] = [];
  const { server, url } = await listen((request, response) => {
    if (request.url !== "/api/chat") {
      const list = request.url?.startsWith("/api/tasks") ? tasks : [];
      const usage = { pending: tasks.length, completed: 0, textBytes: 0, ...limits };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(request.url === "/api/tasks/usage" ? usage : list));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    answer = response;
    asked.resolve(undefined);
  });
  const folder = join(import.meta.dirname, "../../dist/page");
  const { app } = await makeApp({ page: await loadPage(folder), target: url });
  const page = await openPage();
  await page.goto(await app.listen({ port: 0, host: "127.0.0.1" }));
  await page.evaluate((value) => {
    localStorage.setItem("todo-chatbot:session", value);
  }, JSON.stringify(session));
  await page.reload();
  await page.getByLabel("Message").fill("add milk");
  await page.keyboard.press("Enter");
  await asked.promise;
  assert(answer !== undefined);
  const response = answer;
  return {
    page,
    tasks,
    response,
    send: (event: string, data: unknown) =>
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    end: async () => {
      await leave(page);
      server.closeAllConnections();
      server.close();
      await app.close();
    },
  };
}

describe("an answer that takes its time", () => {
  it("is shown as it comes: what was done, the list, the words", async () => {
    const { page, send, tasks, response, end } = await visit();
    const answer = page.getByRole("article", { name: "Assistant" });
    send("start", { conversationId: "c" });
    await answer.waitFor();

    const created = { ...task, dueAt: null, createdAt: "", updatedAt: "" };
    tasks.push(created);
    const call = { name: "add_task", arguments: { title: "Buy milk" }, result: { task: created } };
    send("tool", call);
    await answer.getByText("Added", { exact: true }).waitFor();
    await page.getByRole("checkbox", { name: "Buy milk" }).waitFor();

    send("delta", { text: "I have **ad" });
    await answer.getByText("I have **ad").waitFor();
    assert(await page.getByRole("button", { name: "Stop the answer" }).isVisible());
    send("delta", { text: "ded** it." });
    await answer.locator("strong", { hasText: /^added$/ }).waitFor();

    const reply = "I have **added** it.";
    send("done", { conversationId: "c", reply, toolCalls: [call], agent: "openai" });
    response.end();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await end();
  });

  it("is stopped down to the backend when the person stops it", async () => {
    const { page, send, response, end } = await visit();
    send("start", { conversationId: "c" });
    send("delta", { text: "Once upon a time" });
    await page.getByText("Once upon a time").waitFor();
    const closed = once(response, "close");
    await page.getByRole("button", { name: "Stop the answer" }).click();
    await closed;
    await page.locator("article").getByText("Stopped.").waitFor();
    await page.getByText("Once upon a time").first().waitFor();
    await end();
  });
});
