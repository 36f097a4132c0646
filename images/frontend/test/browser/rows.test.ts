import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Page } from "playwright-core";

import { violations } from "./axe.ts";
import { call, emptyHanded, eventually, leave, openAs, type Person, type Tab } from "./rig.ts";

interface Listed {
  readonly title: string;
  readonly completed: boolean;
  readonly priority: string;
  readonly dueOn: string | null;
  readonly dueAt: string | null;
}
const tasks = (page: Page) => page.getByRole("region", { name: "Tasks" });
const row = (page: Page, title: string) =>
  tasks(page)
    .locator("[data-task]")
    .filter({ has: page.getByText(title, { exact: true }) });
const listed = async ({ token }: Person) =>
  (await call("GET", "/tasks?sort=title", undefined, token)) as Listed[];

/** Somebody who has these tasks, and their page. */
async function pageWith(...fields: (string | object)[]): Promise<[Tab, Person]> {
  const person = await emptyHanded();
  for (const each of fields) {
    const task = typeof each === "string" ? { title: each } : each;
    await call("POST", "/tasks", task, person.token);
  }
  const page = await openAs(person);
  await tasks(page)
    .locator("[data-task]")
    .nth(fields.length - 1)
    .waitFor();
  return [page, person];
}

/** Waits until the server has what is expected. */
async function until(person: Person, isDone: (all: Listed[]) => boolean): Promise<void> {
  await eventually(async () => {
    const all = await listed(person);
    assert(isDone(all), JSON.stringify(all));
  });
}

describe("a task's row", () => {
  it("changes the due date, and keeps the time", async () => {
    const [page, person] = await pageWith({ title: "bread", dueAt: "2099-05-01T07:30:00Z" });
    await row(page, "bread").getByRole("button", { name: "Due Fri, 1 May 2099, 9:30" }).click();
    const picker = page.getByRole("dialog", { name: "Due date of bread" });
    await picker.getByRole("button", { name: "Tomorrow" }).click();
    await row(page, "bread").getByText("Tomorrow, 9:30").waitFor();
    await picker.waitFor({ state: "detached" });
    await row(page, "bread").getByRole("button", { name: "Due Tomorrow, 9:30" }).click();
    await picker.getByLabel("Another day").fill("2099-12-24");
    await picker.getByRole("button", { name: "Set" }).click();
    await row(page, "bread").getByText("Thu, 24 Dec 2099, 9:30").waitFor();
    await row(page, "bread").getByRole("button", { name: /^Due / }).click();
    await picker.getByRole("button", { name: "No date" }).click();
    await until(person, ([task]) => task?.dueAt === null);
    await tasks(page).getByRole("button", { name: "Undo: Changed “bread”" }).click();
    await row(page, "bread").getByText("Thu, 24 Dec 2099, 9:30").waitFor();
    await leave(page);
  });

  it("is changed in the order of the clicks, and undone, while the server is slow", async () => {
    const [page, person] = await pageWith({ title: "bread", dueAt: "2099-05-01T07:30:00Z" });
    await page.route("**/api/tasks/*", async (route) => {
      await sleep(800);
      await route.continue();
    });
    const choose = async (day: string) => {
      await row(page, "bread").getByRole("button", { name: /^Due / }).click();
      await page.getByRole("dialog").getByRole("button", { name: day }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await choose("Today");
    await choose("Tomorrow");
    await choose("No date");
    await until(person, ([task]) => task?.dueAt === null);
    assert.equal(await page.getByText("elsewhere").count(), 0);

    await row(page, "bread").getByRole("checkbox").click();
    await page.getByRole("heading", { name: "Tasks" }).focus();
    await page.keyboard.press("u");
    await page.keyboard.press("u");
    await row(page, "bread").getByText("Tomorrow, 9:30").waitFor();
    await until(person, ([task]) => task?.completed === false && task.dueAt !== null);
    await leave(page);
  });

  it("gets a date and a priority with the keyboard, and keeps the focus", async () => {
    const [page, person] = await pageWith("bread", "milk");
    await page.getByRole("heading", { name: "Tasks" }).focus();
    await page.keyboard.press("j");
    await page.keyboard.press("d");
    await page.getByRole("dialog", { name: "Due date of bread" }).waitFor();
    assert.deepEqual(await violations(page), [], "dates");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await row(page, "bread").getByText("Tomorrow").waitFor();
    const focused = () =>
      page.evaluate(() =>
        document.activeElement?.closest("[data-task]")?.textContent.includes("bread"),
      );
    await page.waitForFunction(() => document.activeElement?.closest("[data-task]") !== null);
    assert.equal(await focused(), true);
    await page.keyboard.press("p");
    await page.getByRole("dialog", { name: "Priority of bread" }).waitFor();
    assert.deepEqual(await violations(page), [], "priorities");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await focused(), true);
    await page.keyboard.press("p");
    await page.keyboard.press("Enter");
    await row(page, "bread").getByText("High").waitFor();
    await until(person, ([task]) => task?.priority === "high" && task.dueOn !== null);
    await leave(page);
  });

  it("takes a change back that the server refuses", async () => {
    const [page] = await pageWith("bread");
    await page.route("**/api/tasks/*", (route) => route.fulfill({ status: 503, body: "{}" }));
    await row(page, "bread").hover();
    await row(page, "bread").getByRole("button", { name: "Priority of bread" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "High" }).click();
    await page.getByText("“bread” was not changed").waitFor();
    assert.equal(await row(page, "bread").getByText("High").count(), 0);
    await leave(page);
  });

  it("doesn't say when it was due once it is done", async () => {
    const [page] = await pageWith({ title: "bread", dueOn: "2099-05-01" });
    await row(page, "bread").getByText("Fri, 1 May 2099").waitFor();
    await tasks(page).getByRole("checkbox", { name: "bread" }).check();
    await row(page, "bread").getByText("Fri, 1 May 2099").waitFor({ state: "detached" });
    await leave(page);
  });

  it("asks before Escape throws away what was typed", async () => {
    const [page] = await pageWith("bread", "milk");
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    await page.keyboard.press("Escape");
    await page.getByLabel("Title").waitFor({ state: "detached" });
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    await page.getByLabel("Title").fill("rye");
    await page.keyboard.press("Escape");
    await page.getByText("Discard what you changed?").waitFor();
    assert.deepEqual(await violations(page), [], "asking");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByLabel("Title").inputValue(), "rye");
    // Opening another one asks too.
    await tasks(page).getByRole("button", { name: "Edit milk" }).click();
    await page.getByRole("button", { name: "Discard" }).click();
    await row(page, "bread").waitFor();
    await leave(page);
  });
});

