import assert from "node:assert/strict";

import { dashboardQueries, grafanaDashboard } from "../../components/monitoring/dashboard.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

describe("the Grafana dashboard", () => {
  const text = grafanaDashboard("todo");
  const { uid, panels } = JSON.parse(text) as { uid: string; panels: readonly Panel[] };
  const graphs = panels.filter(({ type }) => type !== "row");

  const assertUnique = (values: readonly unknown[]) => {
    assert.deepEqual(values, [...new Set(values)]);
  };

  it("has the expected rows", () => {
    assert.deepEqual(
      panels.filter(({ type }) => type === "row").map(({ title }) => title),
      ["Golden signals", "Chat", "Database", "Resources"],
    );
  });

  it("has panels with ids and titles of their own, a unit, a description and queries", () => {
    assertUnique(panels.map(({ id }) => id));
    assertUnique(panels.map(({ title }) => title));
    for (const { title, description, fieldConfig, targets } of graphs) {
      assert.match(description ?? "", /\.$/, title);
      assert.match(fieldConfig?.defaults.unit ?? "", /^\w+$/, title);
      assert.ok(targets && targets.length > 0, title);
      assertUnique(targets.map(({ refId }) => refId));
    }
  });

  it("has panels that don't overlap and fit Grafana's 24 columns", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    assertUnique(cells);
    for (const { title, gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24, title);
  });

  it("asks the data source that was chosen, about its own namespace alone", () => {
    assert.ok(text.includes('"uid": "${datasource}"'));
    const queries = graphs.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    assert.deepEqual(queries, dashboardQueries("todo"));
    for (const query of queries) {
      const series = query.match(/[a-z_]+\{/g) ?? [];
      const own = query.match(/\{namespace="todo"/g) ?? [];
      assert.ok(series.length > 0, query);
      assert.equal(own.length, series.length, query);
    }
  });

  it("has an id that Grafana takes, whatever the namespace", () => {
    assert.equal(uid, "todo-chatbot-todo");
    const [one = "", two] = ["1", "2"].map((end) => {
      const dashboard = grafanaDashboard("n".repeat(62) + end);
      return (JSON.parse(dashboard) as { uid: string }).uid;
    });
    assert.equal(one.length, 40);
    assert.notEqual(one, two);
  });
});
