import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { Locator, Page } from "playwright-core";

import { violations } from "./axe.ts";
import { baseUrl, call, leave, newPerson, openAs, openMenu, openPage } from "./rig.ts";

/** The account's dialog, with one of its parts open. */
async function open(page: Page, part: string): Promise<Locator> {
  await openMenu(page, "Account");
  const dialog = page.getByRole("dialog", { name: "Account" });
  await dialog.getByText(part, { exact: true }).click();
  return dialog;
}

describe("access tokens", () => {
  it("are created with a scope and an end, shown once, and revoked", async () => {
    const page = await openAs(await newPerson());
    const dialog = await open(page, "Access tokens");
    const none = dialog.locator("details[open]").getByText("There are none.");
    await none.waitFor();
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
    assert.deepEqual(await violations(page), []);
    await dialog.getByRole("button", { name: "Revoke Backup script" }).click();
    await none.waitFor();
    await assert.rejects(call("GET", "/tasks", undefined, token), /401/);
    await leave(page);
  });
});

describe("the calendar feed", () => {
  it("has a secret address, which is created, renewed and revoked", async () => {
    const person = await newPerson();
    await call("POST", "/tasks", { title: "Pay rent", dueOn: "2027-05-01" }, person.token);
    const page = await openAs(person);
    const dialog = await open(page, "Calendar feed");
    await dialog.getByRole("button", { name: "Create an address" }).click();
    const field = dialog.getByLabel("Its address");
    const first = await field.inputValue();
    await dialog.getByText(/^Created .*, never used$/).waitFor();
    assert(first.startsWith(`${baseUrl()}/api/calendar/`), first);
    assert.match(await (await fetch(first)).text(), /SUMMARY:Pay rent/);
    assert.deepEqual(await violations(page), []);
    const renewed = page.waitForResponse(/account\/calendar$/);
    await dialog.getByRole("button", { name: "Renew the address" }).click();
    await renewed;
    assert.equal((await fetch(first)).status, 404);
    await dialog.getByRole("button", { name: "Revoke the address" }).click();
    await dialog.getByRole("button", { name: "Create an address" }).waitFor();
    assert.equal(await field.count(), 0);
    await leave(page);
  });
});

describe("connecting an app", () => {
  /** The app's side, on this computer. */
  let app: Server;
  let callback: string;
  let sent: URL | undefined;
  const verifier = randomBytes(32).toString("base64url");
  before(async () => {
    app = createServer((request, response) => {
      const url = new URL(request.url ?? "", callback);
      // Browsers ask for an icon too.
      if (url.pathname === "/callback") sent = url;
      response.end("You can close this window.");
    }).listen(0, "127.0.0.1");
    await once(app, "listening");
    callback = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`;
  });
  beforeEach(() => {
    sent = undefined;
  });
  after(() => app.close());

  const post = async (path: string, body: string, type: string) => {
    const headers = { "content-type": type };
    const answer = await fetch(`${baseUrl()}/api/oauth/${path}`, { method: "POST", headers, body });
    return (await answer.json()) as Record<string, string>;
  };
  async function link(redirect = callback, name = "Robot") {
    const client = { client_name: name, redirect_uris: [callback] };
    const { client_id = "" } = await post("register", JSON.stringify(client), "application/json");
    const request = new URLSearchParams({
      client_id,
      redirect_uri: redirect,
      response_type: "code",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      scope: "read write",
      state: "xyz",
      resource: `${baseUrl()}/mcp`,
    });
    return { client_id, url: `${baseUrl()}/authorize?${request.toString()}` };
  }
  const codeOf = async (page: Page) => {
    await page.getByText("You can close this window.").waitFor();
    return sent?.searchParams.get("code") ?? "";
  };

  it("shows who asks for what, lets one allow less, and lists the app until it is revoked", async () => {
    const page = await openAs(await newPerson());
    const { client_id, url } = await link();
    await page.goto(url);
    await page.getByRole("heading", { name: "Connect Robot?" }).waitFor();
    await page.getByText(`an app on this computer (${new URL(callback).host})`).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByLabel("add, change and delete them").uncheck();
    await page.getByRole("button", { name: "Allow" }).click();
    const code = await codeOf(page);
    assert.equal(sent?.searchParams.get("state"), "xyz");
    const form = new URLSearchParams({
      ...{ grant_type: "authorization_code", client_id, code },
      ...{ redirect_uri: callback, code_verifier: verifier },
    });
    const type = "application/x-www-form-urlencoded";
    const tokens = await post("token", form.toString(), type);
    assert.equal(tokens["scope"], "read");
    const listTools = async () =>
      (
        await fetch(`${baseUrl()}/mcp`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${tokens["access_token"] ?? ""}`,
            "content-type": "application/json",
            accept: "application/json, text/event-stream",
          },
          body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
        })
      ).status;
    assert.equal(await listTools(), 200);

    await page.goto(baseUrl());
    const dialog = await open(page, "Connected apps");
    await dialog.getByText(/^Reads, since .*, last used /).waitFor();
    await dialog.getByRole("button", { name: "Revoke Robot" }).click();
    await dialog.locator("details[open]").getByText("There are none.").waitFor();
    assert.equal(await listTools(), 401);
    await leave(page);
  });

  it("asks to sign in first, and tells the app of a denial", async () => {
    const { email, password } = await newPerson();
    const page = await openPage();
    await page.goto((await link()).url);
    await page.getByRole("heading", { name: "Sign in to connect an app" }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Deny" }).click();
    assert.equal(await codeOf(page), "");
    assert.equal(sent?.searchParams.get("error"), "access_denied");
    await leave(page);
  });

  it("sends nobody to where the app has not registered, and shows its name as text", async () => {
    const page = await openAs(await newPerson());
    await page.goto((await link("https://evil.example/")).url);
    await page.getByRole("alert").filter({ hasText: "has not registered the address" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Allow" }).count(), 0);
    assert.deepEqual(await violations(page), []);
    const name = "<img src=x onerror=alert(1)> " + "x".repeat(70);
    await page.goto((await link(callback, name)).url);
    await page.getByRole("heading", { name: `Connect ${name}?` }).waitFor();
    assert.equal(sent, undefined);
    await leave(page);
  });
});
