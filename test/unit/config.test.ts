import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { parseSettings, readConfig, schema } from "../../config/index.ts";
import { receivers } from "./alerting.ts";
import { startEngine, valueOf } from "./engine.ts";

const [ca = ""] = rootCertificates;
const checked = "postgresql://user:hunter2@db.example.org/todo?sslmode=verify-full";

type Values = Record<string, unknown>;

/** The message that refuses some values, whole. */
function refusal(values: Values, encrypted: readonly string[] = []): string {
  try {
    parseSettings(values, new Set(encrypted));
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error), String(error));
    return error.message;
  }
  return "accepted";
}

/** The whole message for some faults. */
function faults(...lines: string[]): string {
  return [
    `The configuration of this stack has ${lines.length === 1 ? "a fault" : `${lines.length} faults`}; nothing was changed.`,
    ...lines.map((line) => `  - todo-chatbot:${line}`),
    "Change a value with: pulumi config set --path 'todo-chatbot:<key>' <value>. Pulumi.yaml describes every key.",
  ].join("\n");
}

const reference =
  "an image with a tag other than latest or with a digest, like postgres:17@sha256:…";
const millicores = "millicores, like 100m (1000m is one core)";
const bytes = "mebibytes or gibibytes, like 128Mi or 1Gi";
const namespace =
  "a namespace of its own: small letters, digits and dashes, neither default nor kube-…";
const pem = "a certificate in PEM, or empty";
const schedule = 'a cron expression, like "0 3 * * *" for every day at 3:00 UTC, or empty';
const plainText = (path: string) =>
  `${path} is stored in plain text. Encrypt it: pulumi config set --path --secret todo-chatbot:${path} (and change it where it was issued, if the file was shared).`;

