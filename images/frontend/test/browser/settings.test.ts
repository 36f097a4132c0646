import assert from "node:assert/strict";

import { call, leave, newPerson, openAs, openMenu } from "./rig.ts";

describe("the settings", () => {
  it("change how dates are shown and read, at once and for good", async () => {
    const person = await newPerson();
    const task = { title: "bread", dueAt: "2099-05-01T22:30:00Z" };
    await call("POST", "/tasks", task, person.token);
    const page = await openAs(person);
    const tasks = page.getByRole("region", { name: "Tasks" });
    await tasks.getByText("Sat, 2 May 2099, 0:30").waitFor();
    await openMenu(page, "Settings");
    const dialog = page.getByRole("dialog", { name: "Settings" });
    await dialog.getByLabel("Date order").selectOption("Month first (12/31)");
    await tasks.getByText("Sat, May 2, 2099, 0:30").waitFor();
    await dialog.getByLabel("Time zone").selectOption("America/New York");
    await tasks.getByText("Fri, May 1, 2099, 18:30").waitFor();
    await dialog.getByLabel("Week starts on").selectOption("Sunday");
    await dialog.getByRole("button", { name: "Close" }).click();

    await page.reload();
    await tasks.getByLabel("New task").fill("rent on 3/4/2099 9am");
    await tasks.getByRole("button", { name: "Wed, Mar 4, 2099, 9:00" }).waitFor();
    await page.keyboard.press("Enter");
    await tasks.getByRole("button", { name: "Edit rent" }).waitFor();
    const [, rent] = (await call("GET", "/tasks?sort=title", undefined, person.token)) as {
      dueAt: string;
    }[];
    assert.equal(rent?.dueAt, "2099-03-04T14:00:00.000Z");

    await tasks.getByRole("button", { name: "Due Wed, Mar 4, 2099" }).click();
    const nextWeek = page.getByRole("dialog").getByRole("button", { name: "Next week" });
    assert.match(await nextWeek.innerText(), /Sun, /);
    await leave(page);
  });
});
