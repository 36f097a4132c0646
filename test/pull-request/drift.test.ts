import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { json, text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";

import { runtime } from "@pulumi/pulumi";
import { stringify } from "yaml";

import { helmRecord } from "../../cli/kubernetes/helm-record.ts";
import type { StateResource } from "../../cli/pulumi/deployed.ts";
import { deployed } from "../../cli/pulumi/deployed.ts";
import { driftOf, isAutoscaled, replacement, valuesDrift } from "../../cli/kubernetes/drift.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { project } from "../../lib/project.ts";
import { Folder } from "../unit/folder.ts";

const namespace = "n";
const object = (kind: string, name: string, rest: object = {}): Manifest => ({
  apiVersion: { Deployment: "apps/v1", HorizontalPodAutoscaler: "autoscaling/v2" }[kind] ?? "v1",
  kind,
  metadata: { name, namespace },
  ...rest,
});
const deployment = (replicas?: number, image = "a:1") =>
  object("Deployment", "backend", {
    spec: {
      ...(replicas && { replicas }),
      template: { spec: { containers: [{ name: "backend", image }] } },
    },
  });
const encrypted = (value: unknown) => ({
  [runtime.specialSigKey]: runtime.specialSecretSig,
  plaintext: JSON.stringify(value),
});
const state = (type: string, name: string, inputs: object, rest: object = {}): StateResource => ({
  urn: `urn:pulumi:dev::todo-chatbot::${type}::${name}`,
  type,
  custom: true,
  inputs: inputs as Record<string, unknown>,
  ...rest,
});
function helmSecret(revision: number, objects: object[], values: unknown = null): Manifest {
  const record = {
    manifest: objects.map((each) => `---\n${stringify(each)}`).join(""),
    config: values,
    namespace,
  };
  const packed = gzipSync(JSON.stringify(record)).toString("base64");
  return {
    ...object("Secret", `sh.helm.release.v1.todo-chatbot.v${revision}`),
    metadata: { name: `v${revision}`, namespace, labels: { version: String(revision) } },
    data: { release: Buffer.from(packed).toString("base64") },
  };
}
/** What a server adds to every object. */
const served = ({ metadata, ...rest }: Manifest, more: object = {}): Manifest => ({
  ...rest,
  metadata: {
    ...metadata,
    ...{
      uid: "u",
      generation: 3,
      resourceVersion: "7",
      creationTimestamp: "2026",
      managedFields: [],
    },
    ...more,
  },
  status: { ready: true },
});

describe("What was deployed", () => {
  it("is the program's objects with their secrets, and its releases", () => {
    const secret = object("Secret", "auth", { data: encrypted({ KEY: "aHVudGVyMg==" }) });
    const values = { tag: "1" };
    const { objects, releases } = deployed([
      state("todo-chatbot:index:AppSecrets", "secrets", {}, { custom: false }),
      state("kubernetes:core/v1:Secret", "auth", secret),
      state("kubernetes:core/v1:ConfigMap", "old", object("ConfigMap", "old"), { delete: true }),
      state("kubernetes:core/v1:Service", "read", object("Service", "read"), { external: true }),
      state("kubernetes:helm.sh/v3:Release", "release", { name: "todo", namespace, values }),
      state("random:index/randomPassword:RandomPassword", "password", { length: 48 }),
    ]);

    assert.deepEqual(objects, [object("Secret", "auth", { data: { KEY: "aHVudGVyMg==" } })]);
    assert.deepEqual(releases, [{ name: "todo", namespace, values }]);
  });

  it("is what Helm keeps of the newest revision, each object in its namespace", () => {
    const { metadata: _, ...rest } = deployment(2);
    const record = helmRecord([
      helmSecret(9, [deployment(1)]),
      helmSecret(10, [{ ...rest, metadata: { name: "backend" } }], { tag: "2" }),
    ]);

    assert.deepEqual(record, { objects: [deployment(2)], values: { tag: "2" } });
    assert.equal(helmRecord([]), undefined);
  });
});

describe("Drift of one object", () => {
  it("is none where only the server's and controllers' own fields differ", () => {
    const is = served(deployment(2), {
      finalizers: ["x"],
      annotations: {
        "deployment.kubernetes.io/revision": "4",
        "meta.helm.sh/release-name": "todo-chatbot",
      },
    });

    assert.equal(driftOf(served(deployment(2), { generation: 4 }), is, false), undefined);
  });

  it("is each place that differs: what should be, what is, what is too much", () => {
    const is = served(deployment(5, "b:1"), { labels: { extra: "1" }, annotations: { note: "x" } });

    assert.deepEqual(driftOf(served(deployment(2)), is, false), {
      name: "Deployment/backend",
      changes: [
        { path: "metadata.labels", before: undefined, after: { extra: "1" } },
        { path: "metadata.annotations", before: undefined, after: { note: "x" } },
        { path: "spec.replicas", before: 2, after: 5 },
        { path: "spec.template.spec.containers[backend].image", before: "a:1", after: "b:1" },
      ],
    });
  });

  it("is one value where it was added to a ConfigMap without any", () => {
    const is = object("ConfigMap", "config", { data: { KEY: "by-hand" } });
    assert.deepEqual(driftOf(object("ConfigMap", "config"), is, false)?.changes, [
      { path: "data.KEY", before: undefined, after: "by-hand" },
    ]);
  });

  it("leaves the number of pods to the autoscaler of that very object", () => {
    const autoscaler = object("HorizontalPodAutoscaler", "h", {
      spec: { scaleTargetRef: { kind: "Deployment", name: "backend" } },
    });
    const elsewhere = { ...autoscaler, metadata: { name: "h", namespace: "other" } };

    assert.equal(isAutoscaled(deployment(), [autoscaler]), true);
    assert.equal(isAutoscaled(deployment(), [elsewhere, deployment()]), false);
    assert.equal(driftOf(served(deployment(1)), served(deployment(7)), true), undefined);
    assert.notEqual(driftOf(served(deployment(1)), served(deployment(7)), false), undefined);
  });

  it("never shows a secret", () => {
    const secret = (value: string) => object("Secret", "auth", { data: { KEY: value } });

    assert.deepEqual(driftOf(served(secret("aGk=")), served(secret("aG8=")), false)?.changes, [
      { path: "data.KEY", before: "[secret]", after: "[secret], another one" },
    ]);
  });

  it("is asked for with what the cluster chose once and does not let go", () => {
    const claim = (spec: object) => object("PersistentVolumeClaim", "data", { spec });
    const is = served(claim({ size: 2, volumeName: "pv-1", storageClassName: "standard" }));

    assert.deepEqual(replacement(claim({ size: 1, volumeMode: "Block" }), is, false), {
      ...claim({ size: 1, volumeMode: "Block", volumeName: "pv-1", storageClassName: "standard" }),
      metadata: { name: "data", namespace, resourceVersion: "7" },
    });
    assert.deepEqual(replacement(object("ConfigMap", "c", { data: {} }), is, false), {
      ...object("ConfigMap", "c", { data: {} }),
      metadata: { name: "c", namespace, resourceVersion: "7" },
    });
  });

  it("is put right without what controllers keep in it", () => {
    const is = served(deployment(5), {
      finalizers: ["kubernetes.io/pvc-protection"],
      annotations: { "meta.helm.sh/release-name": "todo-chatbot", note: "by hand" },
    });

    assert.deepEqual(replacement(deployment(), is, true), {
      ...deployment(5),
      metadata: {
        ...{ name: "backend", namespace, resourceVersion: "7" },
        finalizers: ["kubernetes.io/pvc-protection"],
        annotations: { "meta.helm.sh/release-name": "todo-chatbot" },
      },
    });
    assert.equal(
      (replacement(deployment(2), is, false)["spec"] as { replicas: number }).replicas,
      2,
    );
  });

  it("is found in values that somebody gave Helm by hand", () => {
    assert.equal(valuesDrift("todo", { a: 1, b: null }, { b: null, a: 1 }), undefined);
    assert.deepEqual(valuesDrift("todo", { a: { b: 1 } }, { a: { b: 2 } }), {
      name: "Release/todo",
      changes: [{ path: "values.a.b", before: 1, after: 2 }],
    });
  });
});

/** An API server with some objects; it fills in nothing and refuses what is named `immutable`. */
class ApiServer implements AsyncDisposable {
  readonly objects = new Map<string, Manifest>();
  readonly writes: string[] = [];
  /** How many writes somebody else is quicker than. */
  conflicts = 0;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(([status, answer]) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
    });
  });

  static async start(...objects: Manifest[]): Promise<ApiServer> {
    const server = new ApiServer();
    for (const each of objects) server.put(each);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  put(manifest: Manifest): void {
    this.objects.set(`${manifest.kind.toLowerCase()}s/${manifest.metadata.name}`, served(manifest));
  }

  async #answer(request: IncomingMessage): Promise<[status: number, answer: unknown]> {
    const { method, url = "" } = request;
    const { pathname, searchParams } = new URL(url, "http://server");
    if (pathname === "/api/v1/namespaces/kube-system") return [200, { metadata: { uid: "u" } }];
    if (pathname === "/api/v1/nodes") return [200, { items: [] }];
    if (pathname === "/api/v1" || pathname === "/apis/apps/v1") {
      const kinds = ["Deployment", "ConfigMap", "Secret"];
      return [
        200,
        {
          resources: kinds.flatMap((kind) => [
            { kind, name: `${kind.toLowerCase()}s`, namespaced: true },
            { kind, name: `${kind.toLowerCase()}s/status`, namespaced: true },
          ]),
        },
      ];
    }
    if (searchParams.has("labelSelector")) {
      assert.equal(
        searchParams.get("labelSelector"),
        "owner=helm,name=todo-chatbot,status=deployed",
      );
      return [200, { items: [...this.objects.values()].filter(({ metadata }) => metadata.labels) }];
    }
    const found = this.objects.get(pathname.split("/").slice(-2).join("/"));
    if (method === "POST" || (method === "PUT" && !searchParams.has("dryRun"))) {
      assert.equal(searchParams.get("fieldManager"), "pulumi-kubernetes");
      const body = (await json(request)) as Manifest;
      this.writes.push(`${method} ${body.kind}/${body.metadata.name}`);
      if (this.conflicts-- > 0) return [409, { message: "the object has been modified" }];
      this.put(body);
      return [200, body];
    }
    if (found === undefined) return [404, { message: "not found" }];
    if (method === "GET") return [200, found];
    this.writes.push(`${method ?? ""} ${url}`);
    const body = (await json(request)) as Manifest;
    assert.equal(body.metadata.resourceVersion, "7");
    if (body.metadata.name === "immutable") return [422, { message: "field is immutable" }];
    return [200, served(body)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe("todo drift", function () {
  this.timeout(30_000);
  const own = object("ConfigMap", "config", { data: { KEY: "1" } });
  const values = { replicas: 2 };

  /** Runs the command against a server, with a pulumi that answers with a state. */
  async function drift(address: string, args: readonly string[] = []) {
    const name = "kind-todo-chatbot";
    const resources = [
      state("kubernetes:core/v1:ConfigMap", "config", own),
      state("kubernetes:helm.sh/v3:Release", "release", {
        ...{ name: "todo-chatbot", namespace, values },
      }),
    ];
    using folder = new Folder({
      // Where the state is kept; without it there is no stack to ask for.
      "home/state/.pulumi/meta.yaml": "",
      "state.json": JSON.stringify({ deployment: { resources } }),
      kubeconfig: JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server: address, "insecure-skip-tls-verify": true } }],
        users: [{ name, user: { token: "token" } }],
        contexts: [{ name, context: { cluster: name, user: name } }],
      }),
    });
    folder.write(
      "bin/pulumi",
      [
        "#!/bin/sh",
        'case "$*" in',
        `*"stack ls"*) echo '[{"name":"dev"}]';;`,
        `*export*) cat ${folder.at("state.json")};;`,
        "*) echo v3.259.0;;",
        "esac",
      ].join("\n"),
      0o755,
    );
    const child = spawn(process.execPath, [join(project, "cli", "main.ts"), "drift", ...args], {
      cwd: project,
      env: {
        ...process.env,
        NO_COLOR: "1",
        PATH: [folder.at("bin"), process.env["PATH"]].join(delimiter),
        KUBECONFIG: folder.at("kubeconfig"),
        TODO_CHATBOT_HOME: folder.at("home"),
      },
    });
    const [output, errors, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((resolve) => child.on("close", resolve)),
    ]);
    return { code, output: `${output}${errors}` };
  }

  it("ends with 0 and changes nothing when all is as it should be", async () => {
    await using server = await ApiServer.start(
      own,
      deployment(2),
      helmSecret(1, [deployment(2)], values),
    );
    const { code, output } = await drift(server.address);

    assert.equal(output, "✓ stack dev: no drift in 2 objects\n");
    assert.equal(code, 0);
    assert.equal(server.writes.length, 2);
    for (const write of server.writes) assert.match(write, /^PUT .*\?dryRun=All$/);
  });

  it("ends with 2 and names what was scaled, edited, deleted, replaced or upgraded by hand", async () => {
    await using server = await ApiServer.start(
      deployment(5),
      object("ConfigMap", "immutable", { data: { KEY: "2" } }),
      helmSecret(2, [deployment(2), object("ConfigMap", "immutable", { data: { KEY: "1" } })], {
        replicas: 3,
      }),
    );
    const { code, output } = await drift(server.address);

    assert.equal(
      output,
      [
        "✗ stack dev: drift in 4 of 3 objects (expected → actual)",
        "  Release/todo-chatbot",
        "      values.replicas: 2 → 3",
        "  ConfigMap/config is missing",
        "  ConfigMap/immutable can't be updated in place. The API server refuses PUT /api/v1/namespaces/n/configmaps/immutable?dryRun=All: field is immutable",
        "  Deployment/backend",
        "      spec.replicas: 2 → 5",
        "Fix the objects: npm run todo -- drift --stack dev --fix",
        "Fix Release/todo-chatbot, ConfigMap/immutable: delete objects that can't be updated in place, then run npm run todo -- pulumi up --refresh --stack dev",
        "",
      ].join("\n"),
    );
    assert.equal(code, 2);
  });

  it("fixes what was scaled, edited and deleted, and then finds nothing", async () => {
    await using server = await ApiServer.start(
      deployment(5),
      helmSecret(1, [deployment(2)], values),
    );
    server.conflicts = 1;
    const { code, output } = await drift(server.address, ["--fix"]);

    assert.match(output, /ConfigMap\/config is missing/);
    assert.match(output, /• Fixed ConfigMap\/config\n/);
    assert.match(output, /• Fixed Deployment\/backend\n$/);
    assert.equal(code, 0);
    assert.deepEqual(
      server.writes.filter((write) => !write.includes("dryRun")),
      ["POST ConfigMap/config", "POST ConfigMap/config", "PUT Deployment/backend"],
    );
    assert.deepEqual(await drift(server.address), {
      code: 0,
      output: "✓ stack dev: no drift in 2 objects\n",
    });
  });

  it("ends with 2 when the release is gone", async () => {
    await using server = await ApiServer.start(own);
    const { code, output } = await drift(server.address);

    assert.match(output, /Release\/todo-chatbot has no deployed Helm revision/);
    assert.equal(code, 2);
  });

  it("ends with 1 and one sentence when no cluster answers", async () => {
    const { code, output } = await drift("http://127.0.0.1:1");

    assert.match(output, /^The API server of context kind-todo-chatbot .* does not answer/);
    assert.equal(output.trim().split("\n").length, 1);
    assert.equal(code, 1);
  });

  it("ends with 2 and its usage for a stack that is not there", async () => {
    const { code, output } = await drift("http://127.0.0.1:1", ["--stack", "prod"]);

    assert.match(
      output,
      /'prod' is invalid\. There is no Pulumi\.prod\.yaml\. Stacks: dev, local\./,
    );
    assert.equal(code, 2);
  });
});