/** A value out of bounds, by path, and the fault that it is. */
const wrongValues: readonly (readonly [path: string, value: unknown, accepted: string])[] = [
  ["cluster.kind", "k3s", "one of kind, minikube, remote"],
  ["cluster.context", 5, "the name of a context in your kubeconfig, or empty"],
  ["cluster.profile", "My profile", "a minikube profile, like minikube, or empty"],
  ["cluster.namespace", "kube-system", namespace],
  ["cluster.namespace", "default", namespace],
  ["cluster.namespace", "-a", namespace],
  ["images.mode", "pull", "one of build, prebuilt, none"],
  ["images.prebuilt.backend", "backend", reference],
  ["images.prebuilt.frontend", "registry.example.org:5000/frontend", reference],
  [
    "images.registry",
    "https://registry.example.org",
    "a registry and path without a scheme, or empty",
  ],
  ["images.platform", "windows/amd64", "linux/amd64, linux/arm64 or empty"],
  ["images.keep", 0, "a whole number from 1 to 20"],
  ["images.keep", 21, "a whole number from 1 to 20"],
  ["images.node", "node:latest", reference],
  ["images.node", "node", reference],
  ["images.node", 24, reference],
  ["images.postgres", "Postgres:17", reference],
  ["images.prometheus", "prom/prometheus:v3@sha256:12", reference],
  ["backend.replicas", 0, "a whole number from 1 to 50"],
  ["backend.replicas", 51, "a whole number from 1 to 50"],
  ["backend.replicas", 2.5, "a whole number from 1 to 50"],
  ["backend.replicas", "2", "a whole number from 1 to 50"],
  ["backend.replicas", null, "a whole number from 1 to 50"],
  ["backend.resources.requests.cpu", "0.1", millicores],
  ["backend.resources.requests.memory", "128M", bytes],
  ["backend.resources.limits.cpu", 1, millicores],
  ["backend.resources.limits.memory", "lots", bytes],
  ["backend.autoscaling.enabled", "yes", "true or false"],
  ["backend.autoscaling.min", 0, "a whole number from 1 to 50"],
  ["backend.autoscaling.max", 201, "a whole number from 1 to 200"],
  ["backend.autoscaling.cpuPercent", 9, "a whole number from 10 to 500"],
  ["backend.logLevel", "verbose", "one of debug, info, warn, error"],
  ["frontend.replicas", -5, "a whole number from 1 to 50"],
  ["frontend.logLevel", "trace", "one of debug, info, warn, error"],
  ["database.mode", "cloud", "one of bundled, external"],
  ["database.runAsUser", 0, "a whole number from 1 to 65535"],
  ["database.caCertificate", "/etc/ssl/ca.pem", pem],
  ["database.caCertificate", ca.replace("MII", "MIJ"), pem],
  ["database.caCertificate", `${ca}\n${ca.slice(0, 200)}`, pem],
  ["database.keepBundled", 1, "true or false"],
  ["storage.className", false, "the name of a storage class, or empty"],
  ["storage.size", "1", "a size like 1Gi"],
  ["storage.size", "0Gi", "a size like 1Gi"],
  ["storage.accessMode", "RWO", "one of ReadWriteOnce, ReadWriteOncePod, ReadWriteMany"],
  ["storage.protect", "true", "true or false"],
  ["storage.backup.schedule", "daily", schedule],
  ["storage.backup.schedule", "0 3 * *", schedule],
  ["storage.backup.schedule", "60 3 * * *", schedule],
  ["storage.backup.schedule", "0 24 * * *", schedule],
  ["storage.backup.schedule", "0 3 0 * *", schedule],
  ["storage.backup.schedule", "0 3 * 13 *", schedule],
  ["storage.backup.schedule", "0 3 * * 7", schedule],
  ["storage.backup.schedule", "0 5-3 * * *", schedule],
  ["storage.backup.schedule", "*/0 3 * * *", schedule],
  ["storage.backup.schedule", "0  3 * * *", schedule],
  ["storage.backup.schedule", false, schedule],
  ["storage.backup.keep", 0, "a whole number from 1 to 365"],
  ["storage.backup.keep", 366, "a whole number from 1 to 365"],
  ["storage.backup.size", "1", "a size like 1Gi"],
  ["storage.backup.s3.endpoint", "s3.example.org", "an http or https URL, or empty"],
  ["storage.backup.s3.bucket", "a/b", "the name of a bucket, or empty"],
  ["storage.backup.s3.prefix", "/todo/", "a beginning of names, like todo/, or empty"],
  ["storage.backup.s3.region", "", "a region, like eu-central-1"],
  ["storage.backup.s3.caCertificate", "/etc/ca.pem", "a certificate in PEM, or empty"],
  ["network.policies", 1, "true or false"],
  ["network.exposure", "none", "one of nodePort, loadBalancer, ingress, gateway"],
  ["network.nodePort", 29999, "a whole number from 30000 to 32767"],
  ["network.nodePort", 32768, "a whole number from 30000 to 32767"],
  [
    "network.host",
    "Todo.Example.org",
    "a host name in small letters, like todo.example.org, or empty",
  ],
  [
    "network.host",
    "https://todo.example.org",
    "a host name in small letters, like todo.example.org, or empty",
  ],
  ["network.tlsSecret", "My_Secret", "the name of a Secret, or empty"],
  ["network.className", 1, "the name of an ingress class or Gateway, or empty"],
  ["network.mesh", "consul", "one of none, istio, linkerd"],
  ["images.alertmanager", "prom/alertmanager", reference],
  ["monitoring.mode", "on", "one of bundled, operator, off"],
  ["monitoring.labels.release", "no label", "the value of a label"],
  ["monitoring.prometheusNamespace", "Monitoring", "a namespace"],
  ["monitoring.thresholds.cpuPercent", 0, "a whole number from 1 to 100"],
  ["monitoring.thresholds.cpuPercent", 101, "a whole number from 1 to 100"],
  ["monitoring.thresholds.memoryLeftPercent", 100, "a whole number from 1 to 99"],
  ["monitoring.thresholds.restarts", 0, "a whole number from 1 to 100"],
  ["monitoring.thresholds.volumeLeftPercent", "15%", "a whole number from 1 to 99"],
  ["monitoring.thresholds.errorPercent", 0.5, "a whole number from 1 to 100"],
  ["monitoring.thresholds.slowMilliseconds", 9, "a whole number from 10 to 30000"],
  ["monitoring.thresholds.slowMilliseconds", 30_001, "a whole number from 10 to 30000"],
  ["monitoring.thresholds.backupHours", 721, "a whole number from 1 to 720"],
  ["monitoring.patiencePercent", 0, "a whole number from 1 to 1000"],
  ["secrets.rotation", -1, "a whole number from 0 to 1000000"],
  ["openai.baseUrl", "api.example.org", "an http or https URL, or empty"],
  ["openai.model", 4, "the name of a model, or empty"],
];

