import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { KubernetesObjectApi } from "@kubernetes/client-node";

import { run } from "../../lib/exec.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import type { Places } from "./canaries.ts";
import { filesIn, hits } from "./canaries.ts";
import type { Person } from "../e2e/client.ts";
import { podOf } from "../e2e/database.ts";
import type { Ended } from "../e2e/project.ts";
import { cluster, eventually, forward, namespace } from "../e2e/project.ts";
import { SideServer } from "../e2e/side-server.ts";
import { stack } from "../e2e/stack.ts";

/**
 * Refuses every request, and quotes it in the response, as some servers do. Except to Alertmanager,
 * which logs its receivers' responses.
 */
const echo = `import { createServer } from "node:http";
createServer((request, response) => {
  console.log(request.url);
  const told = request.url + " " + JSON.stringify(request.headers);
  response.statusCode = 403;
  if (request.url.startsWith("/safe")) {
    response.end("<Error><Code>InvalidAccessKeyId</Code><Message>" + told + "</Message></Error>");
  } else if (request.url.startsWith("/v1")) {
    response.end(JSON.stringify({ error: { message: told } }));
  } else response.end("no");
}).listen(8080);`;

/** A value to search for, whose URL-encoded form differs. */
const canary = (of: string) => `cAnArY/${of}+${randomBytes(12).toString("hex")}==`;
/** The same, for use in a URL. */
const inUrl = (of: string) => canary(of).replaceAll(/[/+=]/g, "-");

/** Every kind of object that could contain a value, except Secrets. */
const kinds = [
  ...["ConfigMap", "Pod", "Event", "Service", "ServiceAccount", "PersistentVolumeClaim"].map(
    (kind) => ["v1", kind] as const,
  ),
  ...["Deployment", "ReplicaSet"].map((kind) => ["apps/v1", kind] as const),
  ...["Job", "CronJob"].map((kind) => ["batch/v1", kind] as const),
  ["networking.k8s.io/v1", "NetworkPolicy"],
] as const;

