import assert from "node:assert/strict";

import type { V1Container, V1PodTemplateSpec } from "@kubernetes/client-node";
import { stringify } from "yaml";

import type { Manifest } from "../../lib/manifest.ts";
import { project } from "../../lib/project.ts";
import { rules } from "../../policy/rules.ts";
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
  const resources = await programResources(project, "remote", { configFile: file });
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
  "backup-drill",
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
        assert.deepEqual(spec!.affinity?.nodeAffinity, affinity.nodeAffinity, name);
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
        ...["tokens/JWT_SECRET_KEY_PREVIOUS", "keys/OPENAI_API_KEY", "keys/SMTP_PASSWORD"],
      ],
    );
    const secrets = objects.filter(({ kind }) => kind === "Secret");
    assert.deepEqual(secrets.map(({ metadata }) => metadata.name).sort(), [
      "alertmanager-config",
      "db-credentials",
    ]);
  });

  describe("with HTTPS", () => {
    const route = { exposure: "gateway", host: "todo.example.org" };
    const shared = { ...route, gatewayName: "shared", gatewayNamespace: "gateways" };
    const opened = async (network: Values) => {
      const objects = await objectsOf({ network });
      const find = (kind: string, name: string) =>
        objects.find((each) => each.kind === kind && each.metadata.name === `frontend-${name}`);
      const spec = (kind: string, name: string) => find(kind, name)?.["spec"] as Values | undefined;
      return { find, spec };
    };

    for (const [issuer, annotation] of [
      ["clusterIssuer", "cert-manager.io/cluster-issuer"],
      ["issuer", "cert-manager.io/issuer"],
    ] as const) {
      it(`has the certificate of an Ingress from the ${issuer} of cert-manager`, async () => {
        const { find, spec } = await opened({ [issuer]: "letsencrypt" });

        assert.deepEqual(spec("Ingress", "ingress")?.["tls"], [
          { hosts: ["todo.example.org"], secretName: "frontend-tls" },
        ]);
        assert.deepEqual(find("Ingress", "ingress")?.metadata.annotations, {
          [annotation]: "letsencrypt",
        });
      });
    }

    it("has it issued into the Secret that is named, beside other annotations", async () => {
      const { find, spec } = await opened({
        ...{ clusterIssuer: "letsencrypt", tlsSecretName: "todo-tls" },
        ingressAnnotations: { "example.org/a": "b" },
      });

      const [tls] = spec("Ingress", "ingress")?.["tls"] as Values[];
      assert.equal(tls?.["secretName"], "todo-tls");
      assert.deepEqual(find("Ingress", "ingress")?.metadata.annotations, {
        "cert-manager.io/cluster-issuer": "letsencrypt",
        "example.org/a": "b",
      });
    });

    it("creates a Gateway with a certificate, and redirects to it", async () => {
      const { find, spec } = await opened({
        ...{ ...route, gatewayClassName: "cilium", clusterIssuer: "letsencrypt" },
      });

      assert.deepEqual(find("Gateway", "gateway")?.metadata.annotations, {
        "cert-manager.io/cluster-issuer": "letsencrypt",
      });
      const listeners = spec("Gateway", "gateway")?.["listeners"] as Values[];
      assert.deepEqual(
        listeners.map(({ port, tls }) => [port, (tls as Values | undefined)?.["certificateRefs"]]),
        [
          [80, undefined],
          [443, [{ name: "frontend-tls" }]],
        ],
      );
      const parents = (name: string) => spec("HTTPRoute", name)?.["parentRefs"];
      assert.deepEqual(parents("route"), [{ name: "frontend-gateway", sectionName: "https" }]);
      assert.deepEqual(parents("redirect"), [{ name: "frontend-gateway", sectionName: "http" }]);
    });

    it("attaches to the HTTPS listener of a Gateway, and redirects from its HTTP listener", async () => {
      const { find, spec } = await opened({
        ...{ ...shared, https: true, sectionName: "https", redirectSectionName: "http" },
      });

      const parent = { name: "shared", namespace: "gateways" };
      assert.deepEqual(spec("HTTPRoute", "route")?.["parentRefs"], [
        { ...parent, sectionName: "https" },
      ]);
      const { parentRefs, hostnames, rules } = spec("HTTPRoute", "redirect") ?? {};
      assert.deepEqual(parentRefs, [{ ...parent, sectionName: "http" }]);
      assert.deepEqual(hostnames, ["todo.example.org"]);
      assert.deepEqual(rules, [
        {
          filters: [
            {
              type: "RequestRedirect",
              requestRedirect: { scheme: "https", statusCode: 301 },
            },
          ],
        },
      ]);
      assert.equal(find("Gateway", "gateway"), undefined);
    });

    it("redirects nothing where nothing is redirected", async () => {
      const { find } = await opened({ ...shared, https: true });

      assert.equal(find("HTTPRoute", "redirect"), undefined);
    });

    for (const [network, proxies] of [
      [{}, "1"],
      [{ trustedProxies: 2 }, "2"],
      [{ exposure: "loadBalancer" }, undefined],
      [{ exposure: "loadBalancer", trustedProxies: 1 }, "1"],
    ] as const) {
      it(`trusts ${proxies ?? "no"} proxies with ${JSON.stringify(network)}`, async () => {
        const config = (await opened(network)).find("ConfigMap", "config")?.["data"] as Values;
        assert.equal(config["TRUST_PROXY"], proxies);
      });
    }
  });

  it("keeps the policies with a port on its nodes that is allowed, and only then", async () => {
    const objects = await objectsOf({ network: { exposure: "nodePort", allowNodePort: true } });
    const rule = rules.find(({ name }) => name === "no-node-port");
    const violations = () => [
      ...rule!.check({ objects, resources: [], cluster: "remote/production" }, {}),
    ];

    assert.deepEqual(violations(), []);
    const service = objects.find(({ metadata }) => metadata.name === "frontend-service");
    Reflect.deleteProperty(service!.metadata, "annotations");
    assert.equal(violations().length, 1);
  });

  it("gives all its Services both IP families where the settings say so", async () => {
    const families = { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6", "IPv4"] };
    const ofServices = async (network: Values) =>
      (await objectsOf({ network, monitoring: { mode: "operator" } }))
        .filter(({ kind }) => kind === "Service")
        .map(({ metadata, spec }) => {
          const { ipFamilyPolicy, ipFamilies } = spec as Values;
          return [metadata.name, { ipFamilyPolicy, ipFamilies }] as const;
        });

    const services = await ofServices(families);
    assert.equal(services.length, 4);
    for (const [name, given] of services) assert.deepEqual(given, families, name);
    const none = { ipFamilyPolicy: undefined, ipFamilies: undefined };
    for (const [name, given] of await ofServices({})) assert.deepEqual(given, none, name);
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
      TRUST_PROXY: "1",
    });
  });
});
