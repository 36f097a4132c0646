import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";

import { parseSettings } from "../../config/settings.ts";
import type { Values } from "./settings.ts";
import { at, faults, refusal } from "./settings.ts";

const [ca = ""] = rootCertificates;
const reference =
  "an image with a tag other than latest or with a digest, like postgres:17@sha256:…";
const millicores = "millicores, like 100m (1000m is one core)";
const bytes = "mebibytes or gibibytes, like 128Mi or 1Gi";
const namespace =
  "a namespace of its own: lowercase letters, digits and dashes, neither default nor kube-…";
const pem = "a certificate in PEM";
const schedule = 'a cron expression, like "0 3 * * *" for every day at 3:00 UTC, or manual';
const moment = "a time with its zone, like 2026-11-29T10:30:00Z";
const kindContext =
  "the context of a kind cluster, kind-…; for others, set cluster.kind to minikube or remote";

/** A value out of bounds, by path, and the fault that it is. */
const wrongValues: readonly (readonly [path: string, value: unknown, accepted: string])[] = [
  ["cluster.kind", "k3s", "one of kind, minikube, remote"],
  ["cluster.context", "minikube", kindContext],
  ["cluster.profile", "My profile", "a minikube profile, like minikube"],
  ["cluster.namespace", "kube-system", namespace],
  ["cluster.namespace", "default", namespace],
  ["cluster.namespace", "-a", namespace],
  ["images.mode", "pull", "one of build, prebuilt, none"],
  ["images.prebuilt.backend", "backend", reference],
  ["images.prebuilt.frontend", "registry.example.org:5000/frontend", reference],
  ["images.registry", "https://registry.example.org", "a registry and path without a scheme"],
  ["images.platforms", "linux/amd64", "linux/amd64, linux/arm64 or both"],
  ["images.platforms", ["linux/arm64", "linux/arm64"], "linux/amd64, linux/arm64 or both"],
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
  ["backend.autoscaling.minReplicas", 0, "a whole number from 1 to 50"],
  ["backend.autoscaling.maxReplicas", 201, "a whole number from 1 to 200"],
  ["network.ipFamilies", ["IPv4", "IPv4"], "IPv4, IPv6 or both"],
  ["network.ipFamilies", [], "IPv4, IPv6 or both"],
  ["backend.autoscaling.targetCPUUtilizationPercentage", 9, "a whole number from 10 to 500"],
  ["backend.logLevel", "verbose", "one of debug, info, warn, error"],
  ["frontend.replicas", -5, "a whole number from 1 to 50"],
  ["frontend.logLevel", "trace", "one of debug, info, warn, error"],
  ["database.mode", "cloud", "one of bundled, external, operator"],
  ["database.runAsUser", 0, "a whole number from 1 to 65535"],
  ["database.caCertificate", "/etc/ssl/ca.pem", pem],
  ["database.caCertificate", ca.replace("MII", "MIJ"), pem],
  ["database.caCertificate", `${ca}\n${ca.slice(0, 200)}`, pem],
  ["database.keepBundled", 1, "true or false"],
  ["database.keepOperator", 1, "true or false"],
  ["database.operator.instances", 10, "a whole number from 3 to 9"],
  ["database.operator.size", "1", "a size like 1Gi"],
  ["database.operator.storageClassName", "My Class", "the name of a StorageClass"],
  ["database.operator.archive.enabled", "yes", "true or false"],
  [
    "database.operator.archive.server",
    "a/b",
    "the name of a database in the bucket, in lowercase letters",
  ],
  [
    "database.operator.archive.schedule",
    "manual",
    'a cron expression, like "0 3 * * *" for every day at 3:00 UTC',
  ],
  ["database.operator.archive.keepDays", 0, "a whole number from 1 to 365"],
  ["database.operator.recover.time", "2026-11-29 10:30:00", moment],
  ["database.operator.recover.time", "2026-11-29T10:30:00", moment],
  ["database.operator.recover.time", "2026-13-29T10:30:00Z", moment],
  ["storage.storageClassName", "My Class", "the name of a StorageClass"],
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
  ["storage.backup.schedule", 3, schedule],
  ["storage.backup.keep", 0, "a whole number from 1 to 365"],
  ["storage.backup.keep", 366, "a whole number from 1 to 365"],
  ["storage.backup.keepDaily", "7", "a whole number from 0 to 366"],
  ["storage.backup.keepWeekly", -1, "a whole number from 0 to 520"],
  ["storage.backup.keepMonthly", 1.5, "a whole number from 0 to 240"],
  ["storage.backup.size", "1", "a size like 1Gi"],
  ["storage.backup.s3.endpoint", "s3.example.org", "an http or https URL"],
  ["storage.backup.s3.bucket", "a/b", "the name of a bucket"],
  ["storage.backup.s3.prefix", "/todo/", "a key prefix, like todo/"],
  ["storage.backup.s3.region", "", "a region, like eu-central-1"],
  ["storage.backup.s3.caCertificate", "/etc/ca.pem", "a certificate in PEM"],
  ["storage.backup.s3.recipients", "age1", "public keys of age, age1…"],
  ["network.policies", 1, "true or false"],
  ["network.exposure", "none", "one of nodePort, loadBalancer, ingress, gateway"],
  ["network.nodePort", 29999, "a whole number from 30000 to 32767"],
  ["network.nodePort", 32768, "a whole number from 30000 to 32767"],
  ["network.host", "Todo.Example.org", "a host name in lowercase letters, like todo.example.org"],
  [
    "network.host",
    "https://todo.example.org",
    "a host name in lowercase letters, like todo.example.org",
  ],
  ["network.tlsSecretName", "My_Secret", "the name of a Secret"],
  ["network.ingressClassName", "My Class", "the name of an IngressClass"],
  ["network.gatewayName", "My_Gateway", "the name of a Gateway"],
  [
    "network.proxy.noProxy",
    "a b",
    "host names separated by commas, like models.example.org,.internal",
  ],
  ["network.mesh", "consul", "one of none, istio, istio-ambient, linkerd"],
  ["network.meshMutualTls", "on", "one of permissive, strict"],
  [
    "frontend.apiUrl",
    "https://api.example.org/v1",
    "an http or https URL without a path, like https://todo.example.org",
  ],
  ["pods.healthCheckInterval", "1m", "whole seconds from 5s to 300s"],
  ["pods.readyTimeout", "5m", "whole seconds from 30s to 1800s"],
  ["pods.readyTimeout", "29s", "whole seconds from 30s to 1800s"],
  ["pods.priorityClassName", "High", "the name of a PriorityClass"],
  ["pods.nodeSelector.disk", "a b", "the value of a label"],
  ["backend.envFromSecrets.TOKEN", "token", "a Secret and its key, like tokens/sentry"],
  ["images.pullSecretName", "My_Secret", "the name of a Secret"],
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
  ["monitoring.thresholds.scanDays", 0, "a whole number from 1 to 90"],
  ["monitoring.thresholds.slowMilliseconds", 30_001, "a whole number from 10 to 30000"],
  ["monitoring.thresholds.backupHours", 721, "a whole number from 1 to 720"],
  ["monitoring.alertForPercent", 0, "a whole number from 1 to 1000"],
  [
    "secrets.existing.auth",
    "auth-secret",
    "the name of a Secret other than database-secret, api-keys-secret, auth-secret, db-credentials",
  ],
  ["secrets.rotation", -1, "a whole number from 0 to 1000000"],
  ["openai.baseUrl", "api.example.org", "an http or https URL"],
  ["smtp.from", "todo", "an address, like Todo <todo@example.org>"],
  ["smtp.tls", "ssl", "one of starttls, implicit, none"],
  ["openai.firstByteTimeout", "6m", "a duration like 90s or 2m, up to 5m"],
];