/** A key that nobody reads, and the fault that it is. */
const unknownKeys: readonly (readonly [path: string, hint: string])[] = [
  ["monitorng", "Did you mean monitoring?"],
  ["databases", "Did you mean database?"],
  [
    "namespace",
    "The keys here are cluster, images, backend, frontend, database, storage, network, monitoring, secrets, openai.",
  ],
  ["backend.replica", "Did you mean replicas?"],
  ["backend.pods", "The keys here are replicas, resources, autoscaling, logLevel."],
  ["backend.resources.request", "Did you mean requests?"],
  ["images.prebuilt.backnd", "Did you mean backend?"],
  ["database.password", "The keys here are mode, url, caCertificate, keepBundled, runAsUser."],
  ["database.ulr", "Did you mean url?"],
  ["openai.apikey", "Did you mean apiKey?"],
];

/** Something else where a group of keys belongs. */
const noGroups: readonly (readonly [path: string, value: unknown, fault: string])[] = [
  [
    "backend",
    3,
    "backend is 3; it must be an object with the keys replicas, resources, autoscaling, logLevel.",
  ],
  [
    "cluster",
    ["kind"],
    'cluster is ["kind"]; it must be an object with the keys kind, context, profile, namespace.',
  ],
  [
    "backend.resources",
    "small",
    'backend.resources is "small"; it must be an object with the keys requests, limits.',
  ],
];

