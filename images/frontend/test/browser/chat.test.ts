import assert from "node:assert/strict";

import type { Page } from "playwright-core";

import { violations } from "./axe.ts";
import { call, leave, newPerson, openAs, say } from "./rig.ts";

const task = (page: Page, name: RegExp | string) =>
  page.getByRole("region", { name: "Tasks" }).getByRole("listitem").filter({ hasText: name });

/** Answers the next chat messages with the given events instead of the backend's. */
async function fakeAnswer(page: Page, events: readonly (readonly [name: string, data: unknown])[]) {
  const body = events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  await page.route("**/api/chat", (route) =>
    route.fulfill({ contentType: "text/event-stream", body: body.join("") }),
  );
}

describe("chatting", () => {
  it("gives somebody new something to begin with, and changes the list beside it", async () => {
    const page = await openAs(await newPerson());
    await page
      .getByRole("button", { name: "Call grandma on Sunday, and buy milk tomorrow" })
      .click();
    await page
      .getByRole("article", { name: "Assistant" })
      .getByText("Added", { exact: true })
      .nth(1)
      .waitFor();
    await task(page, /milk/i).waitFor();
    await task(page, /grandma/i).waitFor();
    assert(await page.getByLabel("Message").evaluate((field) => field === document.activeElement));
    await leave(page);
  });

  it("completes by chat, and tells screen readers the answer once", async () => {
    const page = await openAs(await newPerson());
    await say(page, "add water the plants");
    await say(page, "done with water the plants");
    await page.getByRole("checkbox", { name: /water the plants/i, checked: true }).waitFor();
    // On the screen, the card says it.
    const told = page.locator(".chat [aria-live=polite]");
    await told.getByText('Done: "water the plants".').waitFor();
    await leave(page);
  });

  it("keeps an answer when an older list of the messages arrives after it", async () => {
    const page = await openAs(await newPerson());
    await page.route("**/messages*", async (route) => {
      const response = await route.fetch();
      setTimeout(() => void route.fulfill({ response }).catch(() => undefined), 1_500);
    });
    await say(page, "add water the plants");
    const asked = page.waitForRequest(/messages/);
    // One comes back to the page, which then asks for everything.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await asked;
    const late = page.waitForResponse(/messages/);
    await say(page, "done with water the plants");
    await late;
    await page.waitForTimeout(100);
    assert.equal(await page.getByRole("article", { name: "Assistant" }).count(), 2);
    await leave(page);
  });

  it("offers to undo what the agent deleted", async () => {
    const page = await openAs(await newPerson());
    await say(page, "add water the plants");
    await say(page, "delete water the plants");
    await task(page, /plants/).waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Undo deleting/ }).click();
    await task(page, /plants/).waitFor();
    await page.reload();
    await task(page, /plants/).waitFor();
    await leave(page);
  });

  it("sends with Enter and begins a line with Shift and Enter", async () => {
    const page = await openAs(await newPerson());
    const field = page.getByLabel("Message");
    await field.fill("what is");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("left?");
    assert.equal(await field.inputValue(), "what is\nleft?");
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "Assistant" }).waitFor();
    assert.equal(await field.inputValue(), "");
    await leave(page);
  });

  it("keeps conversations: new, open, back, reload, delete", async () => {
    const page = await openAs(await newPerson());
    const list = page.getByRole("navigation", { name: "Conversations" });
    const shown = page.getByRole("article", { name: "You" });
    await say(page, "add one thing");
    await list.getByRole("button", { name: "New chat" }).click();
    await page.getByText("What’s on your mind?").waitFor();
    await say(page, "add another thing");
    await list.getByRole("listitem").nth(1).waitFor();

    await list.getByRole("button", { name: "add one thing", exact: true }).click();
    await shown.filter({ hasText: "add one thing" }).waitFor();
    await page.reload();
    await shown.filter({ hasText: "add one thing" }).waitFor();
    await page.goBack();
    await shown.filter({ hasText: "add another thing" }).waitFor();

    await list.getByRole("button", { name: "More for add another thing" }).click();
    const menu = page.getByRole("dialog", { name: "add another thing" });
    await menu.getByRole("button", { name: "Delete" }).click();
    await menu.getByRole("button", { name: "Really delete" }).click();
    await list.getByRole("listitem").nth(1).waitFor({ state: "detached" });
    await page.getByText("What’s on your mind?").waitFor();
    await leave(page);
  });

  it("begins a new chat when the address is of a conversation that is gone", async () => {
    const page = await openAs(await newPerson());
    await page.goto(`${page.url()}#/chat/00000000-0000-4000-8000-000000000000`);
    await page.reload();
    await page.getByText("What’s on your mind?").waitFor();
    await say(page, "what is left?");
    await leave(page);
  });

  it("shows what a model wrote as text, and fetches nothing for it", async () => {
    const page = await openAs(await newPerson());
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const reply = [
      "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
      "![cat](https://evil.example/cat.png) [click](javascript:document.title='owned')",
      "**bold** and [a page](https://safe.example/)",
    ].join("\n\n");
    const answer = {
      conversationId: "00000000-0000-4000-8000-000000000001",
      reply,
      toolCalls: [],
      agent: "openai",
    };
    await fakeAnswer(page, [["done", answer]]);
    await page.getByLabel("Message").fill("hello");
    await page.keyboard.press("Enter");
    const shown = page.getByRole("article", { name: "Assistant" });
    await shown.getByText("<script>document.title='owned'</script>").waitFor();
    assert.equal(await shown.locator("img, script, iframe").count(), 0);
    assert.equal(await page.title(), "Todo chatbot");
    assert.deepEqual(
      asked.filter((url) => url.includes("evil.example")),
      [],
    );
    assert.deepEqual(
      await shown
        .locator("a")
        .evaluateAll((links) =>
          links.map((link) => [(link as HTMLAnchorElement).href, link.getAttribute("rel")]),
        ),
      [
        ["https://evil.example/cat.png", "noopener noreferrer"],
        ["https://safe.example/", "noopener noreferrer"],
      ],
    );
    await leave(page);
  });

  it("says when an answer was cut, and shows what was done", async () => {
    const page = await openAs(await newPerson());
    await say(page, "add buy milk");
    const conversationId = /#\/chat\/(.+)$/.exec(page.url())?.[1];
    await fakeAnswer(page, [
      ["start", { conversationId }],
      ["delta", { text: "I have ad" }],
    ]);
    await page.getByLabel("Message").fill("add buy bread");
    await page.keyboard.press("Enter");
    await page.getByText("Interrupted.", { exact: true }).waitFor();
    await page.getByText("I have ad").waitFor();
    await page.unroute("**/api/chat");
    await page.getByRole("button", { name: "See what was done" }).click();
    await page.getByText("Interrupted.", { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("article", { name: "You" }).filter({ hasText: "add buy milk" }).waitFor();
    await leave(page);
  });

  it("stops an answer", async () => {
    const page = await openAs(await newPerson());
    await page.route("**/api/chat", () => undefined);
    await page.getByLabel("Message").fill("hello");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Stop the answer" }).click();
    await page.locator("article").getByText("Stopped.").waitFor();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await leave(page);
  });

  it("renames conversations, and finds them by what was said", async () => {
    const person = await newPerson();
    const tell = (message: string) => call("POST", "/chat", { message }, person.token);
    for (const thing of ["milk", "bread", "eggs", "rice", "tea", "salt", "oil", "soap"])
      await tell(`add buy ${thing} number 1 for the whole family`);
    const page = await openAs(person);
    const list = page.getByRole("navigation", { name: "Conversations" });
    await list
      .getByRole("region", { name: "Today" })
      .getByText("add buy milk number 1 for the")
      .waitFor();
    await list.getByRole("button", { name: /^More for add buy milk/ }).click();
    const menu = page.getByRole("dialog", { name: /^add buy milk/ });
    assert.deepEqual(await violations(page), [], "menu");
    await menu.getByRole("button", { name: "Rename" }).click();
    const field = list.getByLabel("Name of the conversation");
    assert.deepEqual(await violations(page), [], "renaming");
    await field.fill("nothing");
    await page.keyboard.press("Escape");
    await list.getByRole("button", { name: /^More for add buy milk/ }).click();
    await menu.getByRole("button", { name: "Rename" }).click();
    await field.fill("Dairy");
    await page.keyboard.press("Enter");
    await list.getByRole("button", { name: "Dairy", exact: true }).waitFor();

    await list.getByLabel("Search conversations").fill("MILK");
    await list.getByText("add buy bread").waitFor({ state: "detached" });
    await list.getByRole("button", { name: "Dairy", exact: true }).waitFor();
    await list.getByLabel("Search conversations").fill("zebra");
    await list.getByText("Nothing was said about “zebra”.").waitFor();
    await page.reload();
    await list.getByRole("button", { name: "Dairy", exact: true }).waitFor();
    await leave(page);
  });
});
