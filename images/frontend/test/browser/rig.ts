/**
 * A browser in front of the whole application. With BASE_URL that is one which runs already, such
 * as a deployed one; else backend (with an embedded Postgres) and frontend are started from source.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const images = join(import.meta.dirname, "../../..");
const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const startMs = 30_000;

let browser: Browser | undefined;
let base = process.env.BASE_URL?.replace(/\/+$/, "") ?? "";
/** Before each of the page's requests, in milliseconds; finds tests that ask the server too early. */
const latencyMs = Number(process.env.LATENCY_MS ?? 0);
/** Whether the backend is this test's own, to be stopped and started at will. */
export const ownsBackend = base === "";

let dataFolder = "";
let backendPort = 0;
let backend: ChildProcess | undefined;
let frontend: ChildProcess | undefined;

export const baseUrl = (): string => base;

/** Starts what is needed; ends with one sentence when something is missing. */
export async function startRig(): Promise<void> {
  if (!existsSync(chromiumPath)) {
    throw new Error(
      `The browser tests need Chromium, and there is none at ${chromiumPath}. ` +
        "Install it (Debian: apt-get install chromium) or set CHROMIUM to its path.",
    );
  }
  if (ownsBackend) {
    dataFolder = await mkdtemp(join(tmpdir(), "todo-browser-"));
    backendPort = await freePort();
    await startBackend();
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    frontend = run("frontend/server/server.ts", {
      PORT: String(port),
      API_URL: `http://127.0.0.1:${backendPort}`,
    });
    await untilReady(base, frontend);
  }
  browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",

      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export async function stopRig(): Promise<void> {
  await browser?.close();
  await Promise.all([backend, frontend].map(stop));
  if (dataFolder !== "") await rm(dataFolder, { recursive: true });
}

/** Starts the backend, unless it runs. */
export async function startBackend(): Promise<void> {
  if (backend?.exitCode === null) return;
  backend = run("backend/src/server.ts", {
    PORT: String(backendPort),
    DATA_DIR: dataFolder,
    NODE_ENV: "test",
  });
  await untilReady(`http://127.0.0.1:${backendPort}`, backend);
}

export async function stopBackend(): Promise<void> {
  await stop(backend);
}

function run(entry: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(images, entry)], {
    env: { PATH: process.env.PATH, LOG_LEVEL: "warn", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`${child.spawnargs.join(" ")} was not ready within ${startMs / 1000} s.`);
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

export interface Person {
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

let people = 0;

/** An address that nobody has yet, on a deployed application either. */
export const newEmail = (): string => `browser-${Date.now()}-${++people}@example.com`;

/** Makes an account through the API. */
export async function newPerson(email = newEmail()): Promise<Person & { session: unknown }> {
  const password = "correct horse";
  const session = (await call("POST", "/auth/register", { email, password })) as { token: string };
  return { email, password, token: session.token, session };
}

let regular: ReturnType<typeof newPerson> | undefined;

/** Somebody without tasks, always the same: sign-ups from one address are limited. */
export async function emptyHanded(): ReturnType<typeof newPerson> {
  const person = await (regular ??= newPerson());
  const tasks = (await call("GET", "/tasks", undefined, person.token)) as { id: string }[];
  await Promise.all(tasks.map(({ id }) => call("DELETE", `/tasks/${id}`, undefined, person.token)));
  return person;
}

/** Asks the API as the page does. */
export async function call(method: string, path: string, body?: unknown, token?: string) {
  const answer = await fetch(`${base}/api${path}`, {
    method,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  assert(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.status === 204 ? undefined : ((await answer.json()) as unknown);
}

export type Tab = Page & { readonly troubles: string[] };

/** Opens the page for somebody who has never been here. */
export async function openPage(options: BrowserContextOptions = {}): Promise<Tab> {
  assert(browser !== undefined);
  const context = await browser.newContext({
    viewport: { width: 1360, height: 860 },
    locale: "en-GB",
    timezoneId: "Europe/Paris",
    ...options,
  });
  context.setDefaultTimeout(10_000);
  if (latencyMs > 0) {
    await context.route("**/api/**", async (route) => {
      await sleep(latencyMs);
      await route.continue();
    });
  }
  const troubles: string[] = [];
  const page = Object.assign(await context.newPage(), { troubles });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => {
    // The browser itself logs a request that fails, for which the page has words of its own, and
    // that it heeds one of our headers only over HTTPS and on localhost.
    const expected =
      /^Failed to load resource|^The Cross-Origin-Opener-Policy header has been ignored/.test(
        message.text(),
      );
    if (message.type() === "error" && !expected) troubles.push(message.text());
  });
  await page.goto(base);
  return page;
}

/** Opens the page for somebody who has just made an account. */
export async function openAs(
  { session }: { readonly session: unknown },
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const localStorage = [{ name: "todo-chatbot:session", value: JSON.stringify(session) }];
  const storageState = { cookies: [], origins: [{ origin: new URL(base).origin, localStorage }] };
  const page = await openPage({ storageState, ...options });
  await page.getByRole("banner").waitFor();
  return page;
}

/** Ends a visit, and fails when the page had errors of its own or broke its security policy. */
export async function leave(page: Tab): Promise<void> {
  await page.context().close();
  assert.deepEqual(page.troubles, []);
}

/** Chooses an item of the account's menu in the bar. */
export async function openMenu(page: Page, item: string): Promise<void> {
  await page.getByRole("button", { name: "Menu of" }).click();
  await page.getByRole("dialog").getByRole("button", { name: item }).click();
}

/** Says something in the chat and waits for the end of the answer. */
export async function say(page: Page, text: string): Promise<void> {
  const answers = page.getByRole("article", { name: "Assistant" });
  const before = await answers.count();
  await page.getByLabel("Message").fill(text);
  await page.keyboard.press("Enter");
  await answers.nth(before).waitFor();
  await page.getByRole("button", { name: "Send" }).waitFor();
}

/** Waits until a check passes: the page shows a change before the server has it. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + 10_000; ;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

export const mochaHooks = {
  async beforeAll(this: Mocha.Context) {
    this.timeout(90_000);
    await startRig();
  },
  afterAll: stopRig,
};