/** What chooses the mode that a setting belongs to. */
const modes: Values = {
  "database.operator.recover.time": { operator: { recover: { server: "one" } } },
  "cluster.profile": { kind: "minikube" },
  "images.prebuilt.backend": { mode: "prebuilt", prebuilt: { frontend: "frontend:1" } },
  "images.prebuilt.frontend": { mode: "prebuilt", prebuilt: { backend: "backend:1" } },
  "database.caCertificate": { mode: "external", url: "postgresql://h/d?sslmode=verify-full" },
  "database.keepBundled": { mode: "external", url: "postgresql://h/d" },
  "network.ingressClassName": { exposure: "ingress", host: "todo.example.org" },
  "network.tlsSecretName": { exposure: "ingress", host: "todo.example.org" },
  "network.proxy.noProxy": { proxy: { url: "http://proxy:3128" } },
  "network.gatewayName": { exposure: "gateway", host: "todo.example.org" },
};

/** A value at a path, in the mode that takes it. */
function inMode(path: string, value: unknown): Values {
  const [key = ""] = path.split(".");
  return merged({ [key]: modes[path] ?? {} }, at(path, value));
}

function merged(one: Values, other: Values): Values {
  const both = Object.entries(other).map(([key, value]) => {
    const there = one[key];
    return [
      key,
      typeof there === "object" && there !== null
        ? merged(there as Values, value as Values)
        : value,
    ];
  });
  return { ...one, ...(Object.fromEntries(both) as Values) };
}