describe("several tasks", () => {
  const select = async (page: Page, title: string, ...modifiers: ("Control" | "Shift")[]) => {
    await tasks(page)
      .getByRole("button", { name: new RegExp(`^(Edit|Select) ${title}$`) })
      .click({ modifiers });
  };
  const bar = (page: Page) => tasks(page).getByRole("group", { name: "Selected tasks" });

  it("are selected by clicks, and changed as one step to undo", async () => {
    const [page, person] = await pageWith("a1", "a2", "a3", "a4");
    await select(page, "a1", "Control");
    await select(page, "a3", "Shift");
    await select(page, "a2", "Control");
    await bar(page).getByText("2 selected").waitFor();
    assert.deepEqual(await violations(page), [], "selection");
    await bar(page).getByRole("button", { name: "Priority" }).click();
    await page.getByRole("dialog", { name: "Priority of 2 tasks" }).getByText("High").click();
    await until(person, (all) => all.map((task) => task.priority[0]).join("") === "hmhm");
    await bar(page).getByRole("button", { name: "Complete" }).click();
    await until(person, (all) => all.filter((task) => task.completed).length === 2);
    await bar(page).waitFor({ state: "detached" });
    await page.getByRole("status").getByText("Completed 2 tasks").waitFor();
    await tasks(page).getByRole("button", { name: "Undo: Completed 2 tasks" }).click();
    await until(person, (all) => all.every((task) => !task.completed));
    await tasks(page).getByRole("button", { name: "Undo: Changed 2 tasks" }).click();
    await until(person, (all) => all.every((task) => task.priority === "medium"));
    await leave(page);
  });

  it("are selected and deleted with the keyboard", async () => {
    const [page, person] = await pageWith("a1", "a2", "a3");
    await page.getByRole("heading", { name: "Tasks" }).focus();
    for (const key of ["j", "x", "j", "x", "j", "k", "Escape"]) await page.keyboard.press(key);
    await bar(page).waitFor({ state: "detached" });
    for (const key of ["x", "j", "x", "#"]) await page.keyboard.press(key);
    await until(person, (all) => all.map(({ title }) => title).join() === "a1");
    await page.waitForFunction(() => document.activeElement?.textContent.includes("a1"));
    await page.getByRole("status").getByText("Deleted 2 tasks").waitFor();
    await page.keyboard.press("u");
    await until(person, (all) => all.length === 3);
    await leave(page);
  });

  it("can be selected without a keyboard", async () => {
    const [page, person] = await pageWith("a1", "a2");
    await tasks(page).getByRole("button", { name: "Select", exact: true }).click();
    await bar(page).getByText("Select tasks").waitFor();
    await select(page, "a2");
    await bar(page).getByRole("button", { name: "Due" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Today" }).click();
    await until(person, ([, task]) => task?.dueOn !== null);
    await bar(page).getByRole("button", { name: "End the selection" }).click();
    await leave(page);
  });

  it("that are completed are cleared at once, also those not shown", async () => {
    const [page, person] = await pageWith("a1", "a2", "a3");
    // The server learns late what the page shows at once.
    await page.route("**/api/tasks/*", async (route) => {
      if (route.request().method() === "PATCH") await sleep(500);
      await route.continue();
    });
    for (const title of ["a1", "a2"])
      await tasks(page).getByRole("checkbox", { name: title }).check();
    await tasks(page).getByRole("button", { name: "Clear completed" }).click();
    await until(person, (all) => all.map(({ title }) => title).join() === "a3");
    await tasks(page).getByRole("button", { name: "Undo: Deleted 2 tasks" }).click();
    await until(person, (all) => all.filter((task) => task.completed).length === 2);
    await leave(page);
  });
});

describe("the keyboard", () => {
  it("reaches everything, but not where one types", async () => {
    const [page, person] = await pageWith("bread", "milk");
    const untilFocused = (id: string) =>
      page.waitForFunction((wanted) => document.activeElement?.id === wanted, id);
    await page.getByRole("heading", { name: "Tasks" }).focus();
    await page.keyboard.press("n");
    await untilFocused("new-task");
    await page.keyboard.type("junk");
    assert.equal(await tasks(page).getByLabel("New task").inputValue(), "junk");
    await tasks(page).getByLabel("New task").fill("");
    await page.getByRole("heading", { name: "Tasks" }).focus();
    await page.keyboard.press("/");
    await untilFocused("search-tasks");
    await page.getByRole("heading", { name: "Tasks" }).focus();
    for (const key of ["g", "c"]) await page.keyboard.press(key);
    await untilFocused("composer");
    await page.getByRole("heading", { name: "Tasks" }).focus();
    for (const key of ["j", "e"]) await page.keyboard.press(key);
    assert.equal(await page.getByLabel("Title").inputValue(), "bread");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement?.id.startsWith("edit-"));
    await page.keyboard.press("c");
    await page.getByRole("status").getByText("Completed “bread”").waitFor();
    await page.keyboard.press("u");
    await until(person, (all) => all.every((task) => !task.completed));
    await leave(page);
  });

  it("has a sheet that lists it, and can be turned off", async () => {
    const [page] = await pageWith("bread");
    await page.getByRole("heading", { name: "Tasks" }).focus();
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await sheet.getByText("Complete or reopen").waitFor();
    assert.deepEqual(await violations(page), [], "help");
    await sheet.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Tasks" }).focus();
    await page.keyboard.press("n");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "tasks-title");
    await leave(page);
  });

  it("brings the last message back into the empty field", async () => {
    const [page] = await pageWith("bread");
    const message = page.getByLabel("Message");
    await message.fill("what is left?");
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "Assistant" }).waitFor();
    await message.press("ArrowUp");
    assert.equal(await message.inputValue(), "what is left?");
    await leave(page);
  });
});
