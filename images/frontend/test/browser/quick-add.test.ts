import assert from "node:assert/strict";

import type { Page } from "playwright-core";

import { call, leave, newPerson, openAs } from "./rig.ts";

const tasks = (page: Page) => page.getByRole("region", { name: "Tasks" });
const field = (page: Page) => tasks(page).getByLabel("New task");
const chips = (page: Page) => tasks(page).getByRole("list", { name: "Understood" });
const row = (page: Page, title: string) =>
  tasks(page)
    .locator(".task")
    .filter({ has: page.getByText(title, { exact: true }) });
const text = "pay rent on 1 May 2099 9am !high every month";

describe("the line of a new task", () => {
  it("shows what it reads, and adds that", async () => {
    const page = await openAs(await newPerson());
    await field(page).fill(text);
    await chips(page).getByText("Fri, 1 May 2099, 9:00").waitFor();
    await chips(page).getByText("Every month on the 1st").waitFor();
    await chips(page).getByText("High priority").waitFor();
    await page.keyboard.press("Enter");
    await row(page, "pay rent").getByText("Fri, 1 May 2099, 9:00").waitFor();
    await row(page, "pay rent").getByText("Every month on the 1st").waitFor();
    assert.equal(await field(page).inputValue(), "");
    await chips(page).waitFor({ state: "detached" });
    await leave(page);
  });

  it("leaves the words of a chip in the title when that is clicked", async () => {
    const page = await openAs(await newPerson());
    await field(page).fill(text);
    await chips(page).getByRole("button", { name: "High priority" }).click();
    await chips(page).getByRole("button", { name: "Fri, 1 May 2099, 9:00" }).click();
    await chips(page).getByText("Every month").waitFor();
    await chips(page).getByRole("button", { name: "Read all again" }).click();
    await chips(page).getByText("Fri, 1 May 2099, 9:00").waitFor();
    await chips(page).getByRole("button", { name: "High priority" }).click();
    await field(page).press("Enter");
    await row(page, "pay rent !high").getByText("Fri, 1 May 2099, 9:00").waitFor();
    await leave(page);
  });

  it("fills the details with what was read", async () => {
    const page = await openAs(await newPerson());
    await field(page).fill(text);
    await chips(page).waitFor();
    await tasks(page).getByRole("button", { name: "Details" }).click();
    assert.equal(await page.getByLabel("Title").inputValue(), "pay rent");
    assert.equal(await page.getByLabel("Due date").inputValue(), "2099-05-01");
    await tasks(page).getByRole("button", { name: "Cancel" }).click();
    assert.equal(await field(page).inputValue(), text);
    await leave(page);
  });

  it("waits for no preview", async () => {
    const page = await openAs(await newPerson());
    await page.route("**/quick/preview", () => undefined);
    await field(page).fill("buy milk tomorrow");
    await page.keyboard.press("Enter");
    await row(page, "buy milk").getByText("Tomorrow").waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await leave(page);
  });

  it("loses no words when it can't be sent, nor those typed meanwhile", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    let refuse: (() => void) | undefined;
    await page.route("**/api/tasks/quick", async (route) => {
      await new Promise<void>((resolve) => (refuse = resolve));
      await route.abort();
    });
    await field(page).fill("first one");
    await page.keyboard.press("Enter");
    await page.keyboard.type("second");
    while (refuse === undefined) await page.waitForTimeout(20);
    refuse();
    await tasks(page).getByText("“first one” was not added").waitFor();
    assert.equal(await field(page).inputValue(), "second");
    await page.unroute("**/api/tasks/quick");
    await tasks(page).getByRole("button", { name: "Try again" }).click();
    await row(page, "first one").waitFor();

    await page.route("**/api/tasks/quick", (route) => route.abort());
    await field(page).press("Enter");
    await tasks(page).getByRole("alert").getByText("can’t be reached").waitFor();
    assert.equal(await field(page).inputValue(), "second");
    await page.unroute("**/api/tasks/quick");
    await field(page).press("Enter");
    await row(page, "second").waitFor();
    const added = (await call("GET", "/tasks", undefined, person.token)) as unknown[];
    assert.equal(added.length, 2);
    await leave(page);
  });
});
