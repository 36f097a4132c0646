import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";

import { bold, green, step } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { project } from "../../lib/project.ts";

/**
 * Runs the application from source. The database is an embedded Postgres, kept in .todo-chatbot/dev;
 * both parts restart when edited.
 */
export async function dev({ port }: { readonly port: number }): Promise<void> {
  await freePort(port);
  const apiPort = await anyPort();
  const api = `http://127.0.0.1:${apiPort}`;

  step("Starting the backend on an embedded Postgres");
  const backend = start("images/backend", ["--watch-path=src", "src/server.ts"], {
    HOST: "127.0.0.1",
    PORT: String(apiPort),
    DATA_DIR: join(project, ".todo-chatbot", "dev"),
    LOG_LEVEL: process.env["LOG_LEVEL"] ?? "warn",
  });
  step("Starting the page");
  const vite = [
    "node_modules/vite/bin/vite.js",
    "--port",
    String(port),
    "--strictPort",
    "--logLevel",
    "warn",
  ];
  const frontend = start("images/frontend", vite, { API_URL: api });

  const children = [backend, frontend];
  const stop = () => {
    for (const child of children) child.kill();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  const ended = Promise.all(
    children.map(
      (child) =>
        new Promise<void>((resolve) =>
          child.once("close", () => {
            stop();
            resolve();
          }),
        ),
    ),
  );

  const url = `http://localhost:${port}`;
  await Promise.race([ready(`${api}/readyz`), ended]);
  if (children.every(({ exitCode }) => exitCode === null)) {
    console.log(
      green(`The Todo chatbot is running from source: ${bold(url)}   (stop it with Ctrl-C)`),
    );
  }
  await ended;
}

function start(folder: string, args: string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, args, {
    cwd: join(project, folder),
    env: { ...process.env, NODE_ENV: "development", DATABASE_URL: "", ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** Waits until an address answers with success. */
async function ready(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Problem(`The backend was not ready within 60 s (${url}); see the output above.`);
}

/** A port that nothing listens on. */
async function anyPort(): Promise<number> {
  return listen(0);
}

async function freePort(port: number): Promise<void> {
  await listen(port).catch(() => {
    throw new Problem(
      `Port ${port} is in use. Stop what listens there, or choose another: npm run dev -- --port <port>.`,
    );
  });
}

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  });
}