/** Values that are each fine and together are not: the least that makes each fault. */
const contradictions: readonly (readonly [what: string, values: Values, fault: string])[] = [
  [
    "a kind cluster with another's context",
    { cluster: { kind: "kind", context: "minikube" } },
    'cluster.context is "minikube", but contexts of kind clusters start with "kind-". Name that context, or set cluster.kind to minikube or remote.',
  ],
  [
    "minikube with the context of a kind cluster",
    { cluster: { kind: "minikube", context: "kind-dev" } },
    'cluster.context is "kind-dev", the context of a kind cluster. Set cluster.kind to kind, or name the minikube profile.',
  ],
  ...["", "minikube", "kind-dev"].map(
    (context) =>
      [
        `a remote cluster with context "${context}"`,
        { cluster: { kind: "remote", context }, images: { mode: "none" } },
        `cluster.context is "${context}"; a remote cluster needs the name of its own context (kubectl config get-contexts lists them).`,
      ] as const,
  ),
  [
    "a profile without minikube",
    { cluster: { kind: "kind", profile: "laptop" } },
    'cluster.profile is "laptop", but cluster.kind is kind; only minikube has profiles. Remove it.',
  ],
  [
    "a profile beside another context",
    { cluster: { kind: "minikube", profile: "laptop", context: "minikube" } },
    'cluster.profile is "laptop", but cluster.context is "minikube"; minikube names the context after the profile. Remove one of them.',
  ],
  ...(["backend", "frontend"] as const).flatMap(
    (app) =>
      [
        [
          `prebuilt images without the ${app}'s`,
          {
            images: {
              mode: "prebuilt",
              prebuilt: { [app === "backend" ? "frontend" : "backend"]: "other:1" },
            },
          },
          `images.prebuilt.${app} is missing, but images.mode is prebuilt. Give the reference of the image.`,
        ],
        [
          `a prebuilt ${app} that is built`,
          { images: { mode: "build", prebuilt: { [app]: `${app}:1` } } },
          `images.prebuilt.${app} is set, but images.mode is build, which ignores it. Remove it, or set images.mode to prebuilt.`,
        ],
      ] as const,
  ),
  [
    "images built for a remote cluster and pushed nowhere",
    { cluster: { kind: "remote", context: "production" } },
    "images.registry is empty, but a remote cluster pulls its images. Name a registry that you may push to, or set images.mode to prebuilt.",
  ],
  [
    "a registry for a local cluster",
    { cluster: { kind: "minikube" }, images: { registry: "registry.example.org/team" } },
    'images.registry is "registry.example.org/team", but a minikube cluster gets its images from Docker directly. Remove it.',
  ],
  [
    "an external database without its address",
    { database: { mode: "external" } },
    "database.url is missing, but database.mode is external. Set it with: pulumi config set --path --secret todo-chatbot:database.url postgresql://…",
  ],
  [
    "the address of a database that is bundled",
    { database: { mode: "bundled", url: "postgresql://user:hunter2@db.example.org/todo" } },
    "database.url is set, but database.mode is bundled, which ignores it. Remove it, or set database.mode to external.",
  ],
  [
    "the authority of a database that is bundled",
    { database: { caCertificate: ca } },
    "database.caCertificate is set, but database.mode is bundled, which ignores it. Remove it, or set database.mode to external.",
  ],
  [
    "a bundled database beside itself",
    { database: { keepBundled: true } },
    "database.keepBundled is set, but database.mode is bundled, which ignores it. Remove it, or set database.mode to external.",
  ],
  [
    "an authority that nothing is checked by",
    {
      database: {
        mode: "external",
        url: checked.replace("verify-full", "require"),
        caCertificate: ca,
      },
    },
    "database.caCertificate is set, but database.url does not ask for a check of the server's certificate. End the URL with ?sslmode=verify-full, or remove it.",
  ],
  [
    "an Ingress without a host",
    { network: { exposure: "ingress" } },
    "network.host is empty, but network.exposure is ingress. Give the name under which the page opens.",
  ],
  [
    "a route without a host",
    { network: { exposure: "gateway", className: "public" } },
    "network.host is empty, but network.exposure is gateway. Give the name under which the page opens.",
  ],
  [
    "a route without a Gateway",
    { network: { exposure: "gateway", host: "todo.example.org" } },
    "network.className is empty, but network.exposure is gateway. Give the name of the Gateway that the route attaches to.",
  ],
  [
    "a certificate that nothing serves",
    { network: { exposure: "nodePort", tlsSecret: "todo-tls" } },
    'network.tlsSecret is "todo-tls", but network.exposure is nodePort; only an Ingress takes a certificate here. Remove it.',
  ],
  [
    "somebody to tell where nothing tells",
    { monitoring: { mode: "off", receivers: { webhook: { url: "https://hooks.example.org/x" } } } },
    "monitoring.receivers.webhook is set, but monitoring.mode is off, which tells nobody of alerts. Remove it, or set monitoring.mode to bundled.",
  ],
  [
    "a bucket on no server",
    { storage: { backup: { s3: { bucket: "safe" } } } },
    'storage.backup.s3.bucket is "safe", but storage.backup.s3.endpoint is empty. Give the address of the server, or remove it.',
  ],
  [
    "an authority for no certificate",
    { storage: { backup: { s3: { caCertificate: ca } } } },
    'storage.backup.s3.caCertificate is set, but storage.backup.s3.endpoint is "", which shows no certificate. Remove it, or give an https URL.',
  ],
  ...(["backend", "frontend"] as const).map(
    (app) =>
      [
        `a ${app} with fewer pods at most than at least`,
        { [app]: { autoscaling: { enabled: true, min: 6, max: 5 } } },
        `${app}.autoscaling.min is 6, above autoscaling.max (5). Lower the one or raise the other.`,
      ] as const,
  ),
];