describe(`secrets, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(300_000);

  const secrets: Record<string, string> = {
    "openai.apiKey": canary("openai"),
    "monitoring.receivers.email.password": canary("email"),
    "storage.backup.s3.accessKeyId": canary("s3-id"),
    "storage.backup.s3.secretAccessKey": canary("s3-secret"),
  };
  const places: Places = new Map();
  const settings = ["backend.replicas=1", "frontend.replicas=1", "monitoring.mode=bundled"];
  let person: Person;
  let server: SideServer;
  let alertmanagerMinor = 0;

  const core = () => stack.core();
  /** Runs a command, and keeps its output to be searched. */
  const keep = async (name: string, command: Promise<Ended>): Promise<Ended> => {
    const ended = await command;
    places.set(name, ended.output);
    return ended;
  };
  const set = async (path: string, value: string, ...how: readonly string[]) => {
    const key = `todo-chatbot:${path}`;
    const { code, output } = await stack.todo("pulumi config set --path", ...how, key, value);
    assert.equal(code, 0, output);
  };

  before(async () => {
    person = await stack.running(...settings);
    server = await SideServer.start("echo", 8080, { "main.ts": echo });
    const [hook, slack] = [inUrl("webhook"), inUrl("slack")];
    for (const [path, value] of Object.entries(secrets)) await set(path, value, "--secret");
    const receivers = "monitoring.receivers";
    await set(`${receivers}.webhook.url`, `${server.url}/${hook}`, "--secret");
    await set(`${receivers}.slack.url`, `${server.url}/${slack}`, "--secret");
    // Of these URLs only the path is secret.
    secrets[`${receivers}.webhook.url`] = hook;
    secrets[`${receivers}.slack.url`] = slack;
    secrets["the passphrase"] = await readFile(
      join(stack.project.folder, ".todo-chatbot/passphrase"),
      "utf8",
    );
    const ended = await keep(
      "npm start",
      stack.start(
        ...[`openai.baseUrl=${server.url}/v1`, "openai.model=echo"],
        ...[`storage.backup.s3.endpoint=${server.url}`, "storage.backup.s3.bucket=safe"],
        `${receivers}.slack.channel=#alerts`,
        ...[`${receivers}.email.to=a@example.org`, `${receivers}.email.from=b@example.org`],
        ...[`${receivers}.email.smarthost=${server.host}`, `${receivers}.email.username=c`],
      ),
    );
    assert.equal(ended.code, 0, ended.output);
  });

  after(async () => {
    for (const path of ["openai", "storage.backup.s3", "monitoring.receivers", "database"]) {
      await stack.todo("pulumi config rm --path", `todo-chatbot:${path}`);
    }
    await stack.start("backend.replicas=2", "frontend.replicas=2");
    await (server as SideServer | undefined)?.remove();
  });

  /** Keeps what is in the cluster: objects, Helm's records, current and previous logs. */
  async function lookAround(when: string): Promise<void> {
    const { config } = cluster(stack.context);
    const api = KubernetesObjectApi.makeApiClient(config);
    for (const [apiVersion, kind] of kinds) {
      places.set(`${kind}s ${when}`, JSON.stringify(await api.list(apiVersion, kind, namespace)));
    }
    places.set(
      `the namespace ${when}`,
      JSON.stringify(await core().readNamespace({ name: namespace })),
    );
    const { items: records } = await core().listNamespacedSecret({
      ...{ namespace, fieldSelector: "type=helm.sh/release.v1" },
    });
    for (const { metadata, data } of records) {
      const packed = Buffer.from(
        Buffer.from(data?.["release"] ?? "", "base64").toString(),
        "base64",
      );
      places.set(`${metadata?.name} ${when}`, gunzipSync(packed).toString());
    }
    const { items: pods } = await core().listNamespacedPod({ namespace });
    for (const { metadata, spec } of pods) {
      for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
        for (const previous of [false, true]) {
          const which = { name: metadata?.name ?? "", container: container.name, previous };
          // A container that has not started, or not twice, has no log.
          const log = await core()
            .readNamespacedPodLog({ namespace, ...which })
            .catch(() => "");
          places.set(
            `the log of ${which.name}, ${container.name}${previous ? " before" : ""} ${when}`,
            log,
          );
        }
      }
    }
  }

  /** Alertmanager before 0.26 logs the URL of a webhook that refuses; the default image does not. */
  const isKnown = (hit: string) =>
    alertmanagerMinor < 26 &&
    /^monitoring\.receivers\.webhook\.url, .* the log of alertmanager/.test(hit);

  function assertNothing(): void {
    console.log(`      ${Object.keys(secrets).length} secrets, ${places.size} places`);
    const found = hits(secrets, places);
    places.clear();
    assert.deepEqual(
      found.filter((hit) => !isKnown(hit)),
      [],
    );
  }

  it("are in the cluster's Secrets, and the search finds them there", async () => {
    const { items } = await core().listNamespacedSecret({
      namespace,
      fieldSelector: "type=Opaque",
    });
    const values = items.flatMap(({ metadata, data }) =>
      Object.entries(data ?? {}).map(
        ([key, value]) =>
          [`${metadata?.name} ${key}`, Buffer.from(value, "base64").toString()] as const,
      ),
    );
    const found = hits(secrets, new Map([["the Secrets", JSON.stringify(items)]]));
    for (const name of Object.keys(secrets).filter((each) => each !== "the passphrase")) {
      assert.ok(
        found.some((hit) => hit.startsWith(`${name}, base64`)),
        `${name} is in no Secret`,
      );
    }
    // From here on the generated ones too; short values, like a user's name, are everywhere.
    for (const [name, value] of values) {
      if (value.length >= 16 && !value.includes("{")) secrets[name] = value;
    }
    assert.ok(Object.keys(secrets).some((name) => name.includes("JWT_SECRET_KEY")));
  });

  it("are in no output when other servers refuse them", async () => {
    // A pod from before the update has no model; it serves until it has left its Service.
    await eventually(60, async () => {
      const chat = await person.ask<{ reply: string }>("POST", "/api/chat", { message: "hello" });
      places.set("the answer in the chat", JSON.stringify(chat));
      assert.match(chat.reply, /language model can't be reached/);
    });
    assert.equal((await keep("db backup", stack.todo("db backup"))).code, 1);
    await keep("db backup --list", stack.todo("db backup", "--list"));

    const { config } = cluster(stack.context);
    using alertmanager = await forward(config, namespace, await podOf("alertmanager"), 9093);
    const status = await fetch(`${alertmanager.url}/api/v2/status`, {
      headers: { connection: "close" },
    });
    const { versionInfo } = (await status.json()) as { versionInfo: { version: string } };
    alertmanagerMinor = Number(versionInfo.version.split(".")[1]);
    const alerts = [{ labels: { alertname: "canary" }, annotations: { description: "a canary" } }];
    const posted = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body: JSON.stringify(alerts),
    });
    assert.equal(posted.status, 200);
    const place = { namespace: "todo-chatbot-e2e-echo", name: "echo" };
    await eventually(90, async () => {
      const heard = await core().readNamespacedPodLog(place);
      for (const part of ["/v1/", "/safe", "/cAnArY-webhook", "/cAnArY-slack"]) {
        assert.ok(heard.includes(part), `${part} was not requested`);
      }
    });
    await lookAround("after refusals");
    assertNothing();
  });

  it("are in no state, history, plan, comment, command or file", async () => {
    const { folder } = stack.project;
    await stack.project.edit("images/frontend/index.html", "<title>", "<title>Edited ");
    for (const command of [
      ...["pulumi stack export", "pulumi stack history --json", "pulumi stack --show-ids"],
      ...["pulumi stack output --json", "pulumi preview --diff", "pulumi preview --json"],
      ...["pulumi config --json", "drift", "logs", "status --once"],
    ]) {
      const { output } = await keep(command, stack.todo(command));
      assert.notEqual(output.trim(), "", `${command} printed nothing`);
    }
    await keep("doctor", stack.project.npm("todo", "doctor"));
    const report = join(folder, "report.md");
    const options = ["--stack", stack.name, "--against", "HEAD", "--report", report];
    const compared = await keep("preview", stack.project.npm("todo", "preview", ...options));
    assert.equal(compared.code, 0, compared.output);
    places.set("the pull request's comment", await readFile(report, "utf8"));
    for (const [file, content] of await filesIn(join(folder, ".todo-chatbot"))) {
      if (file !== "passphrase") places.set(`.todo-chatbot/${file}`, content);
    }
    await stack.project.edit("images/frontend/index.html", "<title>Edited ", "<title>");
    await lookAround("now");
    assertNothing();
  });

  it("are in no layer of an image", async () => {
    const { output } = await stack.todo("pulumi stack output --json");
    const { images } = JSON.parse(output) as { images: Record<string, { name: string }> };
    for (const { name } of Object.values(images)) {
      await using saved = await temporaryFolder();
      await run("sh", [
        "-c",
        'docker save "$0" | tar --extract --directory "$1"',
        name,
        saved.path,
      ]);
      for (const [file, content] of await filesIn(saved.path))
        places.set(`${name} ${file}`, content);
    }
    assert.ok(
      [...places.values()].some(({ length }) => length > 1_000_000),
      "no layers",
    );
    assertNothing();
  });

  it("are in no output of an update that fails at its database", async () => {
    secrets["database.url"] = inUrl("database");
    const url = `postgresql://owner:${secrets["database.url"]}@${server.host}/todo?sslmode=disable`;
    await set("database.url", url, "--secret");
    let isOver = false as boolean;
    const failing = keep("npm start that fails", stack.start("database.mode=external"));
    void failing.finally(() => (isOver = true));
    for (let look = 1; !isOver; look += 1) {
      await lookAround(`during the failing update, ${look}`);
      await new Promise((waited) => setTimeout(waited, 15_000));
    }
    const { code, output } = await failing;
    assert.notEqual(code, 0, output);
    assert.match(output, /Not ready: backend-deployment-/);
    await lookAround("after it");
    for (const command of ["pulumi stack export", "pulumi stack history --json"]) {
      await keep(`${command} after it`, stack.todo(command));
    }
    assertNothing();
  });
});
