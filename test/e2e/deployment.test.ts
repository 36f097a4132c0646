import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { run } from "../../lib/exec.ts";
import type { Person } from "./client.ts";
import { askPod, changesIn, cluster, eventually, inPod, namespace } from "./project.ts";
import { stack } from "./stack.ts";
import { skip } from "../skip.ts";

const { context } = stack;

describe(`what npm start deploys, on ${context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);

  let person: Person;

  before(async () => {
    person = await stack.running();
  });

  const core = () => stack.core();
  const pods = async () => (await core().listNamespacedPod({ namespace })).items;

  it("has every output that a user needs next", async () => {
    const outputs = JSON.parse(
      (await stack.todo("pulumi", "stack", "output", "--json")).output,
    ) as {
      url: string;
      namespace: string;
      portForward: string;
      images: Record<string, Record<string, unknown>>;
    };
    assert.equal(outputs.url, stack.url);
    assert.equal(outputs.namespace, namespace);
    assert.match(outputs.portForward, new RegExp(`^kubectl --context ${context} `));
    for (const app of ["backend", "frontend"]) {
      const {
        id,
        name: reference,
        tag,
        size,
        buildDate,
        securityScanStatus,
      } = outputs.images[app] ?? {};
      assert.match(String(id), /^sha256:[0-9a-f]{64}$/);
      assert.equal(reference, `todo-chatbot-${app}:${String(tag)}`);
      assert.match(String(tag), /^[0-9a-f]{12}$/);
      assert.ok(Number(size) > 1_000_000);
      assert.ok(Math.abs(Date.now() - Date.parse(String(buildDate))) < 86_400_000);
      assert.equal(securityScanStatus, "not-scanned");
    }
  });

  it("runs images with no program but Node, which list what is in them", async () => {
    const look = `const { readdirSync, readFileSync } = require("node:fs");
      const programs = process.env.PATH.split(":").flatMap((folder) => {
        try { return readdirSync(folder); } catch { return []; }
      });
      const { components } = JSON.parse(readFileSync("/app/sbom.cdx.json", "utf8"));
      console.log(JSON.stringify({ programs, listed: components.map(({ name }) => name) }));`;
    for (const app of ["backend", "frontend"]) {
      const pod = (await pods()).find(
        ({ metadata }) => metadata?.labels?.["app.kubernetes.io/component"] === app,
      );
      const output = await inPod(cluster(context).config, pod?.metadata?.name ?? "", [
        "node",
        "-e",
        look,
      ]);
      const { programs, listed } = JSON.parse(output) as Record<string, string[]>;
      assert.deepEqual(programs, ["node"]);
      for (const name of ["node", "fastify"]) assert.ok(listed?.includes(name), `${app}: ${name}`);
    }
  });

  it("serves the application: tasks by chat and by API, from outside the cluster", async () => {
    await person.ask("POST", "/api/tasks", { title: "water the plants" });
    const chat = await person.ask<{ reply: string; toolCalls: { name: string }[] }>(
      "POST",
      "/api/chat",
      { message: "add buy milk" },
    );
    assert.deepEqual(
      chat.toolCalls.map((call) => call.name),
      ["add_task"],
    );
    assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
  });

  it("passes the browser tests of what the page asks the server for, against the deployed frontend", async function () {
    const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
    if (!existsSync(chromium)) skip(this, `there is no Chromium at ${chromium}`);
    const cwd = join(import.meta.dirname, "../../images/frontend");
    // Some of them use a server of their own in between, which serves the built web UI.
    await run(process.execPath, ["scripts/build.ts"], { cwd, timeoutMs: 120_000 });
    // The others see the same page, whoever serves it: npm test runs them.
    const chosen = ["access", "chat", "live", "streaming"];
    const others = (await readdir(join(cwd, "test/browser"))).filter(
      (file) => file.endsWith(".test.ts") && !chosen.includes(file.replace(".test.ts", "")),
    );
    const ignored = others.flatMap((file) => ["--ignore", `test/browser/${file}`]);
    await run(
      process.execPath,
      ["node_modules/mocha/bin/mocha.js", "--config", "test/browser/.mocharc.json", ...ignored],
      { cwd, env: { BASE_URL: stack.url }, timeoutMs: 600_000 },
    );
  });

  it("runs every pod as Pod Security `restricted` requires, and enforces it", async () => {
    const { metadata } = await core().readNamespace({ name: namespace });
    assert.equal(metadata?.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
    const privileged = {
      metadata: { name: "intruder" },
      spec: {
        containers: [
          { name: "intruder", image: "intruder:1", securityContext: { privileged: true } },
        ],
      },
    };
    await assert.rejects(
      core().createNamespacedPod({ namespace, body: privileged }),
      /violates PodSecurity/,
    );
  });

  it("is scraped by Prometheus: both apps, every pod, the kubelet", async () => {
    const { config } = cluster(context);
    await eventually(60, async () => {
      const prometheus = (await pods()).find(({ metadata }) =>
        metadata?.name?.startsWith("prometheus-"),
      );
      assert.ok(prometheus?.metadata?.name, "no Prometheus pod");
      const answer = JSON.parse(
        await askPod(config, prometheus.metadata.name, 9090, "/api/v1/query?query=up"),
      ) as {
        data: {
          result: { metric: { job: string; component?: string }; value: [number, string] }[];
        };
      };
      const up = answer.data.result.map(
        ({ metric, value }) => `${metric.component ?? metric.job}=${value[1]}`,
      );
      assert.deepEqual(up.sort(), [
        "backend=1",
        "backend=1",
        // The kubelet, twice.
        "containers=1",
        "frontend=1",
        "frontend=1",
        "volumes=1",
      ]);
    });
  });

  it("shows metrics to nobody outside the cluster", async () => {
    for (const path of ["/metrics", "/api/metrics"]) {
      assert.equal((await fetch(`${stack.url}${path}`)).status, 404, path);
    }
  });

  it("keeps secrets out of state, release and logs", async () => {
    const secrets = (await core().listNamespacedSecret({ namespace })).items;
    const values = secrets
      .filter(({ type }) => type === "Opaque")
      .flatMap(({ data }) => Object.entries(data ?? {}))
      .filter(([key]) => /PASSWORD|KEY|URL/.test(key))
      .map(([, value]) => Buffer.from(value, "base64").toString())
      .filter((value) => value !== "");
    assert.ok(values.length >= 4, "no secrets to look for");

    const release = secrets.find(({ type }) => type === "helm.sh/release.v1")?.data?.["release"];
    assert.ok(release, "no Helm release");
    const twice = Buffer.from(Buffer.from(release, "base64").toString(), "base64");
    const places = {
      state: (await stack.todo("pulumi", "stack", "export")).output,
      release: gunzipSync(twice).toString(),
      logs: (
        await Promise.all(
          (await pods()).map(({ metadata }) =>
            core().readNamespacedPodLog({ namespace, name: metadata?.name ?? "" }),
          ),
        )
      ).join("\n"),
    };
    for (const [where, text] of Object.entries(places)) {
      assert.ok(text.length > 1000, `nothing to read in ${where}`);
      const found = values.filter((value) => text.includes(value)).length;
      assert.equal(found, 0, `${found} secret values are in the ${where}`);
    }
  });

  it("changes nothing the second time", async () => {
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    assert.deepEqual(changesIn(output), []);
  });

  it("passes helm test", async () => {
    await run(
      "helm",
      ["test", "todo-chatbot", "--namespace", namespace, "--kube-context", context],
      {
        timeoutMs: 180_000,
      },
    );
  });

  it("keeps the data when every pod is restarted", async () => {
    const titles = await person.titles();
    const before = (await pods()).map(({ metadata }) => metadata?.uid);
    await core().deleteCollectionNamespacedPod({ namespace });
    await eventually(120, async () => {
      const now = await pods();
      assert.ok(now.every(({ metadata }) => !before.includes(metadata?.uid)));
      assert.deepEqual(await person.titles(), titles);
    });
  });
});
