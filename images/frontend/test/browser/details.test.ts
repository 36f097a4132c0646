import assert from "node:assert/strict";

import type { Locator } from "playwright-core";

import { violations } from "./axe.ts";
import { baseUrl, call, leave, newPerson, openAs, openPage, say } from "./rig.ts";

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };

async function boxOf(element: Locator) {
  const box = await element.boundingBox();
  assert(box !== null);
  return { ...box, right: box.x + box.width, bottom: box.y + box.height };
}

describe("the page", () => {
  for (const [size, options] of [
    ["desktop", {}],
    ["phone", phone],
  ] as const) {
    it(`has notices beside what one types into and what was not sent, on a ${size}`, async () => {
      const person = await newPerson();
      await call("POST", "/tasks", { title: "bread" }, person.token);
      const page = await openAs(person, options);
      await page.route("**/api/chat", (route) => route.abort());
      await page.getByLabel("Message").fill("hello");
      await page.keyboard.press("Enter");
      await page.getByText("Not sent.", { exact: true }).waitFor();
      const tab = page.getByRole("button", { name: /^Tasks/ });
      if (size === "phone") await tab.click();
      await page.getByRole("checkbox", { name: "bread" }).check();
      const notice = page.locator(".notice");
      await notice.getByText("Completed “bread”").waitFor();
      await page.evaluate(() => {
        for (const motion of document.getAnimations()) motion.finish();
      });
      if (size === "phone") await page.getByRole("button", { name: "Chat", exact: true }).click();
      const at = await boxOf(notice);
      for (const other of [page.locator(".composer"), page.locator(".message-trouble")]) {
        const { x, y, right, bottom } = await boxOf(other);
        const isApart = at.right <= x || at.x >= right || at.bottom <= y || at.y >= bottom;
        assert(isApart, JSON.stringify([at, { x, y, right, bottom }]));
      }
      await leave(page);
    });
  }

  it("has one way to try again while the server is away", async () => {
    const person = await newPerson();
    const page = await openAs(person);
    await page.route("**/api/**", (route) => route.abort());
    await page.reload();
    await page.getByText("Your tasks can’t be loaded right now.").waitFor();
    await page.getByRole("button", { name: "Retry now" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0);
    assert.equal(await page.getByRole("button", { name: "All", exact: true }).count(), 1);
    await leave(page);
  });

  it("undoes a deletion by the chat also after a reload, and only once", async () => {
    const person = await newPerson();
    await call("POST", "/tasks", { title: "bread" }, person.token);
    const page = await openAs(person);
    await say(page, "delete bread");
    const answer = page.getByRole("article", { name: "Assistant" });
    await answer.getByText("Deleted", { exact: true }).waitFor();
    assert.equal(await answer.locator(".markdown").count(), 0, "its card says it");
    for (let visit = 0; visit < 2; visit += 1) {
      await page.reload();
      await answer.getByRole("button", { name: "Undo deleting bread" }).click();
      await page.getByRole("checkbox", { name: "bread" }).waitFor();
    }
    const tasks = (await call("GET", "/tasks", undefined, person.token)) as unknown[];
    assert.equal(tasks.length, 1);
    await leave(page);
  });

  it("names the request when something went wrong on the server", async () => {
    const page = await openAs(await newPerson());
    const problem = { title: "Internal Server Error", status: 500, requestId: "abc-123" };
    await page.route("**/api/tasks/quick", (route) =>
      route.fulfill({ status: 500, contentType: "application/problem+json", json: problem }),
    );
    await page.getByLabel("New task").fill("bread");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("abc-123").waitFor();
    await leave(page);
  });

  it("lets the keyboard skip to the message field and to the tasks", async () => {
    const page = await openAs(await newPerson());
    await page.getByLabel("Message").waitFor();
    const first = await page.locator("button, a, input, textarea").first().innerText();
    assert.equal(first, "Skip to the message field");
    await page.getByRole("button", { name: first }).focus();
    assert.deepEqual(await violations(page), [], "skip links");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.id === "composer");
    await leave(page);
  });

  it("prints the whole list, and nothing else", async () => {
    const person = await newPerson();
    const add = (number: number) =>
      call("POST", "/tasks", { title: `errand ${number}` }, person.token);
    await Promise.all(Array.from({ length: 60 }, (_, number) => add(number)));
    const page = await openAs(person, { viewport: { width: 1360, height: 500 } });
    await page.getByRole("checkbox").nth(59).waitFor();
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.getByLabel("Message").isVisible(), false);
    const { list, inside } = await page.evaluate(() => {
      const list = document.querySelector(".task-list");
      return { list: list?.clientHeight ?? 0, inside: list?.scrollHeight ?? 0 };
    });
    assert(list + 1 >= inside && list > 1500, `${list} of ${inside}`);
    await leave(page);
  });

  it("is a page also where there is none", async () => {
    const page = await openAs(await newPerson());
    await page.goto(`${baseUrl()}/nothing`);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await page.getByRole("link", { name: "Go to your tasks" }).click();
    await page.getByRole("heading", { name: "Tasks" }).waitFor();
    await leave(page);
  });

  it("has targets of at least 24 pixels", async () => {
    const person = await newPerson();
    const task = { title: "bread", priority: "high", dueOn: "2099-01-01", repeat: "FREQ=DAILY" };
    await call("POST", "/tasks", task, person.token);
    for (const options of [{}, phone]) {
      const page = await openAs(person, options);
      await say(page, "add buy milk");
      const tab = page.getByRole("button", { name: /^Tasks/ });
      if (await tab.isVisible()) await tab.click();
      await page.getByLabel("New task").fill("rent tomorrow !high");
      await page.locator(".chip").first().waitFor();
      const small = await page.evaluate(() =>
        Array.from(document.querySelectorAll("button, input, select, a"))
          .map((element) => ({ element, box: element.getBoundingClientRect() }))
          .filter(({ element, box }) => {
            const isInText = getComputedStyle(element).display === "inline";
            return box.width > 0 && !isInText && (box.width < 24 || box.height < 24);
          })
          .map(({ element, box }) => `${element.className} ${box.width}×${box.height}`),
      );
      assert.deepEqual(small, []);
      await leave(page);
    }
  });

  it("runs no script that is not its own", async () => {
    const page = await openPage();
    const blocked = await page.evaluate(async () => {
      const violation = new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => {
          resolve(event.effectiveDirective);
        });
      });
      const script = document.createElement("script");
      try {
        script.append("document.title = 'owned'");
        document.head.append(script);
      } catch {
        return "trusted types";
      }
      return violation;
    });
    assert.match(blocked, /script-src|trusted/);
    assert.equal(await page.title(), "Todo chatbot");
    page.troubles.length = 0;
    await leave(page);
  });
});
