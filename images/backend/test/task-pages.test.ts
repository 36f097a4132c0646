import assert from "node:assert/strict";

import { TestBackend, type Answer, type Person } from "./support/backend.ts";

describe("pages of tasks", () => {
  let backend: TestBackend;
  let ann: Person;
  before(async () => {
    backend = await TestBackend.start();
    ann = await backend.register();
    for (const [title, more] of [
      ["Oat milk", { priority: "high" }],
      ["apples", { dueOn: "2026-05-02", description: "100% organic" }],
      ["bread", { dueAt: "2026-05-01T08:00:00Z", priority: "low" }],
      ["call", { dueOn: "2026-05-01" }],
      ["dentist", {}],
      ["Éclairs", {}],
      ["done", {}],
      ["done before", {}],
    ] as const) {
      const { id } = await backend.addTask(ann, title, more);
      if (!title.startsWith("done")) continue;
      await backend.send("PATCH", `/api/tasks/${id}`, { as: ann, body: { completed: true } });
    }
  });
  after(() => backend.stop());

  const get = (query: string) => backend.send("GET", `/api/tasks?${query}`, { as: ann });
  const titles = ({ body }: Answer): string[] => body.map(({ title }: { title: string }) => title);

  /** All pages from the first one on. */
  async function follow(query: string): Promise<string[][]> {
    const pages: string[][] = [];
    for (let url: string | undefined = `/api/tasks?${query}`; url !== undefined;) {
      const page: Answer = await backend.send("GET", url, { as: ann });
      pages.push(titles(page));
      url = /^<(.+)>; rel="next"$/.exec(String(page.headers["link"]))?.[1];
    }
    return pages;
  }

  for (const [sort, order] of [
    ["due", "bread, call, apples, Oat milk, dentist, Éclairs, done before, done"],
    ["priority", "Oat milk, call, apples, dentist, Éclairs, bread, done before, done"],
    ["created", "Éclairs, dentist, call, bread, apples, Oat milk, done before, done"],
  ] as const) {
    it(`have the same order by ${sort} as the whole list, whatever their size`, async () => {
      assert.deepEqual(titles(await get(`sort=${sort}`)), order.split(", "));
      for (const limit of [1, 3, 8]) {
        const pages = await follow(`sort=${sort}&limit=${limit}`);
        assert.deepEqual(pages.flat(), order.split(", "));
        assert.ok(pages.every(({ length }) => length === limit || length === 8 % limit));
      }
    });
  }

  it("by title ignore case, and have completed tasks last", async () => {
    const order = (await follow("sort=title&limit=3")).flat().filter((title) => title[0] !== "É");
    const pending = ["apples", "bread", "call", "dentist", "Oat milk"];
    assert.deepEqual(order, [...pending, "done", "done before"]);
  });

  it("continue where they ended when that task is gone", async () => {
    const eve = await backend.register();
    for (const title of ["a", "b", "c"]) await backend.addTask(eve, title);
    const first = await backend.send("GET", "/api/tasks?sort=title&limit=2", { as: eve });
    await backend.send("DELETE", `/api/tasks/${first.body[1].id}`, { as: eve });
    const cursor = String(first.headers["x-next-cursor"]);
    const url = `/api/tasks?sort=title&limit=2&cursor=${cursor}`;
    const second = await backend.send("GET", url, { as: eve });
    assert.deepEqual(titles(second), ["c"]);
    assert.equal(second.headers["link"], undefined);
  });

  for (const [query, found] of [
    ["q=MILK", ["Oat milk"]],
    ["q=milk+oat", ["Oat milk"]],
    ["q=organic", ["apples"]],
    ["q=100%25", ["apples"]],
    ["q=%25", ["apples"]],
    ["q=_", []],
    ["q=milk+bread", []],
    ["priority=low", ["bread"]],
    ["status=completed&q=before", ["done before"]],
    ["dueAfter=2026-05-01T00:00:00Z&dueBefore=2026-05-02T00:00:00Z", ["bread", "call"]],
    ["dueAfter=2026-05-02T00:00:00%2B14:00&dueBefore=2026-05-03T00:00:00%2B14:00", ["apples"]],
  ] as const) {
    it(`have what matches ${query}`, async () => {
      assert.deepEqual(titles(await get(query)), found);
    });
  }

  it("are refused with what is no cursor, or that of another order", async () => {
    const first = await get("limit=1");
    for (const query of [
      "cursor=x",
      "cursor=due.e30",
      `sort=title&cursor=${String(first.headers["x-next-cursor"])}`,
    ]) {
      const { status, body } = await get(query);
      assert.equal(status, 400, query);
      assert.match(body.detail, /must be the cursor of a page with the same sort/);
    }
    for (const query of ["limit=0", "limit=1001", "limit=x", "sort=age", "order=due"]) {
      assert.equal((await get(query)).status, 400, query);
    }
  });

  it("end before their limit when the texts are long", async () => {
    const eve = await backend.register();
    await backend.database.query(eve.id, {
      name: "fill",
      text: `INSERT INTO todo.tasks (title, description)
        SELECT 'task ' || n, repeat('x', 2000) FROM generate_series(1, 400) n`,
    });
    const first = await backend.send("GET", "/api/tasks", { as: eve });
    assert.ok(first.body.length < 300 && first.text.length < 640 * 1024, first.body.length);
    const next = /^<(.+)>/.exec(String(first.headers["link"]))?.[1] ?? "";
    const second = await backend.send("GET", next, { as: eve });
    const ids = [...first.body, ...second.body].map(({ id }: { id: string }) => id);
    assert.equal(new Set(ids).size, 400);
    assert.equal(second.headers["link"], undefined);
    const exported = await backend.send("GET", "/api/account/export.json", { as: eve });
    assert.equal(exported.body.tasks.length, 400);
  });
});
