import assert from "node:assert/strict";

import { readFile } from "node:fs/promises";

import type { Locator, Page } from "playwright-core";

import {
  baseUrl,
  call,
  leave,
  newEmail,
  newPerson,
  openAs,
  openMenu,
  openPage,
  say,
} from "./rig.ts";

describe("signing up and in", () => {
  it("makes an account, signs out, and signs in again", async () => {
    const email = newEmail();
    const page = await openPage();
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("correct horse");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("What’s on your mind?").waitFor();
    await page.getByText(email).waitFor();

    await openMenu(page, "Sign out");
    // Somebody who has been here is asked to sign in, not up.
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    assert.equal(await page.evaluate(() => localStorage.getItem("todo-chatbot:session")), null);

    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("wrong horse");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
    assert.equal(await page.getByLabel("E-mail").inputValue(), email, "what was typed stays");

    await page.getByLabel("Password", { exact: true }).fill("correct horse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Tasks" }).waitFor();
    await leave(page);
  });

  it("says when there is an account with that address", async () => {
    const { email } = await newPerson();
    const page = await openPage();
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("another horse");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").filter({ hasText: "sign in instead" }).waitFor();
    assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "another horse");
    await leave(page);
  });

  it("sets a new password by a link, also in a browser where somebody is signed in", async () => {
    const { session } = await newPerson();
    const page = await openAs(await newPerson());
    await page.goto(`${baseUrl()}/#reset=${"x".repeat(43)}`);
    const field = page.getByLabel("New password", { exact: true });
    await field.fill("battery staple");
    const save = page.getByRole("button", { name: "Set the password and sign in" });
    await save.click();
    await page.getByRole("alert").filter({ hasText: "Ask for a new one" }).waitFor();
    assert.equal(await field.inputValue(), "battery staple");
    let sent: unknown;
    await page.route("**/api/auth/reset", (route) => {
      sent = route.request().postDataJSON();
      return route.fulfill({ json: session });
    });
    await save.click();
    await page.getByText((session as { user: { email: string } }).user.email).waitFor();
    assert.deepEqual(sent, { token: "x".repeat(43), password: "battery staple" });
    assert.equal(new URL(page.url()).hash, "");
    await leave(page);
  });

  it("asks for a link by mail where the server sends mails", async () => {
    const page = await openPage();
    await page.route("**/api/auth/options", (route) =>
      route.fulfill({ json: { resetByMail: true } }),
    );
    let asked: unknown;
    let status = 429;
    await page.route("**/api/auth/forgot", (route) => {
      asked = route.request().postDataJSON();
      const detail = "Too many attempts; wait a moment and try again.";
      return route.fulfill({ status, json: { detail } });
    });
    await page.reload();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByLabel("E-mail").fill(" ann@example.com ");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "Too many attempts" }).waitFor();
    status = 202;
    await page.getByRole("button", { name: "Send a link" }).click();
    await page.getByRole("status").filter({ hasText: "a link is on its way" }).waitFor();
    assert.deepEqual(asked, { email: "ann@example.com" });
    await page.getByRole("button", { name: "Back to sign-in" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await leave(page);
  });

  it("says plainly when the server is unreachable", async () => {
    const page = await openPage();
    await page.route("**/api/**", (route) => route.abort("connectionrefused"));
    await page.getByLabel("E-mail").fill("a@example.com");
    await page.getByLabel("Password", { exact: true }).fill("correct horse");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("alert").filter({ hasText: "can’t be reached right now" }).waitFor();
    assert.equal(await page.getByLabel("E-mail").inputValue(), "a@example.com");
    await leave(page);
  });

  it("shows the password to who wants to see it", async () => {
    const page = await openPage();
    const field = page.getByLabel("Password", { exact: true });
    assert.equal(await field.getAttribute("type"), "password");
    await page.getByRole("button", { name: "Show the password" }).click();
    assert.equal(await field.getAttribute("type"), "text");
    await leave(page);
  });

  it("signs out in every tab", async () => {
    const page = await openAs(await newPerson());
    const other = await page.context().newPage();
    await other.goto(baseUrl());
    await openMenu(other, "Sign out");
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await leave(page);
  });

  it("asks to sign in again when the session has ended, and loses nothing", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    await say(page, "add buy milk");
    await page.getByRole("button", { name: "Details" }).click();
    await page.getByLabel("Description").fill("half written");

    let ended = true;
    await page.route("**/api/**", (route) =>
      ended && !route.request().url().includes("/auth/")
        ? route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" })
        : route.continue(),
    );
    await page.getByLabel("Message").fill("what is left?");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Sign in again" });
    await dialog.waitFor();
    assert.equal(await dialog.getByLabel("E-mail").inputValue(), person.email);
    await page.keyboard.press("Escape");
    assert(await dialog.isVisible(), "there is nothing to do without a session");

    await dialog.getByLabel("Password", { exact: true }).fill("wrong horse");
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").filter({ hasText: "wrong" }).waitFor();

    ended = false;
    await dialog.getByLabel("Password", { exact: true }).fill(person.password);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Description").inputValue(), "half written");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("article", { name: "Assistant" }).nth(1).waitFor();
    await leave(page);
  });

  it("renews an old token without a word", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    let refused = 0;
    await page.route("**/api/tasks/quick", (route) => {
      if (route.request().method() !== "POST" || refused > 0) return route.fallback();
      refused += 1;
      return route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" });
    });
    await page.getByRole("textbox", { name: "New task" }).fill("bread");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Tasks" }).getByText("bread").waitFor();
    assert.equal(refused, 1);
    assert.equal(await page.getByRole("dialog").count(), 0);
    const stored = await page.evaluate(() => localStorage.getItem("todo-chatbot:session"));
    assert.match(stored ?? "", /"token":"[^"]+","user":/);
    await leave(page);
  });
});

