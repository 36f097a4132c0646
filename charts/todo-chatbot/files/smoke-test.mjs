// Run by `helm test` in the backend's image: a user signs up, adds a task by API and one by chat, both
// through the frontend, and reads them back; a second user sees neither.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const { FRONTEND_URL, BACKEND_URL } = process.env;

/** Sends JSON and returns JSON or text; fails on any status but `expected`. */
async function call(method, url, { expected = 200, token, body } = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
    // A model takes its time to answer; everything else takes milliseconds.
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  assert.equal(response.status, expected, `${method} ${url} answered ${response.status}: ${text}`);
  return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
}

/** Runs one step of the test and prints how long it took. */
async function step(name, run) {
  const start = performance.now();
  const result = await run();
  console.log(`ok: ${name} (${Math.round(performance.now() - start)} ms)`);
  return result;
}

/** Signs up a new user and returns the token. */
async function signUp() {
  const body = { email: `helm-test-${randomUUID()}@example.com`, password: randomUUID() };
  const { token } = await call("POST", `${FRONTEND_URL}/api/auth/register`, {
    expected: 201,
    body,
  });
  return token;
}

await step("frontend and backend are ready", () =>
  Promise.all([FRONTEND_URL, BACKEND_URL].map((url) => call("GET", `${url}/readyz`))),
);

await step("the backend shows metrics inside the cluster", async () => {
  assert.match(await call("GET", `${BACKEND_URL}/metrics`), /^# TYPE /m);
});

const token = await step("a user can sign up", signUp);

const added = await step("the API adds a task", () => {
  const body = { title: "water the plants" };
  return call("POST", `${FRONTEND_URL}/api/tasks`, { expected: 201, token, body });
});

const { conversationId } = await step("the chat adds a task", async () => {
  const body = { message: "add buy milk" };
  const answer = await call("POST", `${FRONTEND_URL}/api/chat`, { token, body });
  const tools = answer.toolCalls.map(({ name }) => name);
  assert.ok(tools.includes("add_task"), `the chat called ${JSON.stringify(tools)}, not add_task`);
  return answer;
});

await step("both tasks and the conversation are kept", async () => {
  const tasks = await call("GET", `${FRONTEND_URL}/api/tasks?status=pending`, { token });
  assert.equal(tasks.length, 2);
  assert.ok(tasks.some(({ id }) => id === added.id));
  assert.ok(tasks.some(({ title }) => /milk/i.test(title)));
  const conversation = `${FRONTEND_URL}/api/conversations/${conversationId}`;
  const messages = await call("GET", `${conversation}/messages`, { token });
  assert.ok(messages.length >= 2, `the conversation has ${messages.length} messages`);
});

await step("another user sees neither", async () => {
  const other = await signUp();
  assert.deepEqual(await call("GET", `${FRONTEND_URL}/api/tasks`, { token: other }), []);
  await call("GET", `${FRONTEND_URL}/api/tasks/${added.id}`, { expected: 404, token: other });
});
