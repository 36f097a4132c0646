import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { chart } from "./helm.ts";
import { describeWith } from "./tools.ts";
import { skip } from "../skip.ts";

const image = process.env.TODO_IMAGE_POSTGRES ?? "todo-chatbot-test/postgres:15";
const user = "todo";
const script = readFileSync(join(chart, "files/set-password.sh"), "utf8");
const guard = readFileSync(join(chart, "files/password-guard.sh"), "utf8");

const hasImage = spawnSync("docker", ["image", "inspect", image]).status === 0;

describeWith(["docker"], "the password of the bundled database", function () {
  this.timeout(60_000);

  /** What the chart gives to both containers, as far as Docker knows it. */
  const options = (name: string, password: string) =>
    [
      ["--name", name, "--network", "none", "--read-only", "--user", "999", "--cap-drop", "ALL"],
      ["--security-opt", "no-new-privileges", "--tmpfs", "/tmp"],
      ["--tmpfs", "/var/run/postgresql:uid=999", "--volume", `${volume}:/app/data`],
      ["--env", "PGDATA=/app/data/pgdata", "--env", `POSTGRES_USER=${user}`],
      ["--env", "POSTGRES_DB=todo", "--env", `POSTGRES_PASSWORD=${password}`],
    ].flat();

  const mounted = "/run/secrets/database/POSTGRES_PASSWORD";
  const psql = ["psql", "-h", "127.0.0.1", "-U", user, "-d", "postgres", "-At"];
  const name = `set-password-test-${process.pid}`;
  const volume = name;

  function docker(args: readonly string[], input = ""): string {
    return execFileSync("docker", args, { encoding: "utf8", input, stdio: "pipe" });
  }

  /** Runs the init container. */
  function setPassword(password: string, as = user) {
    const args = ["run", "--rm", ...options(`${name}-init`, password)];
    args.push("--env", `POSTGRES_USER=${as}`, "--entrypoint", "sh", image, "-c", script);
    const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8" });
    return { status, output: stdout + stderr };
  }

  /** Runs the server, and something while it serves. */
  async function serve(password: string, body: () => void): Promise<void> {
    docker(["run", "--detach", ...options(name, password), image]);
    try {
      while (spawnSync("docker", ["exec", name, "pg_isready", "-h", "127.0.0.1"]).status !== 0) {
        await setTimeout(100);
      }
      body();
    } finally {
      docker(["rm", "--force", name]);
    }
  }

  /** Whether the server lets somebody in who has to say this password. */
  function accepts(password: string): boolean {
    docker(
      ["exec", "--interactive", name, "sh"],
      `sed -i '/^host/s/trust$/scram-sha-256/' "$PGDATA/pg_hba.conf"
       pg_ctl reload -D "$PGDATA"
       sleep 0.3`,
    );
    const args = ["exec", "--env", `PGPASSWORD=${password}`, name, ...psql];
    return spawnSync("docker", [...args, "-c", "select 1"]).status === 0;
  }

  before(function () {
    if (!hasImage) skip(this, `Docker has no image ${image}`);
    docker(["volume", "create", volume]);
    // Docker gives a new volume to root; a cluster gives it to the pod's group.
    const args = ["run", "--rm", "--user", "0", "--volume", `${volume}:/app/data`];
    docker([...args, "--entrypoint", "chmod", image, "0777", "/app/data"]);
  });

  after(() => {
    if (hasImage) docker(["volume", "rm", volume]);
  });

  it("is left to the image while the volume is empty", async () => {
    assert.deepEqual(setPassword("first"), { status: 0, output: "" });
    await serve("first", () => {
      assert.ok(accepts("first"));
    });
  });

  it("follows the Secret, whatever characters are in it", async () => {
    const password = `t'wo"\\x $y%s;--\`é`;
    assert.equal(setPassword(password).status, 0);
    await serve("ignored by the image", () => {
      assert.ok(accepts(password));
      assert.ok(!accepts("first"));
    });
  });

  it("follows the Secret after a server that was killed", async () => {
    // `serve` removes its container by force.
    assert.equal(setPassword("third").status, 0);
    await serve("third", () => {
      assert.ok(accepts("third"));
    });
  });

  it("follows the Secret in a database that the disk guard made read only", async () => {
    await serve("fourth", () => {
      const change = "ALTER SYSTEM SET default_transaction_read_only = on";
      docker(["exec", name, "psql", "-q", "-U", user, "-d", "todo", "-c", change]);
    });
    const { status, output } = setPassword("fourth");
    assert.equal(status, 0, output);
    // The server was killed: it tells of its recovery, at times.
    assert.doesNotMatch(output, /ERROR|FATAL/);
  });

  it("follows the Secret while the server runs, in connections that are new", async () => {
    const run = ["run", "--detach", ...options(name, "fifth"), "--user", "999"];
    docker([...run, "--tmpfs", "/run/secrets/database:uid=999", image]);
    /** As the kubelet renews a mounted Secret. */
    const renew = (password: string) =>
      docker(
        [
          "exec",
          "--interactive",
          name,
          "sh",
          "-c",
          `cat >"${mounted}.new" && mv "${mounted}.new" "${mounted}"`,
        ],
        password,
      );
    const until = async (what: string, holds: () => boolean) => {
      for (let tries = 0; !holds(); tries += 1) {
        assert.ok(tries < 50, what);
        await setTimeout(200);
      }
    };
    try {
      renew("fifth");
      docker(["exec", "--detach", "--env", "POSTGRES_PASSWORD=stale", name, "sh", "-c", guard]);
      await until("the first password", () => accepts("fifth"));

      const open = spawn("docker", [
        "exec",
        "--interactive",
        "--env",
        "PGPASSWORD=fifth",
        name,
        ...psql,
      ]);
      const answers: string[] = [];
      open.stdout.on("data", (data: Buffer) => answers.push(data.toString()));
      open.stdin.write("SELECT 'before';\n");
      await until("an open connection", () => answers.join("").includes("before"));

      const password = `si'x"\\x $y%s;--\`é`;
      renew(password);
      await until("the new password", () => accepts(password));
      assert.ok(!accepts("fifth"));
      open.stdin.end("SELECT 'after';\n");
      await until("the open connection", () => answers.join("").includes("after"));
      assert.doesNotMatch(docker(["logs", name]), /si'x|fifth/);
    } finally {
      docker(["rm", "--force", name]);
    }
  });

  it("is not in the log when the role does not exist", () => {
    const { status, output } = setPassword("confidential", "nobody");
    assert.equal(status, 1);
    assert.match(output, /role "nobody" does not exist/);
    assert.ok(!output.includes("confidential"), output);
  });
});
