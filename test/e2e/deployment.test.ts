import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { run } from "../../lib/exec.ts";
import { Person, Traffic } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { askPod, cluster, eventually, inPod, namespace } from "./project.ts";
import { stack } from "./stack.ts";

const { context } = stack;

/** Lines of the plan that an update carried out, like `~ 3 updated`. */
const changed = (output: string) =>
  [...output.matchAll(/^ +[+~-]+ \d+ (created|updated|deleted|replaced)/gm)].map(([line]) =>
    line.trim(),
  );

describe(`npm start on a machine with Docker and no cluster, on ${context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);

  let person: Person;

  before(async () => {
    await testCluster.remove();
    await testCluster.make();
    await stack.copyProject();
  });

  const start = (...values: string[]) => stack.start(...values);
  const core = () => stack.core();
  const pods = async () => (await core().listNamespacedPod({ namespace })).items;

  it("ends with a URL that answers, and leaves git clean", async () => {
    const { code, output } = await start();
    assert.equal(code, 0, output);
    person = new Person(stack.url);

    const page = await fetch(stack.url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>[^<]*Todo/i);
    const status = await run("git", ["status", "--porcelain"], { cwd: stack.project.folder });
    assert.equal(status, "");
  });

  it("gives every output that a person needs next", async () => {
    const outputs = JSON.parse((await stack.npm("pulumi", "stack", "output", "--json")).output) as {
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

  it("serves the application: tasks by chat and by API, from outside the cluster", async () => {
    await person.register();
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

  it("passes the page's browser tests through the deployed frontend", async function () {
    const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
    if (!existsSync(chromium)) this.skip();
    const cwd = join(import.meta.dirname, "../../images/frontend");
    // Some of them put a server of their own between, which hands out the built page.
    await run(process.execPath, ["scripts/build.ts"], { cwd, timeoutMs: 120_000 });
    await run(
      process.execPath,
      ["node_modules/mocha/bin/mocha.js", "--config", "test/browser/.mocharc.json"],
      { cwd, env: { BASE_URL: stack.url }, timeoutMs: 600_000 },
    );
  });

  it("runs every pod as Pod Security `restricted` wants it, and enforces it", async () => {
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

  it("is scraped by Prometheus: both parts, every pod, the kubelet", async () => {
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

  it("lets through the connections that it needs, and no other", async () => {
    const { config } = cluster(context);
    const allowed = {
      frontend: ["backend"],
      backend: ["database", "https"],
      database: [],
      stranger: ["frontend"],
    } as const;

    const image = (await pods())
      .flatMap(({ spec }) => spec?.containers ?? [])
      .find(({ name }) => name === "backend")?.image;
    await core().createNamespacedPod({ namespace, body: stranger(image ?? "") });
    try {
      const podOf = async (component: string) => {
        const pod = (await pods()).find(({ metadata }) =>
          component === "stranger"
            ? metadata?.name === component
            : metadata?.labels?.["app.kubernetes.io/component"] === component,
        );
        assert.equal(pod?.status?.phase, "Running", `${component} does not run`);
        return pod.metadata?.name ?? "";
      };
      await eventually(30, () => podOf("stranger"));
      const { status } = await core().readNamespacedPod({ namespace, name: "stranger" });
      const outside = status?.podIP ?? "";
      const targets = {
        frontend: ["frontend-service", 80],
        backend: ["backend-service", 80],
        database: ["database-service", 5432],
        prometheus: ["prometheus-service", 9090],
        alertmanager: ["alertmanager-service", 9093],
        https: [outside, 443],
        elsewhere: [outside, 8443],
      } as const;
      for (const [source, expected] of Object.entries(allowed)) {
        const pod = await podOf(source);
        // A Service may lead a pod to itself, which no policy can forbid.
        const itself = source === "stranger" ? ["https", "elsewhere"] : [source];
        const others = Object.entries(targets).filter(([target]) => !itself.includes(target));
        const open = await Promise.all(
          others.map(async ([target, [host, port]]) => {
            const answer = await inPod(config, pod, connectFrom(source, host, port));
            return answer.endsWith("open") ? [target] : [];
          }),
        );
        assert.deepEqual(open.flat(), expected, `from ${source}`);
      }
    } finally {
      await core().deleteNamespacedPod({ namespace, name: "stranger", gracePeriodSeconds: 0 });
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
      state: (await stack.npm("pulumi", "stack", "export")).output,
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
    const { code, output } = await start();
    assert.equal(code, 0, output);
    assert.deepEqual(changed(output), []);
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
    const before = (await pods()).map(({ metadata }) => metadata?.uid);
    await core().deleteCollectionNamespacedPod({ namespace });
    await eventually(120, async () => {
      const now = await pods();
      assert.ok(now.every(({ metadata }) => !before.includes(metadata?.uid)));
      assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
    });
  });

  it("answers with an edited line after the next start, and loses no request on the way", async () => {
    await stack.project.edit("images/frontend/index.html", "<title>", "<title>Edited ");
    const page = async () => {
      const response = await fetch(stack.url, { signal: AbortSignal.timeout(10_000) });
      assert.equal(response.status, 200);
      return response.text();
    };
    // A NodePort may reset connections for a second after pods came; then it is calm.
    await eventually(30, async () => {
      for (let calm = 0; calm < 20; calm += 1) await page();
    });
    const traffic = [new Traffic(page), new Traffic(() => person.titles())];
    const { code, output } = await start();
    assert.equal(code, 0, output);
    // Old pods finish what they have before they go; connections that are kept alive end with them.
    await eventually(30, async () => {
      assert.match(await page(), /<title>Edited /);
    });
    for (const each of traffic) await each.stop();
    for (const { sent, failures } of traffic) {
      assert.ok(sent > 20, `only ${sent} requests were sent`);
      assert.deepEqual(failures, []);
    }
  });

  it("puts an image back on a node that lost it", async () => {
    const outputs = JSON.parse((await stack.npm("pulumi", "stack", "output", "--json")).output) as {
      images: { backend: { name: string } };
    };
    const reference = `docker.io/library/${outputs.images.backend.name}`;
    await testCluster.removeImage(reference);
    assert.ok(!(await testCluster.images()).includes(reference));

    const { code, output } = await start();
    assert.equal(code, 0, output);
    assert.ok((await testCluster.images()).includes(reference));
  });

  it("rolls back a release whose pods never get ready, and says so within its timeout", async () => {
    await stack.project.edit(
      "images/backend/src/server.ts",
      "import",
      'throw new Error("broken");\nimport',
    );
    const { code, output, took } = await start();
    assert.notEqual(code, 0);
    assert.match(output, /release/i);
    assert.match(output, /Not ready: backend-deployment-\S+: container backend ended with exit/);
    assert.match(output, /Error: broken/);
    assert.ok(took < 300, `it took ${took} s`);
    assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);

    await stack.project.edit(
      "images/backend/src/server.ts",
      'throw new Error("broken");\nimport',
      "import",
    );
    const mended = await start();
    assert.equal(mended.code, 0, mended.output);
    assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
  });

  it("names a failing image build and leaves what runs alone", async () => {
    await stack.project.edit("images/backend/Dockerfile", "RUN npm run build", "RUN exit 3");
    const { code, output } = await start();
    assert.notEqual(code, 0);
    assert.match(output, /images-backend/);
    assert.match(output, /exit code: 3/);
    await stack.project.edit("images/backend/Dockerfile", "RUN exit 3", "RUN npm run build");
    assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
  });

  it("goes on after an update that was killed in the middle of a rollout", async () => {
    await stack.project.edit("images/frontend/index.html", "<title>", "<title>Again ");
    const killed = await stack.project.killAt(/Release release updating/, "start", ...stack.place);
    assert.notEqual(killed.code, 0);
    assert.match(killed.output, /Release release updating/);

    const repaired = await stack.npm("repair");
    assert.equal(repaired.code, 0, repaired.output);
    const { code, output } = await start();
    assert.equal(code, 0, output);
    await eventually(30, async () => {
      assert.match(await (await fetch(stack.url)).text(), /<title>Again /);
    });
  });

  it("refuses bad settings at once, all together, before anything is touched", async () => {
    const { code, output, took } = await start("backend.replicas=0", "monitorng.mode=off");
    assert.equal(code, 1);
    assert.match(
      output,
      /todo-chatbot:backend\.replicas is 0; it must be a whole number from 1 to 50\./,
    );
    assert.match(output, /todo-chatbot:monitorng is not a known key\. Did you mean monitoring\?/);
    assert.ok(took < 30, `it took ${took} s`);
  });

  it("keeps protected data when it is taken down, and finds it again", async () => {
    const protect = await start("storage.protect=true");
    assert.equal(protect.code, 0, protect.output);
    const down = await stack.npm("down");
    assert.equal(down.code, 0, down.output);
    assert.match(down.output, /Kept, because storage\.protect is on/);
    const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace });
    assert.deepEqual(items.map(({ metadata }) => metadata?.name).sort(), [
      "todo-chatbot-backups",
      "todo-chatbot-data",
    ]);
    await eventually(60, async () => {
      assert.equal((await pods()).length, 0);
    });

    const { code, output } = await start();
    assert.equal(code, 0, output);
    await person.signIn();
    assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
  });

  it("finds the data again after the cluster was stopped", async () => {
    await testCluster.stop();

    const { code, output } = await start();
    assert.equal(code, 0, output);
    assert.match(output, /Starting /);
    await eventually(120, async () => {
      await person.signIn();
      assert.deepEqual(await person.titles(), ["buy milk", "water the plants"]);
    });
  });

  it("heals when the cluster is made anew, with the same secrets", async () => {
    const signingKey = async () =>
      (await core().readNamespacedSecret({ namespace, name: "auth-secret" })).data?.[
        "JWT_SECRET_KEY"
      ];
    const key = await signingKey();
    await testCluster.remove();
    await testCluster.make();

    const { code, output } = await start();
    assert.equal(code, 0, output);
    assert.match(output, /The cluster was made anew/);
    assert.equal(await signingKey(), key);
    const newcomer = new Person(stack.url);
    await newcomer.register();
    assert.deepEqual(await newcomer.titles(), []);
  });

  it("leaves nothing behind when it is taken down", async () => {
    const { code, output } = await stack.npm("down");
    assert.equal(code, 0, output);
    await eventually(60, async () => {
      const names = (await core().listNamespace()).items.map(({ metadata }) => metadata?.name);
      assert.ok(!names.includes(namespace), "the namespace is still there");
    });
    const volumes = await eventually(60, async () => {
      const { items } = await core().listPersistentVolume();
      assert.deepEqual(
        items.map(({ metadata }) => metadata?.name),
        [],
      );
      return items;
    });
    assert.deepEqual(volumes, []);
  });
});

/** A command that prints `open` when a connection comes about within two seconds. */
function connectFrom(source: string, host: string, port: number): string[] {
  // Postgres' image has no Node.
  if (source === "database") {
    return ["timeout", "2", "bash", "-c", `echo > /dev/tcp/${host}/${port} && echo open`];
  }
  const script = `const s = require("net").connect(${port}, "${host}", () => end("open"));
    const end = (said) => { console.log(said); process.exit(); };
    s.on("error", () => end("refused")); setTimeout(() => end("shut"), 2000);`;
  return ["node", "-e", script];
}

/** A pod that belongs to nothing, and listens as a server outside would. */
function stranger(image: string) {
  return {
    metadata: { name: "stranger" },
    spec: {
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: "RuntimeDefault" },
        sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
      },
      containers: [
        {
          name: "stranger",
          image,
          command: [
            "node",
            "-e",
            "for (const port of [443, 8443]) require('net').createServer().listen(port)",
          ],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}