/** Neighbours of the contradictions that a stack may well say. */
const fine: readonly (readonly [what: string, values: Values])[] = [
  ["a kind cluster by its context", { cluster: { kind: "kind", context: "kind-dev" } }],
  ["minikube by its context", { cluster: { kind: "minikube", context: "laptop" } }],
  ["minikube by its profile", { cluster: { kind: "minikube", profile: "laptop" } }],
  ["minikube by both", { cluster: { kind: "minikube", profile: "laptop", context: "laptop" } }],
  [
    "a remote cluster that pulls what is pushed",
    {
      cluster: { kind: "remote", context: "production" },
      images: { registry: "registry.example.org:5000/team" },
    },
  ],
  [
    "prebuilt images for a remote cluster",
    {
      cluster: { kind: "remote", context: "production" },
      images: {
        mode: "prebuilt",
        prebuilt: { backend: "b:1", frontend: "r.example.org:5000/f:1" },
      },
    },
  ],
  ["an image by its digest alone", { images: { postgres: `postgres@sha256:${"0a".repeat(32)}` } }],
  [
    "an external database, its authorities, and the bundled one beside it",
    {
      database: {
        mode: "external",
        url: checked,
        caCertificate: `# two of them\n${ca}\n${rootCertificates[1] ?? ""}\n`,
        keepBundled: true,
      },
    },
  ],
  ["an external database", { database: { mode: "external", url: "postgres://u:p@h:5433/d?x=y" } }],
  [
    "an Ingress with a certificate",
    { network: { exposure: "ingress", host: "todo.example.org", tlsSecret: "todo-tls" } },
  ],
  ["everybody to tell", { monitoring: { receivers } }],
  ["a route", { network: { exposure: "gateway", host: "todo.example.org", className: "public" } }],
  [
    "a fixed number by autoscaling",
    { backend: { autoscaling: { enabled: true, min: 3, max: 3 } } },
  ],
  [
    "bounds of an autoscaler that is off",
    { backend: { autoscaling: { enabled: false, min: 6, max: 5 } } },
  ],
];

