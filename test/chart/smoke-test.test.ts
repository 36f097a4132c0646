import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { chart } from "./helm.ts";

/** What is wrong with the application that the script is run against. */
interface Faults {
  readonly notReady?: boolean;
  readonly noMetrics?: boolean;
  /** Answers that a task was added, and forgets it. */
  readonly losesTasks?: boolean;
  /** Talks, and calls no tool. */
  readonly chatsOnly?: boolean;
  readonly losesMessages?: boolean;
  readonly showsEverybodysTasks?: boolean;
}

interface Task {
  readonly id: string;
  readonly owner: string;
  readonly title: string;
}

/** An application in memory with just the routes that the script asks for. */
function application(faults: Faults) {
  const tasks: Task[] = [];
  const add = (owner: string, title: string) => {
    const task = { id: randomUUID(), owner, title };
    if (!faults.losesTasks) tasks.push(task);
    return task;
  };
  return async (request: IncomingMessage): Promise<readonly [status: number, body: unknown]> => {
    const route = `${request.method ?? ""} ${(request.url ?? "").replace(/[0-9a-f-]{36}|\?.*/g, "")}`;
    const owner = request.headers.authorization ?? "";
    const body = await text(request);
    const visible = tasks.filter((task) => faults.showsEverybodysTasks || task.owner === owner);
    switch (route) {
      case "GET /readyz":
        return [faults.notReady ? 503 : 200, {}];
      case "GET /metrics":
        return [200, faults.noMetrics ? "" : "# TYPE up gauge\nup 1\n"];
      case "POST /api/auth/register":
        return [201, { token: randomUUID() }];
      case "POST /api/tasks":
        return [201, add(owner, (JSON.parse(body) as { title: string }).title)];
      case "POST /api/chat": {
        const toolCalls = faults.chatsOnly ? [] : [{ name: "add_task" }];
        add(owner, "Buy milk");
        return [200, { conversationId: randomUUID(), toolCalls }];
      }
      case "GET /api/tasks":
        return [200, visible];
      case "GET /api/tasks/":
        return [visible.some(({ id }) => request.url?.endsWith(id)) ? 200 : 404, {}];
      case "GET /api/conversations//messages":
        return [200, faults.losesMessages ? [] : ["add buy milk", "Added."]];
      default:
        return [404, `no route ${route}`];
    }
  };
}

/** Runs the script against such an application. */
async function run(faults: Faults): Promise<{ status: number | null; output: string }> {
  const answer = application(faults);
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      const isText = typeof body === "string";
      response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
      response.end(isText ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const script = spawn(process.execPath, [join(chart, "files/smoke-test.mjs")], {
      env: { FRONTEND_URL: url, BACKEND_URL: url },
    });
    const status = new Promise<number | null>((resolve) => script.once("close", resolve));
    const output = await Promise.all([text(script.stdout), text(script.stderr)]);
    return { status: await status, output: output.join("") };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("the script of helm test", () => {
  it("is content with an application that works", async () => {
    const { status, output } = await run({});
    assert.equal(status, 0, output);
    assert.equal(output.match(/^ok: /gm)?.length, 7, output);
  });

  const failures: readonly (readonly [title: string, faults: Faults, message: RegExp])[] = [
    ["is not ready", { notReady: true }, /readyz answered 503/],
    ["shows no metrics", { noMetrics: true }, /did not match.*TYPE/],
    ["loses tasks", { losesTasks: true }, /0 !== 2/],
    ["chats and does nothing", { chatsOnly: true }, /the chat called \[\], not add_task/],
    ["loses conversations", { losesMessages: true }, /the conversation has 0 messages/],
    ["shows people the tasks of others", { showsEverybodysTasks: true }, /deep-equal/],
  ];
  for (const [title, faults, message] of failures) {
    it(`fails when the application ${title}`, async () => {
      const { status, output } = await run(faults);
      assert.equal(status, 1, output);
      assert.match(output, message);
    });
  }
});
