import assert from "node:assert/strict";

import { baseUrl, leave, newEmail, newPerson, openAs, openPage, say } from "./rig.ts";

describe("signing up and in", () => {
  it("makes an account, signs out, and signs in again", async () => {
    const email = newEmail();
    const page = await openPage();
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("correct horse");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("What’s on your mind?").waitFor();
    await page.getByText(email).waitFor();

    await page.getByRole("button", { name: "Sign out" }).click();
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
    await other.getByRole("button", { name: "Sign out" }).click();
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
});
