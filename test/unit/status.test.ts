import assert from "node:assert/strict";

import type { Answers, Sample } from "../../cli/kubernetes/status.ts";
import { overview, overviewQueries } from "../../cli/kubernetes/status.ts";

const sample = (value: number, metric: Readonly<Record<string, string>> = {}): Sample => ({
  metric,
  value: [0, String(value)],
});
const both = (frontend: number, backend: number) => [
  sample(frontend, { component: "frontend" }),
  sample(backend, { component: "backend" }),
];
const container = { pod: "backend-deployment-7678bb4fb5-w5x2z", container: "backend" };

const fine: Answers = {
  up: both(2, 2),
  known: both(2, 2),
  requests: both(1.234, 1),
  errors: both(0.001, 0),
  p95: both(0.0123, Number.NaN),
  chat: [sample(3.9, { agent: "builtin", outcome: "ok" })],
  breaker: [sample(0)],
  cpu: [sample(0.25, container)],
  cpuShare: [sample(0.5, container)],
  memory: [sample(64 * 2 ** 20, container)],
  memoryLimit: [sample(128 * 2 ** 20, container)],
  database: [sample(1)],
  connections: [sample(1, { state: "busy" }), sample(4, { state: "idle" })],
  waiting: [sample(0)],
  tasks: [sample(7, { status: "pending" }), sample(2, { status: "completed" })],
  volume: [sample(0.42)],
  backup: [sample(4000)],
  proof: [sample(8000)],
  alerts: [],
};

const plain = (text: string) => text;
const screen = (answers: Partial<Answers> = {}) =>
  overview({ ...fine, ...answers }, { good: plain, bad: (text) => `!${text}`, title: plain });
const about = (lines: readonly string[], words: string) =>
  lines
    .find((line) => line.includes(words))
    ?.replaceAll(/ +/g, " ")
    .trim();

describe("todo status", () => {
  it("shows the essentials on one screen", () => {
    const lines = screen();
    assert.equal(lines[0], "✓ no alert is firing");
    assert.equal(about(lines, "frontend"), "frontend 2 of 2 1.23 0.1 % 12 ms");
    assert.equal(about(lines, "backend "), "backend 2 of 2 1.00 0.0 % –");
    assert.equal(about(lines, "breaker"), "builtin ok 4; breaker closed");
    assert.equal(about(lines, "connections"), "up; connections 1 busy, 4 idle, 0 waiting");
    assert.equal(
      about(lines, "tasks"),
      "tasks 7 pending, 2 completed; volume 42 % used",
      "newest backup 67 min ago, last proven 2 h ago",
    );
    assert.equal(about(lines, "w5x2z"), "backend w5x2z 250m 50 % 64 MiB 50 %");
    assert.ok(lines.length < 24 && lines.every((line) => line.length <= 100));
  });

  for (const [what, answers, words] of [
    ["an alert", { alerts: [sample(1, { alertname: "pod-down" })] }, "✗ firing: pod-down"],
    ["a pod that is down", { up: both(2, 1) }, "backend"],
    ["a component without a pod", { up: [], known: [] }, "frontend"],
    ["errors", { errors: both(0.2, 0) }, "frontend"],
    ["an unavailable database", { database: [sample(0)] }, "unavailable"],
    ["a container at its limit", { memory: [sample(127 * 2 ** 20, container)] }, "w5x2z"],
  ] as const) {
    it(`marks ${what}`, () => {
      assert.match(about(screen(answers), words) ?? "", /^!/);
      assert.doesNotMatch(screen().join("\n"), /!/);
    });
  }

  it("shows missing values while there is no data", () => {
    const nothing = Object.fromEntries(
      Object.keys(fine).map((key) => [key, []]),
    ) as unknown as Answers;
    const lines = screen(nothing);
    assert.match(lines.join("\n"), /no metrics from the kubelets yet/);
    assert.match(lines.join("\n"), /newest backup none, last proven never/);
    assert.doesNotMatch(lines.join("\n"), /NaN|undefined/);
  });

  it("queries only its own namespace", () => {
    for (const query of Object.values(overviewQueries("todo"))) {
      for (const [matchers] of query.matchAll(/\{[^}]*\}/g)) {
        assert.ok(matchers.includes('namespace="todo"'), query);
      }
    }
  });
});
