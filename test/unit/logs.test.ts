import assert from "node:assert/strict";

import type { LogLine } from "../../cli/kubernetes/logs.ts";
import { inOrder, isLater, isOfRequest, readable, readLine } from "../../cli/kubernetes/logs.ts";

const backend = { component: "backend", pod: "backend-1" };
const colours = { error: (text: string) => `!${text}!`, warning: (text: string) => `?${text}?` };

function line(text: string, source = backend): LogLine {
  const read = readLine(source, text);
  assert.ok(read);
  return read;
}

describe("logs", () => {
  it("parses lines of JSON, and keeps others unchanged", () => {
    const json = line(
      '2026-11-22T04:00:00.5Z {"level":"info","msg":"answered","requestId":"abcdefgh"}',
    );
    assert.equal(json.fields["msg"], "answered");
    assert.ok(isOfRequest(json, "abcdefgh") && !isOfRequest(json, "abcdefg"));
    const text = line("2026-11-22T04:00:00Z LOG:  database system is ready {");
    assert.deepEqual([text.text, text.fields], ["LOG:  database system is ready {", {}]);
    assert.deepEqual(line("2026-11-22T04:00:00Z {broken").fields, {});
    assert.equal(readLine(backend, ""), undefined);
    assert.equal(readLine(backend, "2026-11-22T04:00:00Z "), undefined);
  });

  it("sorts lines by time, whatever its precision", () => {
    const times = ["04:00:00.1Z", "04:00:00.09Z", "04:00:00Z", "04:00:00.100000001Z"];
    const lines = times.map((time) => line(`2026-11-22T${time} x`));
    assert.deepEqual(
      inOrder(lines).map(({ time }) => time.slice(11)),
      ["04:00:00Z", "04:00:00.09Z", "04:00:00.1Z", "04:00:00.100000001Z"],
    );
    assert.ok(isLater(lines[3]!, lines[0]!) && !isLater(lines[0]!, lines[0]!));
  });

  it("shows time, component, level, message, fields and request", () => {
    const text =
      '{"level":"warn","time":"x","requestId":"abcdefgh","route":"/api/tasks","status":503,' +
      '"err":{"message":"no answer","stack":"at x","cause":{"message":"gone"}},"msg":"a request failed"}';
    assert.equal(
      readable(line(`2026-11-22T04:00:00.123456789Z ${text}`), colours),
      '04:00:00.123 backend      ?warn ? a request failed route=/api/tasks status=503 err="no answer" because "gone" [abcdefgh]',
    );
    assert.equal(
      readable(
        line("2026-11-22T04:00:00Z LOG:  ready", { component: "database", pod: "d" }),
        colours,
      ),
      "04:00:00     database           LOG:  ready",
    );
    assert.match(
      readable(line('2026-11-22T04:00:00Z {"level":"error","msg":"x"}'), colours),
      /!error! x$/,
    );
  });
});
