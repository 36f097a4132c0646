import assert from "node:assert/strict";

import { call, leave, newPerson, openAs, type Person, type Tab } from "./rig.ts";

/** Lets the next POST to the API through, but loses its response. */
async function loseResponse(page: Tab, path: string): Promise<void> {
  let lost = false;
  await page.route(`**/api${path}`, async (route) => {
    if (lost || route.request().method() !== "POST") return route.fallback();
    lost = true;
    await route.fetch();
    await route.abort("connectionreset");
  });
}

const titles = async ({ token }: Person) =>
  ((await call("GET", "/tasks", undefined, token)) as { title: string }[]).map(
    ({ title }) => title,
  );

describe("a retry after a lost response", () => {
  it("adds a task once", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    await loseResponse(page, "/tasks/quick");
    const field = page.getByRole("textbox", { name: "New task" });
    await field.fill("Buy milk");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "can’t be reached" }).waitFor();
    await field.press("Enter");
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>(".add-task input")?.value === "",
    );
    await field.fill("Buy milk");
    await page.keyboard.press("Enter");
    await page.locator("[data-task]", { hasText: "Buy milk" }).nth(1).waitFor();
    assert.deepEqual(await titles(person), ["Buy milk", "Buy milk"], "one each time");
    await leave(page);
  });

  it("does what a message says once, and shows the answer", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    await loseResponse(page, "/chat");
    await page.getByLabel("Message").fill("add buy milk");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("article", { name: "Assistant" }).getByText("Added").first().waitFor();
    assert.equal((await titles(person)).length, 1);
    await leave(page);
  });
});
