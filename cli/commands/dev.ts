import { createServer } from "node:net";
import { join } from "node:path";

import { FolderInUse, lockFolder } from "../../images/backend/src/database/folder-lock.ts";
import { show } from "../../lib/exec.ts";
import { bold, green, red, step } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { project } from "../../lib/project.ts";
import { workspaceFolder } from "../pulumi/workspace.ts";
import { runOnEdits } from "../watch/restarts.ts";

/**
 * Runs the application from source. The database is an embedded Postgres, stored in the workspace; backend
 * and frontend restart when edited.
 */
export async function dev({ port }: { readonly port: number }): Promise<void> {
  const address = `http://localhost:${port}`;
  const data = join(workspaceFolder(), "dev");
  // First, because a second one on the same data also finds its port in use.
  const lock = lockData(data, address);
  await freePort(port);
  const apiPort = await anyPort();
  const api = `http://127.0.0.1:${apiPort}`;

  const stop = new AbortController();
  const start = (signal: AbortSignal, app: string, args: string[], env: Record<string, string>) =>
    show(process.execPath, args, {
      cwd: join(project, "images", app),
      env: { NODE_ENV: "development", DATABASE_URL: "", ...env },
      signal,
    });
  let isUp = false;
  // An exit by signal is normal: that is how both are stopped.
  const end = (code: number) => {
    if (!stop.signal.aborted && code > 0 && code < 128) process.exitCode = 1;
    stop.abort();
  };

  step("Starting the backend on an embedded Postgres");
  const startBackend = async (signal: AbortSignal) => {
    // Optimizing the embedded Postgres is a third of a start's CPU time, and every edit starts it again.
    const code = await start(signal, "backend", ["--liftoff-only", "src/server.ts"], {
      HOST: "127.0.0.1",
      PORT: String(apiPort),
      DATA_DIR: data,
      LOG_LEVEL: process.env["LOG_LEVEL"] ?? "warn",
    });
    if (signal.aborted) return;
    if (isUp && code > 0 && code < 128) {
      console.log(red("✗ The backend has ended. An edit starts it again."));
    } else end(code);
  };
  const backend = runOnEdits([join(project, "images/backend/src")], startBackend, stop.signal);
  step("Starting the web UI");
  const vite = ["node_modules/vite/bin/vite.js", "--port", String(port), "--strictPort"];
  const frontend = start(stop.signal, "frontend", [...vite, "--logLevel", "warn"], {
    API_URL: api,
  }).then(end);

  const ended = Promise.all([backend, frontend]);
  await ready(`${api}/readyz`, stop.signal).catch((error: unknown) => {
    stop.abort();
    throw error;
  });
  if (!stop.signal.aborted) {
    isUp = true;
    console.log(
      green(`The Todo chatbot is running from source: ${bold(address)}   (stop it with Ctrl-C)`),
    );
  }
  await ended;
  lock.release();
}

/**
 * Keeps another `npm run dev` off the same data.
 *
 * @throws Problem if one runs already, or has left its backend running.
 */
function lockData(folder: string, address: string) {
  try {
    const lock = lockFolder(folder, address);
    lockFolder(join(folder, "postgres"), address).release();
    return lock;
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    throw new Problem(
      `The data in ${folder} is in use by ${error.owner}. Stop it first, or run this one on other data: ` +
        "TODO_CHATBOT_HOME=<folder> npm run dev -- --port <port>.",
    );
  }
}

/** Waits until a URL responds with success, or the processes are stopped. */
async function ready(url: string, stopped: AbortSignal): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && !stopped.aborted;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (stopped.aborted) return;
  throw new Problem(`The backend was not ready within 60 s (${url}); see the output above.`);
}

/** This port, or any free port if it is in use. */
export function portNear(port: number): Promise<number> {
  return listen(port).catch(anyPort);
}

function anyPort(): Promise<number> {
  return listen(0);
}

async function freePort(port: number): Promise<void> {
  await listen(port).catch(() => {
    throw new Problem(
      `Port ${port} is in use. Stop what listens there, or choose another with --port <port>.`,
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
