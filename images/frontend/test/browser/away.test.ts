import assert from "node:assert/strict";

import { leave, newPerson, openAs, ownsBackend, say, startBackend, stopBackend } from "./rig.ts";
import { skip } from "../../../../test/skip.ts";

describe("when the server is unreachable", () => {
  it("says so, keeps what was typed through a reload, and sends it later", async () => {
    const page = await openAs(await newPerson());
    await say(page, "add buy milk");
    await page.route("**/api/**", (route) => route.abort("connectionrefused"));
    for (const text of ["add buy bread", "add buy tea"]) {
      await page.getByLabel("Message").fill(text);
      await page.keyboard.press("Enter");
      const sent = page.getByRole("article", { name: "You" }).filter({ hasText: text });
      await sent.getByText("Not sent.", { exact: true }).waitFor();
    }
    await page.getByLabel("Message").fill("and a second thought");

    await page.reload();
    const field = page.getByLabel("Message");
    const unsent = page.getByRole("article", { name: "You" }).filter({ hasText: "Not sent." });
    await page.getByText("The server is unreachable.").waitFor();
    await page.getByText("Your tasks can’t be loaded right now.").waitFor();
    await page.getByText("This conversation can’t be loaded right now.").waitFor();
    assert.equal(await field.inputValue(), "and a second thought");
    assert.equal(await unsent.count(), 2);

    // Another conversation has none of them, and does not lose them.
    await page.evaluate(() => {
      location.hash = "";
    });
    await page.waitForTimeout(1500);
    await page.screenshot({ path: "/tmp/away.png" });
    await page.getByText("What’s on your mind?").waitFor();
    assert.equal(await unsent.count(), 0);
    await page.goBack();

    await page.unroute("**/api/**");
    // On a slow machine the page finds out by itself first.
    const now = page.getByRole("button", { name: "Retry now" });
    await now.click({ timeout: 2000 }).catch(() => undefined);
    await page.getByText("The server is unreachable.").waitFor({ state: "detached" });
    await page.getByRole("article", { name: "You" }).filter({ hasText: "add buy milk" }).waitFor();
    const tasks = page.getByRole("region", { name: "Tasks" }).getByRole("listitem");
    await tasks.filter({ hasText: "milk" }).waitFor();
    assert.equal(await field.inputValue(), "and a second thought");
    await unsent.filter({ hasText: "bread" }).getByRole("button", { name: "Try again" }).click();
    await tasks.filter({ hasText: "bread" }).waitFor();
    assert.equal(await unsent.count(), 1);
    await leave(page);
  });

  it("sends an unsent message again, or lets it be edited", async () => {
    const page = await openAs(await newPerson());
    await page.route("**/api/chat", (route) =>
      route.fulfill({ status: 503, body: JSON.stringify({ detail: "The database is away." }) }),
    );
    await page.getByLabel("Message").fill("add buy bread");
    await page.keyboard.press("Enter");
    await page.getByText("The database is away.").first().waitFor();
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    assert.equal(await page.getByLabel("Message").inputValue(), "add buy bread");
    await page.keyboard.press("Enter");
    await page.getByText("Not sent.", { exact: true }).first().waitFor();
    await page.unroute("**/api/chat");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("article", { name: "Assistant" }).waitFor();
    assert.equal(await page.getByRole("article", { name: "You" }).count(), 1);
    await leave(page);
  });

  it("tells a browser without network from a server that is away", async () => {
    const page = await openAs(await newPerson());
    // An answer that still arrives would show, rightly, that the server is within reach.
    await page.getByText("Nothing here yet").waitFor();
    await page.waitForTimeout(1000);
    await page.context().setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await page.context().setOffline(false);
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    await leave(page);
  });

  after(async () => {
    if (ownsBackend) await startBackend();
  });

  it("comes back by itself after the backend really was gone", async function () {
    if (!ownsBackend) skip(this, "the server of a deployed page is not stopped");
    this.timeout(120_000);
    const page = await openAs(await newPerson());
    await say(page, "add buy milk");
    await stopBackend();
    await page.getByLabel("Message").fill("add buy bread");
    await page.keyboard.press("Enter");
    await page.getByText("Not sent.", { exact: true }).waitFor();
    await page.getByText("The server is unreachable.").waitFor();
    await startBackend();
    await page
      .getByText("The server is unreachable.")
      .waitFor({ state: "detached", timeout: 40_000 });
    await page.getByRole("button", { name: "Try again" }).click();
    await page
      .getByRole("region", { name: "Tasks" })
      .getByRole("listitem")
      .filter({ hasText: "bread" })
      .waitFor();
    await leave(page);
  });
});