describe("the account", () => {
  /** The dialog, with one of its parts open. */
  async function open(page: Page, part?: string): Promise<Locator> {
    await openMenu(page, "Account");
    const dialog = page.getByRole("dialog", { name: "Account" });
    if (part !== undefined) await dialog.getByText(part, { exact: true }).click();
    return dialog;
  }

  it("shows where one is signed in, and ends another session at once", async () => {
    const person = await newPerson();
    const [here, there] = [await openAs(person), await openPage()];
    await there.getByRole("button", { name: "Sign in", exact: true }).click();
    await there.getByLabel("E-mail").fill(person.email);
    await there.getByLabel("Password", { exact: true }).fill(person.password);
    await there.keyboard.press("Enter");
    await there.getByRole("heading", { name: "Tasks" }).waitFor();

    const dialog = await open(there);
    await dialog.getByText("This browser").waitFor();
    await dialog.getByRole("button", { name: /^Sign out / }).click();
    await dialog.getByRole("button", { name: /^Sign out / }).waitFor({ state: "detached" });
    await here.getByRole("dialog", { name: "Sign in again" }).waitFor();
    const focused = await here.evaluate(() => document.activeElement?.getAttribute("type"));
    assert.equal(focused, "password");
    await leave(here);
    await leave(there);
  });

  it("changes the password", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    const dialog = await open(page, "Change the password");
    await dialog.getByLabel("Current password").fill("wrong horse");
    await dialog.getByLabel("New password").fill("new battery");
    await page.keyboard.press("Enter");
    await dialog.getByText("The password is wrong.").waitFor();
    await dialog.getByLabel("Current password").fill(person.password);
    await page.keyboard.press("Enter");
    await dialog.getByText("All other sessions have ended").waitFor();
    await call("POST", "/auth/login", { email: person.email, password: "new battery" });
    await leave(page);
  });

  it("exports everything", async () => {
    const page = await openAs(await newPerson());
    await say(page, "add buy milk");
    const dialog = await open(page, "Export your data");
    for (const [name, file] of [
      ["Everything (JSON)", "todo-chatbot.json"],
      ["Tasks (ICS)", "todo-chatbot.ics"],
    ] as const) {
      const saved = page.waitForEvent("download");
      await dialog.getByRole("button", { name }).click();
      const download = await saved;
      assert.equal(download.suggestedFilename(), file);
      assert.match(await readFile(await download.path(), "utf8"), /buy milk/);
    }
    await leave(page);
  });

  it("is deleted with its password", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    const dialog = await open(page, "Delete the account");
    await dialog.getByLabel("Your password").fill(person.password);
    await dialog.getByRole("button", { name: "Delete my account" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    const { email, password } = person;
    await assert.rejects(call("POST", "/auth/login", { email, password }), /401/);
    await leave(page);
  });
});
