// What `helm test` runs in the backend's image: one person signs up, adds a task through the API and
// one by chat, both through the frontend, and reads them back from the database.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const { FRONTEND_URL, BACKEND_URL } = process.env;

/** Sends JSON and answers with JSON; fails on any status but `expected`. */
async function call(method, url, { expected = 200, token, body } = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
    // An answer of a model takes its time; everything else is there in milliseconds.
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  assert.equal(response.status, expected, `${method} ${url} answered ${response.status}: ${text}`);
  return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
}

/** Runs one part of the test and prints how long it took. */
async function step(name, run) {
  const start = performance.now();
  const result = await run();
  console.log(`ok: ${name} (${Math.round(performance.now() - start)} ms)`);
  return result;
}

await step("both parts are ready", () =>
  Promise.all([FRONTEND_URL, BACKEND_URL].map((url) => call("GET", `${url}/readyz`))),
);

await step("both parts show metrics inside the cluster", async () => {
  const metrics = await call("GET", `${BACKEND_URL}/metrics`);
  assert.match(metrics, /^# TYPE /m);
});

const { token } = await step("a person can sign up", () =>
  call("POST", `${FRONTEND_URL}/api/auth/register`, {
    expected: 201,
    body: { email: `helm-test-${randomUUID()}@example.com`, password: randomUUID() },
  }),
);

const added = await step("the API adds a task", () =>
  call("POST", `${FRONTEND_URL}/api/tasks`, {
    expected: 201,
    token,
    body: { title: "water the plants" },
  }),
);

const chat = await step("the chat adds a task", async () => {
  const answer = await call("POST", `${FRONTEND_URL}/api/chat`, {
    token,
    body: { message: "add buy milk" },
  });
  const names = answer.toolCalls.map(({ name }) => name);
  assert.ok(
    names.includes("add_task"),
    `the chat called ${JSON.stringify(names)} and not add_task`,
  );
  return answer;
});

await step("both tasks and the conversation were kept", async () => {
  const answer = await call("GET", `${FRONTEND_URL}/api/tasks?status=pending`, { token });
  const tasks = Array.isArray(answer) ? answer : answer.tasks;
  assert.equal(tasks.length, 2);
  assert.ok(tasks.some(({ id }) => id === added.id));
  assert.ok(tasks.some(({ title }) => /milk/i.test(title)));
  await call("GET", `${FRONTEND_URL}/api/conversations/${chat.conversationId}/messages`, { token });
});

await step("another person sees none of them", async () => {
  await call("GET", `${FRONTEND_URL}/api/tasks`, { expected: 401 });
});
