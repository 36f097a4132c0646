import assert from "node:assert/strict";

import type { V1Container, V1PodTemplateSpec } from "@kubernetes/client-node";
import { stringify } from "yaml";

import type { Manifest } from "../../lib/manifest.ts";
import { project } from "../../lib/project.ts";
import { programResources } from "../../render/program.ts";
import { contentOf } from "../../render/stack-manifests.ts";
import { Folder } from "../unit/folder.ts";
import type { Values } from "./helm.ts";
import { merge } from "./helm.ts";
import { describeWith } from "./tools.ts";

const remote: Values = {
  cluster: { kind: "remote", context: "production" },
  images: { registry: "registry.example.org/team" },
  network: { exposure: "ingress", host: "todo.example.org" },
};

/** The objects of a stack on a remote cluster. */
async function objectsOf(settings: Values): Promise<readonly Manifest[]> {
  const config = Object.entries(merge(remote, settings)).map(
    ([key, value]) => [`todo-chatbot:${key}`, value] as const,
  );
  using folder = new Folder({
    "Pulumi.remote.yaml": stringify({ config: Object.fromEntries(config) }),
  });
  const file = folder.at("Pulumi.remote.yaml");
  const resources = await programResources(project, "remote", file);
  return (await contentOf(project, "remote", resources)).objects;
}

/** The templates of all pods, by the name of their workload. */
function podsOf(objects: readonly Manifest[]): ReadonlyMap<string, V1PodTemplateSpec> {
  const templates = objects.flatMap(({ kind, metadata, ...object }) => {
    const spec = object["spec"] as { template?: unknown; jobTemplate?: { spec: object } };
    const owner = kind === "CronJob" ? spec.jobTemplate?.spec : spec;
    const template = (owner as { template?: V1PodTemplateSpec } | undefined)?.template;
    return template === undefined ? [] : [[metadata.name, template] as const];
  });
  return new Map(templates);
}

const workloads = [
  "alertmanager-deployment",
  "backend-deployment",
  "backup",
  "database-deployment",
  "frontend-deployment",
  "prometheus-deployment",
];

const tolerations = [{ key: "spot", operator: "Exists", effect: "NoSchedule" }];
const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } };

describeWith(["helm"], "a stack on a remote cluster", function () {
  this.timeout(60_000);

  describe("with settings for all pods", () => {
    let pods: ReadonlyMap<string, V1PodTemplateSpec>;

    before(async () => {
      const objects = await objectsOf({
        images: { pullSecretName: "registry" },
        pods: {
          healthCheckInterval: "10s",
          annotations: { "example.org/team": "todo" },
          nodeSelector: { pool: "apps" },
          tolerations,
          affinity,
          priorityClassName: "high",
        },
        backend: {
          pods: { nodeSelector: { pool: "fast" } },
          env: { TZ: "UTC", BUILD: 7 },
          envFromSecrets: { SENTRY_DSN: "tokens/sentry" },
        },
        database: { pods: { priorityClassName: "highest" } },
      });
      pods = podsOf(objects);
    });

    const container = (workload: string): V1Container => pods.get(workload)!.spec!.containers[0]!;

    it("has every pod where it belongs", () => {
      assert.deepEqual([...pods.keys()].sort(), workloads);
      for (const [name, { metadata, spec }] of pods) {
        const isFast = name.startsWith("backend");
        const isHighest = name.startsWith("database");
        assert.equal(metadata?.annotations?.["example.org/team"], "todo", name);
        assert.deepEqual(spec!.nodeSelector, { pool: isFast ? "fast" : "apps" }, name);
        assert.deepEqual(spec!.tolerations, tolerations, name);
        assert.deepEqual(spec!.affinity, affinity, name);
        assert.equal(spec!.priorityClassName, isHighest ? "highest" : "high", name);
      }
    });

    it("pulls the images of every pod with the Secret", () => {
      for (const [name, { spec }] of pods)
        assert.deepEqual(spec!.imagePullSecrets, [{ name: "registry" }], name);
    });

    it("checks the health of its pods at the interval", () => {
      for (const name of ["backend-deployment", "frontend-deployment", "database-deployment"])
        assert.equal(container(name).livenessProbe?.periodSeconds, 10, name);
    });

    it("gives an app its additional variables", () => {
      const added = (container("backend-deployment").env ?? []).slice(-3);
      assert.deepEqual(added, [
        { name: "TZ", value: "UTC" },
        { name: "BUILD", value: "7" },
        {
          name: "SENTRY_DSN",
          valueFrom: { secretKeyRef: { name: "tokens", key: "sentry" } },
        },
      ]);
      const names = (container("frontend-deployment").env ?? []).map(({ name }) => name);
      assert.ok(!names.includes("TZ"));
    });
  });

  it("reads existing Secrets in place of those that it creates", async () => {
    const objects = await objectsOf({
      database: { mode: "external", port: 6432 },
      secrets: { existing: { auth: "tokens", apiKeys: "keys", database: "postgres" } },
    });
    const backend = podsOf(objects).get("backend-deployment")!.spec!.containers[0]!;
    const references = (backend.env ?? []).flatMap(
      ({ valueFrom }) => valueFrom?.secretKeyRef ?? [],
    );

    assert.deepEqual(
      references.map(({ name, key }) => `${name}/${key}`),
      [
        ...["postgres/DATABASE_URL", "tokens/JWT_SECRET_KEY"],
        ...["tokens/JWT_SECRET_KEY_PREVIOUS", "keys/OPENAI_API_KEY"],
      ],
    );
    const secrets = objects.filter(({ kind }) => kind === "Secret");
    assert.deepEqual(secrets.map(({ metadata }) => metadata.name).sort(), [
      "alertmanager-config",
      "db-credentials",
    ]);
  });

  it("annotates what opens it, and has CORS and another backend where they are set", async () => {
    const objects = await objectsOf({
      network: {
        serviceAnnotations: { "example.org/service": "a" },
        ingressAnnotations: { "example.org/ingress": "b" },
      },
      backend: { allowedOrigins: ["https://a.example.org", "https://b.example.org"] },
      frontend: { apiUrl: "https://api.example.org" },
    });
    const find = (kind: string, name: string) =>
      objects.find((each) => each.kind === kind && each.metadata.name === name);

    assert.deepEqual(find("Service", "frontend-service")?.metadata.annotations, {
      "example.org/service": "a",
    });
    assert.equal(find("Service", "backend-service")?.metadata.annotations, undefined);
    assert.deepEqual(find("Ingress", "frontend-ingress")?.metadata.annotations, {
      "example.org/ingress": "b",
    });
    assert.deepEqual(find("ConfigMap", "backend-config")?.["data"], {
      ALLOWED_ORIGINS: "https://a.example.org,https://b.example.org",
    });
    assert.deepEqual(find("ConfigMap", "frontend-config")?.["data"], {
      API_URL: "https://api.example.org",
    });
  });
});
