/** Takes the pictures in docs/screenshots: phone and desktop, light and dark. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { BrowserContextOptions, Page } from "playwright-core";

import { call, newPerson, openAs, openPage, ownsBackend, say, startRig, stopRig } from "./rig.ts";

const folder = join(import.meta.dirname, "../../../../docs/screenshots");
const sizes: readonly (readonly [name: string, BrowserContextOptions])[] = [
  ["desktop", { viewport: { width: 1440, height: 900 } }],
  ["phone", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }],
];

const names = ["ada", "grace", "alan", "joan"].map((name) => `${name}@example.com`);

await mkdir(folder, { recursive: true });
await startRig();
try {
  for (const [size, options] of sizes) {
    for (const colorScheme of ["light", "dark"] as const) {
      await take(size, { ...options, colorScheme, reducedMotion: "reduce" });
    }
  }
} finally {
  await stopRig();
}

async function take(size: string, options: BrowserContextOptions): Promise<void> {
  const save = (page: Page, name: string) =>
    page.screenshot({ path: join(folder, `${name}-${size}-${options.colorScheme ?? ""}.png`) });

  const welcome = await openPage(options);
  await save(welcome, "welcome");
  await welcome.context().close();

  const person = await newPerson(ownsBackend ? names.shift() : undefined);
  const page = await openAs(person, options);
  await page.getByText("What’s on your mind?").waitFor();
  await save(page, "first-visit");

  await addTasks(person.token);
  await say(page, "Buy oat milk tomorrow");
  await say(page, "Call the dentist on Friday at 9am, high priority");
  await say(page, "Done with water the plants");
  await say(page, "What's left?");
  await page.waitForTimeout(300);
  await save(page, "chat");
  if (size === "phone") {
    await page.getByRole("button", { name: /^Tasks/ }).click();
    await save(page, "tasks");
  } else {
    await page.getByRole("button", { name: "Edit Prepare the team review" }).click();
    await save(page, "edit");
  }
  await page.context().close();
}

/** What somebody has on their list who uses it every day. */
async function addTasks(token: string): Promise<void> {
  const inDays = (days: number, hour: number) => {
    const date = new Date(Date.now() + days * 86_400_000);
    date.setUTCHours(hour, 0, 0, 0);
    return date.toISOString();
  };
  const tasks = [
    {
      title: "Prepare the team review",
      description: "Figures of the quarter, and what we learned from the move.",
      priority: "high",
      dueAt: inDays(2, 13),
    },
    { title: "Renew the library card", dueAt: inDays(-1, 10) },
    { title: "Water the plants" },
    { title: "Sort the photos from Lisbon", priority: "low" },
    { title: "Book train tickets" },
  ];
  for (const task of tasks) await call("POST", "/tasks", task, token);
  const added = (await call("GET", "/tasks", undefined, token)) as { id: string; title: string }[];
  const booked = added.find(({ title }) => title === "Book train tickets");
  await call("PATCH", `/tasks/${booked?.id ?? ""}`, { completed: true }, token);
}
