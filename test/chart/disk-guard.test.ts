import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { chart } from "./helm.ts";
import { describeWith } from "./tools.ts";
import { skip } from "../skip.ts";

const image = process.env.TODO_IMAGE_POSTGRES ?? "todo-chatbot-test/postgres:15";
const script = readFileSync(join(chart, "files/disk-guard.sh"), "utf8");
const hasImage = spawnSync("docker", ["image", "inspect", image]).status === 0;

describeWith(["docker"], "the guard of the bundled database's volume", function () {
  this.timeout(90_000);
  const name = `disk-guard-test-${process.pid}`;
  const [data, sockets] = [`${name}-data`, `${name}-sockets`];

  const docker = (...args: string[]) =>
    execFileSync("docker", args, { encoding: "utf8", stdio: "pipe" }).trim();
  const inPod = (command: string) =>
    spawnSync("docker", ["exec", `${name}-guard`, "sh", "-c", command], { encoding: "utf8" });
  const sql = (statement: string) => {
    const { status, stdout, stderr } = spawnSync("docker", [
      ...["exec", name, "psql", "-qXAt", "-U", "todo", "-d", "todo", "-c", statement],
    ]);
    return status === 0 ? stdout.toString().trim() : stderr.toString().trim();
  };
  const write = () => sql("INSERT INTO tasks VALUES ('x') RETURNING title");

  /** Waits until something is so; gives the seconds that it took. */
  async function until(what: string, isSo: () => boolean): Promise<number> {
    const start = Date.now();
    while (!isSo()) {
      assert.ok(Date.now() - start < 30_000, `not within 30 s: ${what}`);
      await setTimeout(200);
    }
    return (Date.now() - start) / 1000;
  }

  const common = [
    ["--network", "none", "--read-only", "--user", "999", "--cap-drop", "ALL", "--tmpfs", "/tmp"],
    ["--volume", `${data}:/app/data`, "--volume", `${sockets}:/var/run/postgresql`],
    ["--env", "PGDATA=/app/data/pgdata", "--env", "POSTGRES_USER=todo"],
    ["--env", "POSTGRES_DB=todo", "--env", "POSTGRES_PASSWORD=secret"],
  ].flat();

  before(async function () {
    if (!hasImage) skip(this, `Docker has no image ${image}`);
    for (const [volume, size] of [
      [data, "256m"],
      [sockets, "1m"],
    ] as const) {
      const options = ["type=tmpfs", "device=tmpfs", `o=size=${size},uid=999,mode=0770`];
      docker("volume", "create", ...options.flatMap((option) => ["--opt", option]), volume);
    }
    const guard = ["--name", `${name}-guard`, "--env", "MINIMUM_FREE_MIB=16", "--entrypoint", "sh"];
    docker("run", "--detach", ...common, ...guard, image, "-c", script);
    docker("run", "--detach", "--name", name, ...common, image, "-c", "max_wal_size=256MB");
    await until("a database", () => sql("CREATE TABLE IF NOT EXISTS tasks (title text)") === "");
    await until("room", () => inPod("test -s /app/data/.reserve").status === 0);
  });

  after(() => {
    if (!hasImage) return;
    docker("rm", "--force", name, `${name}-guard`);
    docker("volume", "rm", data, sockets);
  });

  const serverStarted = () => sql("SELECT pg_postmaster_start_time()");
  const fill = (mebibytes?: number) =>
    inPod(
      `dd if=/dev/zero of=/app/data/filler bs=1M ${mebibytes === undefined ? "" : `count=${mebibytes}`}`,
    );
  const freeMiB = () => Number(inPod("df -Pm /app/data | tail -n 1").stdout.split(/ +/)[3]);

  it("leaves a database with room alone, and writes down how much there is", async () => {
    assert.equal(write(), "x");
    await until("figures", () => {
      const [free, size] = inPod("cat /var/run/postgresql/data-volume")
        .stdout.split(" ")
        .map(Number);
      return size === 256 * 2 ** 20 && Math.abs(free! / 2 ** 20 - freeMiB()) < 3;
    });
  });

  for (const [what, left] of [
    ["little is left", 10],
    ["not one byte is left", undefined],
  ] as const) {
    it(`makes it read only when ${what}, and writable when there is room again`, async () => {
      const started = serverStarted();
      fill(left === undefined ? undefined : freeMiB() - left);

      const closed = await until("read only", () => write().includes("read-only transaction"));
      assert.equal(sql("SELECT title FROM tasks LIMIT 1"), "x");
      // Neither room that comes and goes, nor the room that the reserve made, opens it.
      await setTimeout(5000);
      assert.match(write(), /read-only transaction/);

      inPod("rm /app/data/filler");
      const opened = await until("writable", () => write() === "x");
      console.log(`      read only after ${closed} s, writable after ${opened} s`);
      assert.equal(serverStarted(), started, "Postgres was started anew");
      await until("a new reserve", () => inPod("test -s /app/data/.reserve").status === 0);
    });
  }

  it("ends when it is told to", () => {
    const start = Date.now();
    docker("stop", "--time", "20", `${name}-guard`);
    assert.ok(Date.now() - start < 10_000, "it waited to be killed");
    assert.equal(docker("inspect", "--format", "{{.State.ExitCode}}", `${name}-guard`), "0");
  });
});
