import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Memory limit of a pod. */
const podMiB = 192;

/** The image's Node options, so that servers are measured as in a pod. */
const dockerfile = readFileSync(new URL("../Dockerfile", import.meta.url), "utf8");
const command = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]") as string[];
const flags = command
  .filter((word) => word.startsWith("--"))
  .map((flag) =>
    flag.replace(
      /-percentage=(\d+)$/,
      (_, percent: string) => `=${Math.floor((podMiB * Number(percent)) / 100)}`,
    ),
  );

/** A server in a separate process. */
export class Server {
  readonly child: ChildProcess;
  readonly #started = performance.now();
  #output = "";

  constructor(entry: string, env: Record<string, string>) {
    this.child = spawn(process.execPath, [...flags, new URL(entry, import.meta.url).pathname], {
      env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    // Keep reading, so that the log doesn't fill the pipe.
    this.child.stdout?.on("data", (data: Buffer) => {
      if (this.#output.length < 10_000) this.#output += data.toString();
    });
  }

  /**
   * URL and milliseconds from start to listening.
   *
   * @throws Error if the process ends before
   */
  async listening(): Promise<{ readonly url: string; readonly ms: number }> {
    for (;;) {
      if (this.gone) throw new Error("The server has ended before it was listening.");
      const url = /listening at (http:\/\/127\.0\.0\.1:\d+)/i.exec(this.#output)?.[1];
      if (url !== undefined) return { url, ms: performance.now() - this.#started };
      await sleep(2);
    }
  }

  /** User and system time so far, in seconds. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.child.pid ?? 0}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ");
    return (Number(fields?.[11]) + Number(fields?.[12])) / 100;
  }

  /** Resident memory in MiB: total, without file-backed pages, and peak. */
  memory(): { readonly total: number; readonly anonymous: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.child.pid ?? 0}/status`, "utf8");
    const read = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return { total: read("VmRSS"), anonymous: read("RssAnon"), peak: read("VmHWM") };
  }

  get gone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  stop(): void {
    this.child.kill("SIGINT");
  }
}
