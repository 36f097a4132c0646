import assert from "node:assert/strict";

import type { BrowserContextOptions } from "playwright-core";

import { violations } from "./axe.ts";
import { call, leave, newPerson, openAs, openMenu, openPage, say } from "./rig.ts";

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true };
const longWord = "Donaudampfschifffahrtsgesellschaft".repeat(6);

describe("for everybody", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, options] of [
      ["desktop", {}],
      ["phone", phone],
    ] as const) {
      it(`has nothing that axe minds, ${colorScheme}, on a ${size}`, async () => {
        const reducedMotion = "reduce";
        const visit = { ...options, colorScheme, reducedMotion } as const;
        const welcome = await openPage(visit);
        assert.deepEqual(await violations(welcome), [], "welcome");
        await welcome.getByRole("button", { name: "Sign in" }).click();
        await welcome.getByText("Forgot your password?").waitFor();
        assert.deepEqual(await violations(welcome), [], "signing in");
        await welcome.goto(`${welcome.url()}#reset=${"x".repeat(43)}`);
        await welcome.getByLabel("New password", { exact: true }).fill("battery staple");
        await welcome.keyboard.press("Enter");
        await welcome.getByText("Ask for a new one.").waitFor();
        assert.deepEqual(await violations(welcome), [], "reset of a password");
        await leave(welcome);

        const person = await newPerson();
        const overdue = {
          ...{ title: "late", priority: "high", dueAt: "2020-01-01T10:00:00Z" },
          repeat: "FREQ=WEEKLY;BYDAY=MO,TH",
        };
        await call("POST", "/tasks", overdue, person.token);
        const page = await openAs(person, visit);
        await page.getByText("What’s on your mind?").waitFor();
        assert.deepEqual(await violations(page), [], "first visit");

        await say(page, "add water the plants");
        await say(page, "done with water the plants");
        assert.deepEqual(await violations(page), [], "conversation");
        if (size === "phone") {
          await page.getByRole("button", { name: "Conversations" }).click();
          assert.deepEqual(await violations(page), [], "drawer");
          await page.keyboard.press("Escape");
          await page.getByRole("button", { name: /^Tasks/ }).click();
        }
        await page.getByRole("button", { name: "Menu of" }).click();
        assert.deepEqual(await violations(page), [], "menu");
        await page.keyboard.press("Escape");
        await openMenu(page, "Settings");
        assert.deepEqual(await violations(page), [], "settings");
        await page.keyboard.press("Escape");
        await openMenu(page, "Keyboard shortcuts");
        assert.deepEqual(await violations(page), [], "shortcuts");
        await page.keyboard.press("Escape");
        await openMenu(page, "Account");
        await page.getByText("This browser").waitFor();
        for (const part of await page.locator(".account summary").all()) await part.click();
        assert.deepEqual(await violations(page), [], "account");
        await page.keyboard.press("Escape");
        const nearLimit = {
          ...{ pending: 9500, completed: 1, maximumTasks: 10_000 },
          ...{ textBytes: 1, maximumTextBytes: 2_000_000 },
        };
        await page.route("**/api/tasks/usage", (route) => route.fulfill({ json: nearLimit }));
        await page.getByLabel("Search tasks").fill("zebra");
        await page.getByText("No task has “zebra” in it.").waitFor();
        await page.getByText("You have 9,501 of at most 10,000 tasks.").waitFor();
        assert.deepEqual(await violations(page), [], "nothing found, nearly full");
        await page.unroute("**/api/tasks/usage");
        await page.keyboard.press("Escape");
        await page.getByLabel("New task").fill("pay rent tomorrow 9am !high every month");
        await page.locator(".chip", { hasText: "High priority" }).click();
        await page.getByRole("button", { name: "Read all again" }).waitFor();
        assert.deepEqual(await violations(page), [], "line of a new task");
        await page.getByLabel("New task").fill("");
        await page.getByRole("heading", { name: "Overdue" }).waitFor();
        assert.deepEqual(await violations(page), [], "groups");
        await page.getByRole("button", { name: "Select", exact: true }).click();
        await page.getByRole("button", { name: "Select late" }).click();
        assert.deepEqual(await violations(page), [], "selection");
        await page.getByRole("button", { name: "Due", exact: true }).click();
        await page.getByRole("dialog", { name: "Due date of late" }).waitFor();
        assert.deepEqual(await violations(page), [], "dates");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "End the selection" }).click();
        await page.getByRole("button", { name: "Edit late" }).click();
        await page.getByLabel("Title").waitFor();
        assert.deepEqual(await violations(page), [], "editing");

        await page.getByLabel("Title").fill("later");
        await page.route("**/api/**", (route) => route.fulfill({ status: 503, body: "{}" }));
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByText("The server is unreachable.").waitFor();
        assert.deepEqual(await violations(page), [], "server away");
        await page.route("**/api/**", (route) => route.fulfill({ status: 401, body: "{}" }));
        // The page may ask by itself, and find out, before the click.
        const saving = page.getByRole("button", { name: "Save" }).click({ timeout: 2_000 });
        saving.catch(() => undefined);
        await page.getByRole("dialog", { name: "Sign in again" }).waitFor();
        await saving.catch(() => undefined);
        assert.deepEqual(await violations(page), [], "session ended");
        await leave(page);
      });
    }
  }

  for (const width of [320, 360, 384, 390, 768, 1024, 1360]) {
    it(`fits ${width} pixels, with the longest of words`, async () => {
      const person = await newPerson();
      const fields = { title: longWord.slice(0, 200), description: longWord };
      await call("POST", "/tasks", fields, person.token);
      const page = await openAs(person, { viewport: { width, height: 700 } });
      await say(page, longWord);
      const tab = page.getByRole("button", { name: /^Tasks/ });
      for (const pane of ["chat", "tasks"]) {
        if (pane === "tasks" && (await tab.isVisible())) await tab.click();
        const overflow = await page.evaluate(() => {
          const boxes = [
            document.documentElement,
            ...document.querySelectorAll("main, section, .messages, .task-list"),
          ];
          return boxes
            .filter((box) => box.scrollWidth > box.clientWidth + 1)
            .map(({ className }) => className);
        });
        assert.deepEqual(overflow, [], pane);
      }
      await leave(page);
    });
  }

  it("shows chat and tasks in turn on a phone, and the conversations in a drawer", async () => {
    const page = await openAs(await newPerson(), phone);
    await say(page, "add water the plants");
    const tasks = page.getByRole("region", { name: "Tasks" });
    assert.equal(await tasks.isVisible(), false);
    await page.getByRole("button", { name: "Tasks 1 pending" }).click();
    await tasks.getByRole("checkbox", { name: /plants/ }).waitFor();
    assert.equal(await page.getByLabel("Message").isVisible(), false);

    await page.getByRole("button", { name: "Conversations" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "New chat" }).click();
    await page.getByText("What’s on your mind?").waitFor();
    await leave(page);
  });

  it("follows the system's colours, or the person's choice, which stays", async () => {
    const page = await openPage({ colorScheme: "dark" });
    const background = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await background();
    const choose = (theme: string) => page.getByText(theme, { exact: true }).click();
    await choose("Light");
    const light = await background();
    assert.notEqual(light, dark);
    await page.reload();
    assert.equal(await background(), light);
    await choose("Dark");
    assert.equal(await background(), dark);
    await choose("System");
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal(await background(), light);
    await leave(page);
  });
});
