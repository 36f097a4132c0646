import assert from "node:assert/strict";

import type { Locator, Page } from "playwright-core";

import { call, leave, newPerson, openAs } from "./rig.ts";

/** The account's dialog, with one of its parts open. */
async function open(page: Page, part: string): Promise<Locator> {
  await page.getByRole("button", { name: "Account" }).click();
  const dialog = page.getByRole("dialog", { name: "Account" });
  await dialog.getByText(part, { exact: true }).click();
  return dialog;
}

describe("access tokens", () => {
  it("are created with a scope and an end, shown once, and revoked", async () => {
    const page = await openAs(await newPerson());
    const dialog = await open(page, "Access tokens");
    await dialog.getByText("There are none.").waitFor();
    await dialog.getByLabel("What it is for").fill("Backup script");
    await dialog.getByLabel("It ends after").selectOption("7 days");
    await dialog.getByRole("button", { name: "Create a token" }).click();
    const field = dialog.getByLabel("Your new token");
    const token = await field.inputValue();
    assert.match(token, /^todo_pat_/);
    await dialog.getByText(/^Read, ends .*, never used$/).waitFor();
    await call("GET", "/tasks", undefined, token);
    await assert.rejects(call("POST", "/tasks", { title: "x" }, token), /403/);

    await page.keyboard.press("Escape");
    await open(page, "Access tokens");
    await dialog.getByText(/^Read, ends .*, last used /).waitFor();
    assert.equal(await field.count(), 0);
    await dialog.getByRole("button", { name: "Revoke Backup script" }).click();
    await dialog.getByText("There are none.").waitFor();
    await assert.rejects(call("GET", "/tasks", undefined, token), /401/);
    await leave(page);
  });
});
