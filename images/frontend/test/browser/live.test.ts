import assert from "node:assert/strict";

import type { Page } from "playwright-core";

import {
  call,
  leave,
  newPerson,
  openAs,
  ownsBackend,
  say,
  startBackend,
  stopBackend,
} from "./rig.ts";
import { skip } from "../../../../test/skip.ts";

const add = async (page: Page, title: string) => {
  await page.getByRole("textbox", { name: "New task" }).fill(title);
  await page.keyboard.press("Enter");
};
/** The row of a task, and nothing in the chat. */
const row = (page: Page, title: string) =>
  page.getByRole("region", { name: "Tasks" }).getByText(title, { exact: true });

/** Milliseconds from now until a text of the task list appears in a page. */
const msUntil = (page: Page, title: string): Promise<number> =>
  page.evaluate(
    (text) =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        const look = () => {
          if (document.querySelector(".task-list")?.textContent.includes(text)) {
            resolve(performance.now() - start);
          } else requestAnimationFrame(look);
        };
        look();
      }),
    title,
  );

/** Two browsers of one user. */
async function two() {
  const person = await newPerson();
  const [here, there] = [await openAs(person), await openAs(person)];
  for (const page of [here, there]) {
    await page.getByText("Nothing here yet").waitFor();
    await page.waitForTimeout(300);
  }
  return { person, here, there };
}

describe("two browsers of one user", () => {
  it("see each other's tasks, and those of the chat and the API", async () => {
    const { person, here, there } = await two();
    const times: number[] = [];
    for (let turn = 1; turn <= 10; turn += 1) {
      const seen = msUntil(there, `task ${turn}.`);
      await add(here, `task ${turn}.`);
      times.push(await seen);
    }
    times.sort((a, b) => a - b);
    // Typing and pressing Enter are part of it.
    console.log(
      `      from browser to browser: ${times[5]?.toFixed(0)} ms, most ${times.at(-1)?.toFixed(0)} ms`,
    );

    await say(there, "add water the plants");
    await row(here, "water the plants").waitFor();
    await row(here, "task 1.").click();
    await here.getByLabel("Title").fill("task one");
    await here.keyboard.press("Enter");
    await row(there, "task one").waitFor();
    await there.getByRole("button", { name: "Delete task one" }).click();
    await row(here, "task one").waitFor({ state: "detached" });
    await call("POST", "/tasks", { title: "from a script" }, person.token);
    await Promise.all([here, there].map((page) => row(page, "from a script").waitFor()));
    await leave(here);
    await leave(there);
  });

  it("continue one conversation, and go on when it was deleted", async () => {
    const { here, there } = await two();
    await say(here, "add buy milk");
    await there.getByRole("button", { name: "add buy milk", exact: true }).click();
    await there.getByRole("article", { name: "Assistant" }).waitFor();
    await say(there, "add buy bread");
    await here.getByRole("article", { name: "Assistant" }).nth(1).waitFor();
    assert.equal(await here.getByRole("article", { name: "Assistant" }).count(), 2);

    await there.getByRole("button", { name: "More for add buy milk" }).click();
    await there.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await there.getByRole("dialog").getByRole("button", { name: "Really delete" }).click();
    await here.getByText("was deleted in another window").first().waitFor();
    await say(here, "add buy tea").catch(() => undefined);
    await here.getByRole("article", { name: "Assistant" }).getByText("tea").first().waitFor();
    assert.equal(await here.getByRole("article", { name: "Assistant" }).count(), 1);
    await there.getByRole("button", { name: "add buy tea", exact: true }).waitFor();
    await leave(here);
    await leave(there);
  });

  it("start a new conversation with a message to one that is gone", async () => {
    const { person, here, there } = await two();
    await there.close();
    await say(here, "add buy milk");
    await here.route("**/api/events", (route) => route.abort());
    const [conversation] = (await call("GET", "/conversations", undefined, person.token)) as {
      id: string;
    }[];
    // Nobody tells this window.
    await here.route("**/messages", (route) => route.abort());
    await call("DELETE", `/conversations/${conversation?.id}`, undefined, person.token);
    await here.getByLabel("Message").fill("add buy bread");
    await here.keyboard.press("Enter");
    await here.getByText("Try again, and it starts a new one").first().waitFor();
    await here.getByRole("button", { name: "Try again" }).click();
    await here.getByRole("article", { name: "Assistant" }).getByText("bread").first().waitFor();
    assert.equal(await here.getByRole("article").count(), 2);
    await leave(here);
  });

  it("catch up after the server was restarted", async function () {
    if (!ownsBackend) skip(this, "the server of a deployed page is not stopped");
    const { here, there } = await two();
    await stopBackend();
    await startBackend();
    await add(here, "after the restart");
    await here
      .getByRole("button", { name: "Retry now" })
      .click({ timeout: 500 })
      .catch(() => undefined);
    await row(there, "after the restart").waitFor({ timeout: 15_000 });
    await add(there, "and back");
    await row(here, "and back").waitFor();
    await leave(here);
    await leave(there);
  });
});
