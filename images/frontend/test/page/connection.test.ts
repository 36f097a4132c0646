import assert from "node:assert/strict";
import { mock } from "node:test";

import { createConnection } from "../../src/state/connection.ts";

describe("the connection", () => {
  let online = true;
  beforeEach(() => {
    online = true;
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  function make() {
    const events = new EventTarget();
    const connection = createConnection(() => online, events);
    const tries: number[] = [];
    connection.onRetry(() => tries.push(Date.now() / 1000));
    return { connection, events, tries };
  }

  /** In small steps, so that a timer sees the time it was set for. */
  function pass(seconds: number): void {
    for (let second = 0; second < seconds; second++) mock.timers.tick(1000);
  }

  it("tries again sooner, then later, as long as the server is unreachable", () => {
    const { connection, tries } = make();
    connection.onRetry(() => {
      connection.report(false);
    });
    connection.report(false);
    assert.deepEqual(connection.state(), { status: "unreachable", nextTryAt: 2000 });
    pass(100);
    assert.deepEqual(tries, [2, 6, 14, 29, 59, 89]);
  });

  it("plans one try for requests that fail together", () => {
    const { connection, tries } = make();
    for (let n = 0; n < 5; n++) connection.report(false);
    pass(60);
    assert.deepEqual(tries, [2]);
  });

  it("is well again with the first answer, and starts from the shortest wait", () => {
    const { connection, tries } = make();
    let told = 0;
    connection.subscribe(() => told++);
    connection.report(false);
    connection.report(true);
    assert.deepEqual(connection.state(), { status: "ok", nextTryAt: undefined });
    assert.equal(told, 2);
    pass(60);
    assert.deepEqual(tries, []);
    connection.report(false);
    assert.equal(connection.state().nextTryAt, 62_000);
  });

  it("tells no network from no server, and tries when the network is back", () => {
    const { connection, events, tries } = make();
    online = false;
    events.dispatchEvent(new Event("offline"));
    assert.equal(connection.state().status, "offline");
    online = true;
    events.dispatchEvent(new Event("online"));
    assert.deepEqual(tries, [0]);
  });

  it("tries now when asked to", () => {
    const { connection, tries } = make();
    connection.report(false);
    connection.retry();
    pass(60);
    assert.deepEqual(tries, [0]);
  });
});