/** `{a: {b: value}}` for the path `a.b`. */
function at(path: string, value: unknown): Values {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

describe("a stack's settings", () => {
  it("are the defaults where a stack says nothing", () => {
    const app = (memory: string, memoryLimit: string) => ({
      replicas: 2,
      resources: {
        requests: { cpu: "50m", memory },
        limits: { cpu: "1000m", memory: memoryLimit },
      },
      autoscaling: { enabled: false, min: 2, max: 5, cpuPercent: 75 },
      logLevel: "info",
    });
    const { images, ...rest } = parseSettings({}, new Set());
    const { node, postgres, prometheus, alertmanager, ...ways } = images;

    assert.deepEqual(rest, {
      cluster: {
        kind: "kind",
        context: "",
        profile: "",
        namespace: "todo-chatbot-namespace",
      },
      backend: app("96Mi", "192Mi"),
      frontend: app("64Mi", "128Mi"),
      database: { mode: "bundled", caCertificate: "", keepBundled: false, runAsUser: 999 },
      storage: {
        className: "",
        size: "1Gi",
        accessMode: "ReadWriteOnce",
        protect: true,
        backup: {
          schedule: "0 3 * * *",
          keep: 7,
          size: "1Gi",
          s3: { endpoint: "", bucket: "", prefix: "", region: "us-east-1", caCertificate: "" },
        },
      },
      network: {
        policies: true,
        exposure: "nodePort",
        nodePort: 30080,
        host: "",
        tlsSecret: "",
        className: "",
        mesh: "none",
      },
      monitoring: {
        mode: "bundled",
        labels: { release: "kube-prometheus-stack" },
        prometheusNamespace: "monitoring",
        thresholds: {
          cpuPercent: 90,
          memoryLeftPercent: 10,
          restarts: 3,
          volumeLeftPercent: 15,
          errorPercent: 5,
          slowMilliseconds: 1000,
          backupHours: 36,
        },
        patiencePercent: 100,
        receivers: {},
      },
      secrets: { rotation: 0 },
      openai: { baseUrl: "", model: "" },
    });

    for (const accepted of [
      "",
      "@daily",
      "*/15 * * * *",
      "0 3 1,15 * *",
      "30 2 * JAN-MAR mon-fri",
      "0-59/5 0-23 31 12 6",
    ]) {
      it(`take the schedule "${accepted}"`, () => {
        const { storage } = parseSettings(
          { storage: { backup: { schedule: accepted } } },
          new Set(),
        );
        assert.equal(storage.backup.schedule, accepted);
      });
    }

    assert.deepEqual(ways, { mode: "build", prebuilt: {}, registry: "", platform: "", keep: 3 });
    for (const image of [node, postgres, prometheus, alertmanager]) {
      assert.match(image, /^[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
    }
  });

  it("keep what a stack says, beside the defaults of the rest", () => {
    const { backend } = parseSettings(
      { backend: { replicas: 5, resources: { limits: { memory: "1Gi" } } } },
      new Set(),
    );

    assert.equal(backend.replicas, 5);
    assert.deepEqual(backend.resources, {
      requests: { cpu: "50m", memory: "96Mi" },
      limits: { cpu: "1000m", memory: "1Gi" },
    });
  });

  for (const [path, value, accepted] of wrongValues) {
    it(`refuse ${path} ${JSON.stringify(value)}`, () => {
      assert.equal(
        refusal(at(path, value)),
        faults(`${path} is ${JSON.stringify(value)}; it must be ${accepted}.`),
      );
    });
  }

  for (const [path, hint] of unknownKeys) {
    it(`refuse the unknown key ${path}`, () => {
      assert.equal(refusal(at(path, "hunter2")), faults(`${path} is not a known key. ${hint}`));
    });
  }

  for (const [path, value, fault] of noGroups) {
    it(`refuse ${JSON.stringify(value)} for the group ${path}`, () => {
      assert.equal(refusal(at(path, value)), faults(fault));
    });
  }

  for (const [what, values, fault] of contradictions) {
    it(`refuse ${what}`, () => {
      assert.equal(refusal(values, ["database", "monitoring"]), faults(fault));
    });
  }

  for (const [what, values] of fine) {
    it(`accept ${what}`, () => {
      assert.equal(refusal(values, ["database", "monitoring"]), "accepted");
    });
  }

  it("are refused for all faults at once", () => {
    assert.equal(
      refusal({
        backend: { replicas: 0, logLevel: "loud", autoscaling: { enabled: true, min: 6, max: 5 } },
        frontend: { autoscaling: { enabled: true, min: 6, max: 5 } },
        monitorng: {},
        network: { exposure: "ingress", tlsSecret: "todo-tls" },
        openai: { apiKey: "hunter2" },
      }),
      `\
The configuration of this stack has 6 faults; nothing was changed.
  - todo-chatbot:openai.apiKey is stored in plain text. Encrypt it: pulumi config set --path --secret todo-chatbot:openai.apiKey (and change it where it was issued, if the file was shared).
  - todo-chatbot:backend.replicas is 0; it must be a whole number from 1 to 50.
  - todo-chatbot:backend.logLevel is "loud"; it must be one of debug, info, warn, error.
  - todo-chatbot:monitorng is not a known key. Did you mean monitoring?
  - todo-chatbot:network.host is empty, but network.exposure is ingress. Give the name under which the page opens.
  - todo-chatbot:frontend.autoscaling.min is 6, above autoscaling.max (5). Lower the one or raise the other.
Change a value with: pulumi config set --path 'todo-chatbot:<key>' <value>. Pulumi.yaml describes every key.`,
    );
  });

  it("ask for all of a bucket", () => {
    const fault = (field: string) =>
      `storage.backup.s3.${field} is missing, but storage.backup.s3.endpoint is set. Set it with: pulumi config set --path --secret todo-chatbot:storage.backup.s3.${field} …`;
    assert.equal(
      refusal({ storage: { backup: { s3: { endpoint: "https://s3.example.org" } } } }),
      faults(
        "storage.backup.s3.bucket is missing, but storage.backup.s3.endpoint is set. Name the bucket that backups are copied to.",
        fault("accessKeyId"),
        fault("secretAccessKey"),
      ),
    );
  });

  it("are not said to contradict a cluster that is itself a fault", () => {
    assert.equal(
      refusal({ cluster: { kind: "k3s" }, images: { registry: "registry.example.org" } }),
      faults('cluster.kind is "k3s"; it must be one of kind, minikube, remote.'),
    );
  });
});

describe("a secret in a stack file", () => {
  const url = "postgresql://user:hunter2@db.example.org/todo";

  it("is refused in plain text", () => {
    assert.equal(
      refusal({ database: { mode: "external", url }, openai: { apiKey: "sk-hunter2" } }),
      faults(plainText("database.url"), plainText("openai.apiKey")),
    );
  });

  for (const [receiver, field, group] of [
    ["webhook", "url", { url: "https://hunter2.example.org" }],
    ["slack", "url", { url: "https://hunter2.example.org", channel: "#alerts" }],
    ["email", "password", receivers.email],
  ] as const) {
    it(`is refused in plain text within the receiver ${receiver}`, () => {
      assert.equal(
        refusal({ monitoring: { receivers: { [receiver]: group } } }),
        faults(plainText(`monitoring.receivers.${receiver}.${field}`)),
      );
    });
  }

  it("is accepted encrypted", () => {
    const { database, openai } = parseSettings(
      { database: { mode: "external", url }, openai: { apiKey: "sk-hunter2" } },
      new Set(["database", "openai"]),
    );

    assert.equal(database.url, url);
    assert.equal(openai.apiKey, "sk-hunter2");
  });

  const wrong: readonly (readonly [values: Values, fault: string])[] = [
    [
      { database: { mode: "external", url: "mysql://user:hunter2@h/d" } },
      "database.url is not what it should be; it must be a postgresql:// URL, encrypted.",
    ],
    [
      { openai: { apiKey: "" } },
      "openai.apiKey is not what it should be; it must be an API key, encrypted.",
    ],
    [
      { openai: { apiKey: ["hunter2"] } },
      "openai.apiKey is not what it should be; it must be an API key, encrypted.",
    ],
    [
      { monitoring: { receivers: { webhook: { url: "hunter2.example.org" } } } },
      "monitoring.receivers.webhook.url is not what it should be; it must be an http or https URL, encrypted.",
    ],
    [
      { monitoring: { receivers: { slack: "https://hunter2.example.org" } } },
      "monitoring.receivers.slack is not what it should be; it must be an object with the keys url, channel.",
    ],
    [
      { monitoring: { receivers: "https://hunter2.example.org" } },
      "monitoring.receivers is not what it should be; it must be an object with the keys webhook, slack, email.",
    ],
    [
      { openai: "hunter2" },
      "openai is not what it should be; it must be an object with the keys apiKey, baseUrl, model.",
    ],
    [
      { database: ["hunter2"] },
      "database is not what it should be; it must be an object with the keys mode, url, caCertificate, keepBundled, runAsUser.",
    ],
  ];
  for (const [values, fault] of wrong) {
    it(`is not printed when it is wrong: ${JSON.stringify(values)}`, () => {
      const message = refusal(values, Object.keys(values));

      assert.equal(message, faults(fault));
      assert.ok(!message.includes("hunter2"));
    });
  }
});

describe("readConfig", () => {
  it("hands secrets out encrypted, and ignores the keys of others", async () => {
    await startEngine({
      config: {
        "kubernetes:context": "elsewhere",
        "todo-chatbot:backend": '{"replicas":3}',
        "todo-chatbot:database": '{"mode":"external","url":"postgresql://u:p@h/d"}',
        "todo-chatbot:monitoring": '{"receivers":{"webhook":{"url":"https://h.example.org"}}}',
        "todo-chatbot:openai": '{"apiKey":"sk-1","model":"m"}',
      },
      encrypted: ["todo-chatbot:database", "todo-chatbot:monitoring", "todo-chatbot:openai"],
    });
    const { backend, database, monitoring, openai, frontend } = readConfig();

    assert.equal(backend.replicas, 3);
    assert.equal(frontend.replicas, 2);
    assert.equal(openai.model, "m");
    for (const [output, value] of [
      [database.url, "postgresql://u:p@h/d"],
      [openai.apiKey, "sk-1"],
    ] as const) {
      assert.ok(output !== undefined);
      assert.equal(await valueOf(output), value);
      assert.ok(await pulumi.isSecret(output));
    }
    assert.deepEqual(await valueOf(monitoring.receivers), {
      webhook: { url: "https://h.example.org" },
    });
    assert.ok(await pulumi.isSecret(monitoring.receivers));
  });

  it("has no secrets where a stack has none", async () => {
    await startEngine();
    const { database, openai } = readConfig();

    assert.equal(database.url, undefined);
    assert.equal(openai.apiKey, undefined);
  });

  for (const [what, endpoint] of [
    ["a bucket with its keys", "https://s3.example.org"],
    ["no bucket where there are keys alone", ""],
  ] as const) {
    it(`hands out ${what}`, async () => {
      const s3 = { accessKeyId: "key", secretAccessKey: "hush" };
      const where = endpoint === "" ? {} : { endpoint, bucket: "safe" };
      await startEngine({
        config: { "todo-chatbot:storage": JSON.stringify({ backup: { s3: { ...s3, ...where } } }) },
        encrypted: ["todo-chatbot:storage"],
      });

      const { backup } = readConfig().storage;
      assert.equal(backup.s3?.endpoint ?? "", endpoint);
      assert.equal(backup.s3 === undefined, endpoint === "");
    });
  }

  it("refuses a secret that the engine has not decrypted", async () => {
    await startEngine({ config: { "todo-chatbot:openai": '{"apiKey":"sk-hunter2"}' } });

    assert.throws(() => readConfig(), { message: faults(plainText("openai.apiKey")) });
  });

  it("refuses what is no object", async () => {
    await startEngine({ config: { "todo-chatbot:backend": "three" } });

    assert.throws(() => readConfig(), {
      message: faults(
        'backend is "three"; it must be an object with the keys replicas, resources, autoscaling, logLevel.',
      ),
    });
  });
});

describe("Pulumi.yaml", () => {
  const { config: declared } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    config: Record<string, { type: string; description: string; default: Values }>;
  };

  it("declares the keys that the program reads, and no other", () => {
    assert.deepEqual(Object.keys(declared), Object.keys(schema.shape));
  });

  for (const [key, { type, description, default: given }] of Object.entries(declared)) {
    it(`gives ${key} the defaults that the program has`, () => {
      assert.equal(type, "object");
      assert.deepEqual(given, schema.parse({})[key as keyof typeof schema.shape]);
    });

    it(`describes every field of ${key}`, () => {
      const [, other = key] = /The same fields as (\w+)/.exec(description) ?? [];
      const text = `${description} ${declared[other]?.description ?? ""}`;
      const group = schema.shape[key as keyof typeof schema.shape].unwrap();
      for (const field of Object.keys(group.shape))
        assert.match(text, new RegExp(`\\b${field}\\b`));
    });
  }
});

for (const stack of ["dev", "local"]) {
  describe(`Pulumi.${stack}.yaml`, () => {
    const text = readFileSync(`Pulumi.${stack}.yaml`, "utf8");
    const file = parse(text) as { config: Values };

    it("holds settings that are accepted", () => {
      const values = Object.entries(file.config).map(
        ([key, value]) => [key.replace("todo-chatbot:", ""), value] as const,
      );

      assert.equal(refusal(Object.fromEntries(values)), "accepted");
    });

    it("holds neither a secret nor what encrypts one", () => {
      assert.deepEqual(Object.keys(file), ["config"]);
      assert.doesNotMatch(text, /\bsecure:|encryptionsalt|encryptedkey|secretsprovider/);
    });
  });
}