describe("a stack's settings", () => {
  for (const [given, read] of [
    ["2026-11-29T10:30:00Z", "2026-11-29T10:30:00Z"],
    // As Pulumi passes on what has no quotes in the stack file.
    ["2026-11-29 10:30:00.5 +0000 UTC", "2026-11-29T10:30:00.5Z"],
    ["2026-11-29 10:30:00 +0100 +0100", "2026-11-29T10:30:00+01:00"],
  ] as const) {
    it(`have the moment ${given}`, () => {
      const recover = { server: "one", time: given };
      const s3 = {
        ...{ endpoint: "https://s3.example.org", bucket: "todo" },
        ...{ accessKeyId: "id", secretAccessKey: "key" },
      };
      const values = {
        database: { mode: "operator", operator: { recover } },
        storage: { backup: { s3 } },
      };
      const { database } = parseSettings(values, new Set(["storage"]));
      assert.equal(database.operator.recover?.time, read);
    });
  }

  it("are the defaults where a stack says nothing", () => {
    const app = (memory: string, memoryLimit: string) => ({
      replicas: 2,
      resources: {
        requests: { cpu: "50m", memory },
        limits: { cpu: "1000m", memory: memoryLimit },
      },
      autoscaling: {
        enabled: false,
        minReplicas: 2,
        maxReplicas: 5,
        targetCPUUtilizationPercentage: 75,
        scaleDownStabilizationWindowSeconds: 300,
      },
      logLevel: "info",
      env: {},
      envFromSecrets: {},
      pods: {},
    });
    const { images, ...rest } = parseSettings({}, new Set());
    const { node, postgres, prometheus, alertmanager, ...ways } = images;

    assert.deepEqual(rest, {
      cluster: { kind: "kind", namespace: "todo-chatbot-namespace" },
      backend: { ...app("96Mi", "192Mi"), allowedOrigins: [] },
      frontend: app("64Mi", "128Mi"),
      database: {
        ...{ mode: "bundled", keepBundled: false, keepOperator: false, runAsUser: 999, pods: {} },
        operator: {
          instances: 3,
          resources: {
            requests: { cpu: "100m", memory: "256Mi" },
            limits: { cpu: "1000m", memory: "512Mi" },
          },
          archive: { enabled: false, schedule: "0 2 * * *", keepDays: 7 },
        },
      },
      pods: { healthCheckInterval: "30s", readyTimeout: "180s" },
      storage: {
        size: "1Gi",
        claimName: "todo-chatbot-data",
        accessMode: "ReadWriteOnce",
        protect: true,
        backup: {
          schedule: "0 3 * * *",
          drill: { schedule: "30 4 * * *" },
          keep: 7,
          keepDaily: 0,
          keepWeekly: 0,
          keepMonthly: 0,
          size: "1Gi",
          s3: undefined,
        },
      },
      network: {
        policies: true,
        exposure: "nodePort",
        allowNodePort: false,
        nodePort: 30080,
        mesh: "none",
        meshMutualTls: "permissive",
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
          proofHours: 60,
          scanDays: 7,
        },
        alertForPercent: 100,
        receivers: {},
      },
      secrets: { rotation: 0, existing: {} },
      telemetry: {},
      openai: {},
      smtp: { tls: "starttls" },
    });

    assert.deepEqual(ways, {
      mode: "build",
      keep: 3,
      scan: { mode: "report", failOn: "high", onlyFixed: false, accept: [] },
    });
    for (const image of [node, postgres, prometheus, alertmanager]) {
      assert.match(image, /^[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
    }
  });

  for (const accepted of [
    "manual",
    "@daily",
    "*/15 * * * *",
    "0 3 1,15 * *",
    "30 2 * JAN-MAR mon-fri",
    "0-59/5 0-23 31 12 6",
  ]) {
    it(`take the schedule "${accepted}"`, () => {
      const { storage } = parseSettings({ storage: { backup: { schedule: accepted } } }, new Set());
      assert.equal(storage.backup.schedule, accepted);
    });
  }

  it("keep what a stack sets, with defaults for the rest", () => {
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
        refusal(inMode(path, value), ["database", "network"]),
        faults(`${path} is ${JSON.stringify(value)}; it must be ${accepted}.`),
      );
    });
  }
});
