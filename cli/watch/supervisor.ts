/**
 * Runs in a development pod in place of the application, as the text of `node --eval`, so it imports only
 * Node's modules. It runs the image's code until `todo watch` sends newer code, through a port forward. The
 * port of the application stays open: new code takes over once it listens, and if it fails before that, the
 * code from before keeps running.
 */
import type { Worker } from "node:cluster";
import cluster from "node:cluster";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Argument of the supervisor, as JSON. */
export interface SupervisorOptions {
  /** Where newer code is received, on the pod's loopback interface only. */
  readonly port: number;
  /** The image's command: node, its options, and the path of a file. */
  readonly command: readonly string[];
  /** A writable folder for newer code. */
  readonly folder: string;
}

/** Newer code: the files by path, in Base64. */
export type Code = Readonly<Record<string, string>>;

const { port, command, folder } = JSON.parse(process.argv[1] ?? "") as SupervisorOptions;
const image = command.at(-1) ?? "";
const execArgv = command.slice(1, -1);
/** How long newer code may take to listen, in milliseconds. */
const patienceMs = 20_000;

// The code accepts its connections: those that are given to code that ends would never be answered.
cluster.schedulingPolicy = cluster.SCHED_NONE;

let active: Worker | undefined;
let isStopping = false;
let count = 0;
let queue = Promise.resolve();

/** Starts the code in a folder, and ends the previous one when it listens. */
async function run(cwd: string): Promise<void> {
  cluster.setupPrimary({ exec: join(cwd, basename(image)), execArgv, cwd });
  const worker = cluster.fork();
  const late = new AbortController();
  try {
    await Promise.race([
      new Promise<void>((resolve, reject) => {
        worker.once("listening", () => {
          resolve();
        });
        worker.once("exit", (code, signal) => {
          reject(new Error(`ended with ${signal || `exit code ${code}`} before it listened`));
        });
      }),
      sleep(patienceMs, undefined, late).then(() => {
        throw new Error(`did not listen within ${patienceMs / 1000} s`);
      }),
    ]);
  } catch (error) {
    worker.process.kill("SIGKILL");
    throw error;
  } finally {
    late.abort();
  }
  active?.process.kill("SIGKILL");
  active = worker;
  worker.once("exit", () => void revive(worker, cwd));
}

/** Restarts code that ended by itself, unless newer code has replaced it. */
async function revive(worker: Worker, cwd: string): Promise<void> {
  while (active === worker && !isStopping) {
    await sleep(1000);
    queue = queue.then(() => (active === worker ? run(cwd) : undefined)).catch(() => undefined);
    await queue;
  }
}

let current = "";

async function take(code: Code): Promise<void> {
  const next = join(folder, String(++count));
  for (const [path, content] of Object.entries(code)) {
    const target = join(next, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content, "base64");
  }
  try {
    await run(next);
  } catch (error) {
    await rm(next, { recursive: true });
    throw error;
  }
  if (current !== "") await rm(current, { recursive: true });
  current = next;
}

const server = createServer((request, response) => {
  const taken = json(request).then((code) => {
    const work = queue.then(() => take(code as Code));
    queue = work.catch(() => undefined);
    return work;
  });
  taken.then(
    () => response.writeHead(204).end(),
    (error: unknown) => response.writeHead(422).end(error instanceof Error ? error.message : ""),
  );
});

process.on("SIGTERM", () => {
  isStopping = true;
  server.close();
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGTERM");
  cluster.on("exit", () => {
    if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(0);
  });
});

await rm(folder, { recursive: true, force: true });
try {
  await run(dirname(image));
} catch {
  // As without the supervisor: the container restarts, and its log has the reason.
  process.exit(1);
}
server.listen(port, "127.0.0.1");
