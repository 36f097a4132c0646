import assert from "node:assert/strict";

import type { Page, Route } from "playwright-core";

import { call, emptyHanded, leave, newPerson, openAs, type Person } from "./rig.ts";

const tasks = (page: Page) => page.getByRole("region", { name: "Tasks" });
const row = (page: Page, title: string) =>
  tasks(page).getByRole("listitem").filter({ hasText: title });

/** A person who has these tasks already. */
async function personWith(...titles: string[]) {
  const person = await emptyHanded();
  for (const title of titles) await call("POST", "/tasks", { title }, person.token);
  return person;
}

interface Listed {
  readonly id: string;
  readonly title: string;
  readonly [field: string]: unknown;
}

async function onlyTask(person: Person): Promise<Listed> {
  const [task, ...others] = (await call("GET", "/tasks", undefined, person.token)) as Listed[];
  assert(task !== undefined && others.length === 0);
  return task;
}

function pick(task: Listed, ...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, task[name]]));
}

describe("the task list", () => {
  it("adds a task by its title, and with everything", async () => {
    const page = await openAs(await newPerson());
    await tasks(page).getByLabel("New task").fill("plain");
    await page.keyboard.press("Enter");
    await row(page, "plain").waitFor();
    assert.equal(await tasks(page).getByLabel("New task").inputValue(), "");

    await tasks(page).getByLabel("New task").fill("detailed");
    await tasks(page).getByRole("button", { name: "Details" }).click();
    assert.equal(await page.getByLabel("Title").inputValue(), "detailed");
    await page.getByLabel("Description").fill("with words");
    await page.getByLabel("Due date", { exact: true }).fill("2099-11-27");
    await page.getByLabel("Time").fill("09:00");
    await page.getByText("High", { exact: true }).click();
    await tasks(page).getByRole("button", { name: "Add", exact: true }).click();
    const added = row(page, "detailed");
    await added.getByText("with words").waitFor();
    assert.equal(await added.locator("time").getAttribute("datetime"), "2099-11-27T08:00:00.000Z");
    await added.getByText("High priority").waitFor();
    await page.reload();
    await row(page, "detailed").getByText("with words").waitFor();
    await leave(page);
  });

  it("edits every part of a task", async () => {
    const page = await openAs(await personWith("old name"));
    await tasks(page).getByRole("button", { name: "Edit old name" }).click();
    await page.getByLabel("Title").fill("new name");
    await page.getByLabel("Description").fill("why");
    await page.getByLabel("Due date").fill("2099-01-02");
    await page.getByText("Low", { exact: true }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "new name").getByText("Low priority").waitFor();
    await row(page, "new name").getByText("2 Jan 2099").waitFor();

    await tasks(page).getByRole("button", { name: "Edit new name" }).click();
    assert.equal(await page.getByLabel("Time").inputValue(), "");
    await page.getByLabel("Due date").fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "new name").getByText("2 Jan 2099").waitFor({ state: "detached" });
    await leave(page);
  });

  it("brings the whole form into view", async () => {
    const person = await personWith("a", "b", "c", "d", "e", "f", "g", "h");
    const page = await openAs(person, { viewport: { width: 1100, height: 850 } });
    await tasks(page).getByRole("button", { name: "Edit h" }).click();
    const save = page.getByRole("button", { name: "Save" });
    const list = page.locator(".task-list");
    const below = async () => {
      const [button, box] = [await save.boundingBox(), await list.boundingBox()];
      assert(button !== null && box !== null);
      return button.y + button.height - (box.y + box.height);
    };
    await save.waitFor();
    assert((await below()) <= 0, String(await below()));
    await leave(page);
  });

  it("sends only what was changed in the form", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    const { id } = await onlyTask(person);
    const elsewhere = { title: "rye bread", description: "two" };
    await call("PATCH", `/tasks/${id}`, elsewhere, person.token);
    await page.getByText("High", { exact: true }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "rye bread").getByText("High priority").waitFor();
    assert.deepEqual(pick(await onlyTask(person), "title", "description", "priority"), {
      ...elsewhere,
      priority: "high",
    });
    await leave(page);
  });

  for (const [button, kept] of [
    ["Keep mine", "mine"],
    ["Keep theirs", "theirs"],
  ] as const) {
    it(`shows a change of the same field elsewhere: ${button}`, async () => {
      const person = await personWith("bread");
      const page = await openAs(person);
      await tasks(page).getByRole("button", { name: "Edit bread" }).click();
      const { id } = await onlyTask(person);
      await call("PATCH", `/tasks/${id}`, { title: "theirs", priority: "low" }, person.token);
      await page.getByLabel("Title").fill("mine");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("alert").filter({ hasText: "the title is now “theirs”" }).waitFor();
      assert.equal(await page.getByLabel("Title").inputValue(), "mine");
      await page.getByRole("button", { name: button }).click();
      await row(page, kept).getByText("Low priority").waitFor();
      assert.equal((await onlyTask(person)).title, kept);
      await leave(page);
    });
  }

  it("keeps a form open whose task is deleted elsewhere, to add it again", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    const { id } = await onlyTask(person);
    await call("DELETE", `/tasks/${id}`, undefined, person.token);
    await page.getByLabel("Title").fill("brown bread");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "deleted elsewhere" }).waitFor();
    await page.getByRole("button", { name: "Add it again" }).click();
    await row(page, "brown bread").waitFor();
    assert.equal((await onlyTask(person)).title, "brown bread");
    await leave(page);
  });

  it("doesn't take the year 26 for a due date", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    const date = page.getByLabel("Due date");
    await date.fill("0026-11-29");
    await page.getByRole("button", { name: "Save" }).click();
    const told = await date.evaluate((field) => (field as HTMLInputElement).validationMessage);
    assert.match(told, /1900/);
    assert.equal((await onlyTask(person))["dueAt"], null);
    await leave(page);
  });

  it("shows a day without a time as that day, wherever the browser is", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    await page.getByLabel("Due date").fill("2099-11-27");
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "bread").getByText("Fri, 27 Nov 2099", { exact: true }).waitFor();
    assert.equal((await onlyTask(person))["dueOn"], "2099-11-27");
    for (const timezoneId of ["Pacific/Auckland", "America/Los_Angeles"]) {
      const elsewhere = await openAs(person, { timezoneId });
      await row(elsewhere, "bread").getByText("Fri, 27 Nov 2099", { exact: true }).waitFor();
      await leave(elsewhere);
    }
    await leave(page);
  });

  it("keeps an edit open, with what was typed, when it can't be saved", async () => {
    const page = await openAs(await personWith("bread"));
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    await page.getByLabel("Title").fill("brown bread");
    await page.route("**/api/tasks/*", (route) => route.abort());
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "can’t be reached" }).waitFor();
    assert.equal(await page.getByLabel("Title").inputValue(), "brown bread");
    await page.unroute("**/api/tasks/*");
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "brown bread").waitFor();
    await leave(page);
  });

  it("completes, and takes it back when the server refuses", async () => {
    const page = await openAs(await personWith("bread"));
    const box = tasks(page).getByRole("checkbox", { name: "bread" });
    await page.route("**/api/tasks/*", (route) => route.fulfill({ status: 503, body: "{}" }));
    await box.click();
    await page.getByText("“bread” was not changed").waitFor();
    assert.equal(await box.isChecked(), false);
    await page.unroute("**/api/tasks/*");
    await box.click();
    await page.reload();
    await tasks(page).getByRole("checkbox", { name: "bread", checked: true }).waitFor();
    await leave(page);
  });

  it("opens a task by its title, and completes it by its box only", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    await row(page, "bread").getByText("bread", { exact: true }).click();
    assert.equal(await page.getByLabel("Title").inputValue(), "bread");
    assert.equal((await onlyTask(person))["completed"], false);
    await leave(page);
  });

  it("undoes everything that clicks did, last first, for as long as the page is open", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    const undo = async (step: string) => {
      await tasks(page)
        .getByRole("button", { name: `Undo: ${step}` })
        .click();
    };
    await tasks(page).getByRole("checkbox", { name: "bread" }).click();
    await page.getByRole("status").getByText("Completed “bread”").waitFor();
    await page.getByRole("status").getByRole("button", { name: "Close" }).click();
    await tasks(page).getByRole("checkbox", { name: "bread" }).click();
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    await page.getByLabel("Title").fill("rye");
    await page.getByLabel("Description").fill("two");
    await page.getByRole("button", { name: "Save" }).click();
    await tasks(page).getByRole("button", { name: "Delete rye" }).click();
    await row(page, "rye").waitFor({ state: "detached" });
    await tasks(page).getByLabel("New task").fill("milk");
    await page.keyboard.press("Enter");
    await row(page, "milk").waitFor();

    await undo("Added “milk”");
    await row(page, "milk").waitFor({ state: "detached" });
    await undo("Deleted “rye”");
    await row(page, "rye").waitFor();
    await undo("Changed “rye”");
    await row(page, "bread").waitFor();
    assert.equal((await onlyTask(person))["description"], "");
    await undo("Reopened “bread”");
    await tasks(page).getByRole("checkbox", { name: "bread", checked: true }).waitFor();
    // The page shows it before the server has it, and the undone step before may still be on its way.
    const saved = page.waitForResponse((response) =>
      /"completed":false/.test(response.request().postData() ?? ""),
    );
    await page.keyboard.press("Control+z");
    await tasks(page).getByRole("checkbox", { name: "bread", checked: false }).waitFor();
    await saved;
    await page.getByRole("button", { name: /^Undo/ }).waitFor({ state: "detached" });
    const left = pick(await onlyTask(person), "title", "completed");
    assert.deepEqual(left, { title: "bread", completed: false });
    await leave(page);
  });

  it("does not undo over what was changed elsewhere since, and says so", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    await tasks(page).getByRole("button", { name: "Edit bread" }).click();
    await page.getByLabel("Title").fill("mine");
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "mine").waitFor();
    const { id } = await onlyTask(person);
    await call("PATCH", `/tasks/${id}`, { title: "theirs" }, person.token);
    await tasks(page).getByRole("button", { name: "Undo: Changed “mine”" }).click();
    await page.getByRole("status").getByText("the title is now “theirs”").waitFor();
    assert.equal((await onlyTask(person)).title, "theirs");
    await leave(page);
  });

  it("repeats a task: completing it shows the next one, and undoing that takes it back", async () => {
    const person = await personWith("plants");
    const page = await openAs(person);
    await tasks(page).getByRole("button", { name: "Edit plants" }).click();
    assert(await page.getByLabel("Repeat").isDisabled(), "without a date");
    await page.getByLabel("Due date").fill("2099-11-27");
    await page.getByLabel("Repeat").selectOption("Every 2 weeks");
    await page.getByRole("button", { name: "Save" }).click();
    await row(page, "plants").getByText("Every 2 weeks", { exact: true }).waitFor();
    await tasks(page).getByRole("button", { name: "Pending 1" }).click();
    // Not check(): the next one is not checked.
    await tasks(page).getByRole("checkbox", { name: "plants" }).click();
    await row(page, "plants").getByText("Fri, 11 Dec 2099", { exact: true }).waitFor();
    await page.getByRole("status").getByRole("button", { name: /Undo/ }).click();
    await row(page, "plants").getByText("Fri, 27 Nov 2099", { exact: true }).waitFor();
    assert.equal((await onlyTask(person))["repeat"], "FREQ=WEEKLY;INTERVAL=2");
    await leave(page);
  });

  it("groups by when tasks are due, sorts otherwise, and searches", async () => {
    const person = await personWith("bread", "milk");
    const add = (task: object) => call("POST", "/tasks", task, person.token);
    await add({ title: "apples", dueOn: "2020-01-01" });
    await add({ title: "zucchini bread", dueOn: "2099-01-01", priority: "high" });
    const page = await openAs(person);
    const shown = () =>
      tasks(page).locator(".task-list").locator("h3, .task-title").allInnerTexts();
    const until = async (...wanted: string[]) => {
      const isDone = async () => JSON.stringify(await shown()) === JSON.stringify(wanted);
      for (let tries = 0; tries < 50 && !(await isDone()); tries += 1)
        await page.waitForTimeout(50);
      assert.deepEqual(await shown(), wanted);
    };
    await until("Overdue", "apples", "Later", "zucchini bread", "No date", "bread", "milk");
    await tasks(page).getByLabel("Order of the tasks").selectOption("By title");
    await until("apples", "bread", "milk", "zucchini bread");
    await tasks(page).getByLabel("Search tasks").fill("bread zuc");
    await until("zucchini bread");
    await tasks(page).getByLabel("Search tasks").fill("bread");
    await until("bread", "zucchini bread");
    await tasks(page).getByRole("checkbox", { name: "bread", exact: true }).check();
    await tasks(page).getByRole("button", { name: "Pending 3" }).click();
    await until("zucchini bread");
    await tasks(page).getByLabel("Search tasks").press("Escape");
    await until("apples", "milk", "zucchini bread");
    await leave(page);
  });

  it("shows a long list in parts, and stays where it is when something changes", async () => {
    const person = await newPerson();
    for (let first = 0; first < 120; first += 20) {
      const numbers = Array.from({ length: 20 }, (_, index) => first + index);
      const add = (number: number) =>
        call("POST", "/tasks", { title: `errand ${number}` }, person.token);
      await Promise.all(numbers.map(add));
    }
    const page = await openAs(person);
    await tasks(page).getByRole("listitem").nth(99).waitFor();
    assert.equal(await tasks(page).getByRole("listitem").count(), 100);
    await tasks(page).getByRole("button", { name: "Show more" }).click();
    await tasks(page).getByRole("listitem").nth(119).waitFor();
    await call("POST", "/tasks", { title: "one more" }, person.token);
    await row(page, "one more").waitFor();
    assert.equal(await tasks(page).getByRole("listitem").count(), 121);
    assert.equal(await tasks(page).getByRole("button", { name: "Show more" }).count(), 0);
    await leave(page);
  });

  it("filters", async () => {
    const person = await personWith("bread", "milk");
    const page = await openAs(person);
    await tasks(page).getByRole("checkbox", { name: "milk" }).check();
    await tasks(page).getByRole("button", { name: "Pending 1" }).click();
    await row(page, "milk").waitFor({ state: "detached" });
    await row(page, "bread").waitFor();
    await tasks(page).getByRole("button", { name: "Completed 1" }).click();
    await row(page, "milk").waitFor();
    await row(page, "bread").waitFor({ state: "detached" });
    await tasks(page).getByRole("button", { name: "All 2" }).click();
    await row(page, "bread").waitFor();
    assert.equal(await tasks(page).getByRole("listitem").count(), 2);
    await leave(page);
  });

  it("deletes, and undoes it with everything the task had", async () => {
    const person = await newPerson();
    const fields = {
      title: "bread",
      description: "brown",
      priority: "high",
      dueAt: "2099-01-02T08:00:00.000Z",
    };
    const { id } = (await call("POST", "/tasks", fields, person.token)) as { id: string };
    await call("PATCH", `/tasks/${id}`, { completed: true }, person.token);
    const page = await openAs(person);
    await tasks(page).getByRole("button", { name: "Delete bread" }).click();
    await row(page, "bread").waitFor({ state: "detached" });
    await page.getByText("Deleted “bread”").waitFor();
    assert.deepEqual(await call("GET", "/tasks", undefined, person.token), []);

    await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
    await row(page, "bread").waitFor();
    await tasks(page).getByRole("checkbox", { name: "bread", checked: true }).waitFor();
    assert.deepEqual(pick(await onlyTask(person), ...Object.keys(fields)), fields);
    await leave(page);
  });

  it("keeps what was deleted away when a list from before arrives late", async () => {
    const page = await openAs(await personWith("bread", "milk"));
    await row(page, "milk").waitFor();
    const deleted = page.waitForResponse((answer) => answer.request().method() === "DELETE");
    const list = new Promise<void>((arrived) => {
      const late = async (route: Route) => {
        const response = await route.fetch();
        await deleted;
        await route.fulfill({ response });
        arrived();
      };
      void page.route("**/api/tasks?*", late, { times: 1 });
    });
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await tasks(page).getByRole("button", { name: "Delete milk" }).click();
    await list;
    await page.getByText("Deleted “milk”").waitFor();
    await page.waitForTimeout(300);
    assert.equal(await row(page, "milk").count(), 0);
    await leave(page);
  });

  it("shows what was changed elsewhere when one comes back to the page", async () => {
    const person = await personWith("bread");
    const page = await openAs(person);
    await row(page, "bread").waitFor();
    await call("POST", "/tasks", { title: "from elsewhere" }, person.token);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await row(page, "from elsewhere").waitFor();
    await leave(page);
  });

  it("can be used with the keyboard alone", async () => {
    const page = await openAs(await personWith("bread", "milk"));
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.id ?? "",
      );
    await row(page, "milk").waitFor();
    await tasks(page).getByLabel("New task").focus();
    // Past "Details" (while nothing is typed, "Add" is disabled), search, order and "Select".
    for (let n = 0; n < 5; n++) await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    const edit = await focused();
    assert.match(edit, /^edit-/);
    await page.keyboard.press("Enter");
    await page.getByLabel("Title").waitFor();
    assert(await page.getByLabel("Title").evaluate((field) => field === document.activeElement));
    await page.keyboard.press("Escape");
    await page.getByLabel("Title").waitFor({ state: "detached" });
    await page.waitForFunction((id) => document.activeElement?.id === id, edit);

    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Space");
    await tasks(page).getByRole("checkbox", { checked: true }).waitFor();

    await tasks(page).getByRole("button", { name: "Delete milk" }).focus();
    await page.keyboard.press("Enter");
    await row(page, "milk").waitFor({ state: "detached" });
    assert.match(await focused(), /^edit-/, "the keyboard goes on at the next task");
    await leave(page);
  });
});
