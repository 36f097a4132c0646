import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

import { parse } from "yaml";

import { withoutHelms, withoutOthers } from "../../cli/kubernetes/field-managers.ts";
import { liveSecrets } from "../../cli/kubernetes/live-secrets.ts";
import { plainDeployment } from "../../cli/kubernetes/takeover.ts";
import type { DeployedResource } from "../../cli/pulumi/deployment.ts";
import { withRelease } from "../../cli/pulumi/deployment.ts";
import type { Seed } from "../../cli/pulumi/seed.ts";
import { seeded } from "../../cli/pulumi/seed.ts";
import { takeSettings } from "../../cli/pulumi/takeover.ts";
import { openWorkspace } from "../../cli/pulumi/workspace.ts";
import { alertmanagerConfiguration } from "../../components/monitoring/receivers.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { programResources } from "../../render/program.ts";
import { Programs, Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const generated = { databasePassword: "db", signingKey: "signing", previousKey: "previous" };
const seed: Seed = {
  ...{ stack: "dev", target, namespace: "todo", uid: "uid-1", owner: "id-1", ownedBy: "ann" },
  ...{ rotation: 0, generated, hasRelease: true },
};
const empty = { version: 3, deployment: {} };

const resourcesOf = (state: typeof empty, more: Partial<Seed> = {}) =>
  seeded(state, { ...seed, ...more }).deployment.resources ?? [];

/** The plain text of a generated secret in a state. */
function resultOf(resources: readonly DeployedResource[], name: string): unknown {
  const { outputs } = resources.find(({ urn }) => urn.endsWith(`::${name}`)) ?? {};
  return JSON.parse((outputs?.["result"] as { plaintext: string }).plaintext);
}

describe("a state that takes over a deployment", () => {
  it("has the program's names, types, parents and inputs", async () => {
    const program = await programResources(process.cwd(), "dev");
    const state = withRelease(seeded(empty, seed), "todo");

    for (const resource of state?.deployment.resources ?? []) {
      const [chain = "", name = ""] = resource.urn.split("::").slice(2);
      const types = chain.split("$");
      if (/^pulumi:pulumi:Stack$|^pulumi:providers:(random|pulumi-nodejs)$/.test(types[0] ?? "")) {
        continue;
      }
      const same = program.find((known) => known.name === name && known.type === resource.type);
      assert.ok(same, resource.urn);
      assert.equal(types.at(-1), resource.type);
      const parent = resource.parent?.split("::").at(-1);
      assert.equal(parent, same.parent || "todo-chatbot-dev");
      if (types.length > 1) {
        const above = program.find((known) => known.name === same.parent);
        assert.equal(types[0], above?.type);
      }
      if (resource.type.startsWith("random:")) assert.deepEqual(resource.inputs, same.inputs);
    }
  });

  it("has the generated secrets where the program looks for them, by the rotation", () => {
    for (const [rotation, even, odd] of [
      [0, "signing", "previous"],
      [1, "previous", "signing"],
      [2, "signing", "previous"],
    ] as const) {
      const resources = resourcesOf(empty, { rotation });
      assert.equal(resultOf(resources, "secrets-jwt-even"), even);
      assert.equal(resultOf(resources, "secrets-jwt-odd"), odd);
      assert.equal(resultOf(resources, "secrets-database"), "db");
    }
  });

  it("is complete: parents and providers come before the resources that need them", () => {
    const seen = new Set<string>();
    for (const { urn, parent, provider, id } of resourcesOf(empty)) {
      if (parent !== undefined) assert.ok(seen.has(parent), `${urn} before ${parent}`);
      if (provider !== undefined) assert.ok(seen.has(provider), `${urn} before ${provider}`);
      seen.add(urn).add(`${urn}::${id ?? ""}`);
    }
  });

  it("keeps what it had, with the new values", () => {
    const first = seeded(empty, seed);
    const [root] = first.deployment.resources ?? [];
    const other = { urn: "urn:pulumi:dev::todo-chatbot::a:b:C::d", type: "a:b:C", custom: true };
    const before = {
      ...first,
      deployment: { resources: [...(first.deployment.resources ?? []), other] },
    };

    const after = resourcesOf(before, {
      generated: { ...generated, databasePassword: "new" },
      owner: "id-2",
    });

    assert.equal(after.length, before.deployment.resources.length);
    assert.deepEqual(after[0], root);
    assert.equal(resultOf(after, "secrets-database"), "new");
    assert.equal(
      after.find(({ urn }) => urn.endsWith("cluster-identity"))?.inputs?.["owner"],
      "id-2",
    );
  });
});

describe("the secrets of a deployment", () => {
  it("are found by their keys, the receivers' in Alertmanager's configuration", () => {
    const alerts = alertmanagerConfiguration({
      webhook: { url: "http://hook" },
      slack: { url: "https://slack", channel: "#a" },
    });
    const { generated: found, settings } = liveSecrets({
      ...{
        POSTGRES_PASSWORD: "db",
        JWT_SECRET_KEY: "signing",
        JWT_SECRET_KEY_PREVIOUS: "previous",
      },
      ...{ DATABASE_URL: "postgresql://x", OPENAI_API_KEY: "", S3_ACCESS_KEY_ID: "id" },
      SMTP_PASSWORD: "mail",
      ...{ HTTPS_PROXY: "http://proxy:3128", HTTP_PROXY: "http://proxy:3128" },
      "alertmanager.yml": alerts,
      ".dockerconfigjson": JSON.stringify({ auths: { "r.example.org": { password: "pull" } } }),
    });

    assert.deepEqual(found, generated);
    assert.deepEqual(settings, {
      "database.url": "postgresql://x",
      "smtp.password": "mail",
      "storage.backup.s3.accessKeyId": "id",
      "network.proxy.url": "http://proxy:3128",
      "monitoring.receivers.webhook.url": "http://hook",
      "monitoring.receivers.slack.url": "https://slack",
      "images.pullCredentials.password": "pull",
    });
  });

  it("are generated where there are none", () => {
    const [one, two] = [liveSecrets({}).generated, liveSecrets({}).generated];

    for (const value of Object.values(one)) assert.match(value, /^[A-Za-z0-9]{48}$/);
    assert.notDeepEqual(one, two);
  });
});

describe("the managers of an object's fields", () => {
  const fields = (...managers: string[]) => managers.map((manager) => ({ manager }));
  const own = "pulumi-kubernetes-2";

  for (const [what, before, after] of [
    ["lose another state and Helm", fields("pulumi-kubernetes-1", "helm", own), fields(own)],
    [
      "keep controllers",
      fields("pulumi-kubernetes-1", own, "kube-scheduler"),
      fields(own, "kube-scheduler"),
    ],
    ["stay as they are where there is no other", fields(own, "kubectl"), undefined],
    [
      "give theirs to a state that has none yet",
      fields("pulumi-kubernetes-1", "helm", "kube-scheduler"),
      [{ manager: own, operation: "Apply" }, { manager: "kube-scheduler" }],
    ],
  ] as const) {
    it(what, () => {
      assert.deepEqual(withoutOthers(before, own), after);
    });
  }
});

describe("the labels of an object", () => {
  it("lose those of Helm that the program does not set, and no others", () => {
    const given = { name: "a", labels: { "app.kubernetes.io/part-of": "todo-chatbot" } };
    const live = {
      name: "a",
      labels: {
        "app.kubernetes.io/part-of": "todo-chatbot",
        "app.kubernetes.io/managed-by": "Helm",
        "helm.sh/chart": "todo-chatbot-1.0.0",
        "kubernetes.io/metadata.name": "a",
        note: "by hand",
      },
      annotations: {
        "helm.sh/resource-policy": "keep",
        "meta.helm.sh/release-name": "todo-chatbot",
        "pulumi.com/skipAwait": "true",
      },
    };

    assert.deepEqual(withoutHelms(given, live), {
      labels: { "app.kubernetes.io/managed-by": null, "helm.sh/chart": null },
      annotations: { "helm.sh/resource-policy": null, "meta.helm.sh/release-name": null },
    });
    assert.equal(withoutHelms(given, given), undefined);
  });
});

describe("a plain Helm installation", () => {
  const object = (kind: string, name: string, more: object = {}) => ({
    ...{ apiVersion: "v1", kind },
    metadata: { name },
    ...more,
  });
  const settingsOf = (values: object, ...objects: Manifest[]) =>
    plainDeployment({ objects, values }).settings;

  it("has settings, and objects that Helm would delete", () => {
    const secret = object("Secret", "auth-secret");
    const deployment = plainDeployment(
      {
        objects: [secret, object("PersistentVolumeClaim", "database-data")],
        values: {
          backend: { replicaCount: 3 },
          database: { mode: "bundled", bundled: { runAsUser: 70, storage: { size: "2Gi" } } },
          networkPolicy: { enabled: false },
        },
      },
      30123,
    );

    assert.deepEqual(deployment, {
      settings: {
        backend: { replicas: 3 },
        database: { runAsUser: 70 },
        network: { nodePort: 30123, policies: false },
        storage: { claimName: "database-data", size: "2Gi" },
      },
      kept: [secret],
    });
    assert.deepEqual(settingsOf({}), { database: { mode: "external" } });
  });

  it("keeps its data in place, with the Postgres image that can read it", () => {
    const image = "registry.example.org/postgres:15.1";
    const spec = { template: { spec: { containers: [{ image }] } } };

    assert.deepEqual(
      settingsOf(
        { database: { mode: "bundled", bundled: { existingClaim: "mine" } } },
        object("Deployment", "database-deployment", { spec }),
      ),
      { images: { postgres: image }, storage: { claimName: "mine" } },
    );
  });

  for (const [exposure, values, network] of [
    [
      "an Ingress",
      { ingress: { enabled: true, host: "todo.example.org", tls: { secretName: "tls" } } },
      { exposure: "ingress", host: "todo.example.org", tlsSecretName: "tls" },
    ],
    [
      "an Ingress with a certificate of cert-manager",
      {
        ingress: {
          ...{ enabled: true, host: "todo.example.org", className: "traefik" },
          tls: { enabled: true, secretName: "tls" },
          annotations: { "cert-manager.io/cluster-issuer": "letsencrypt", "example.org/a": "b" },
        },
        frontend: { config: { TRUST_PROXY: "2" } },
      },
      {
        ...{ exposure: "ingress", host: "todo.example.org", ingressClassName: "traefik" },
        ...{ tlsSecretName: "tls", clusterIssuer: "letsencrypt", trustedProxies: 2 },
        ingressAnnotations: { "example.org/a": "b" },
      },
    ],
    [
      "an Ingress that does not use its certificate",
      { ingress: { enabled: true, host: "a.org", tls: { enabled: false, secretName: "tls" } } },
      { exposure: "ingress", host: "a.org" },
    ],
    [
      "a Gateway of its own",
      {
        gateway: {
          ...{ enabled: true, hostname: "a.org", className: "traefik", parentRefs: [] },
          tls: { enabled: true, secretName: "tls" },
          annotations: { "cert-manager.io/issuer": "own" },
        },
      },
      {
        ...{ exposure: "gateway", host: "a.org", gatewayClassName: "traefik" },
        ...{ tlsSecretName: "tls", issuer: "own" },
      },
    ],
    [
      "a Gateway of another namespace, with its redirect",
      {
        gateway: {
          ...{ enabled: true, hostname: "a.org" },
          parentRefs: [{ name: "shared", namespace: "gateways", sectionName: "secure" }],
          redirectParentRefs: [{ name: "shared", namespace: "gateways", sectionName: "plain" }],
        },
      },
      {
        ...{ exposure: "gateway", host: "a.org", gatewayName: "shared" },
        ...{ gatewayNamespace: "gateways", sectionName: "secure", https: true },
        redirectSectionName: "plain",
      },
    ],
    [
      "a load balancer with annotations",
      { frontend: { service: { type: "LoadBalancer", annotations: { "example.org/a": "b" } } } },
      { exposure: "loadBalancer", serviceAnnotations: { "example.org/a": "b" } },
    ],
  ] as const) {
    it(`stays behind ${exposure}`, () => {
      assert.deepEqual(settingsOf(values)["network"], network);
    });
  }

  for (const [path, values] of [
    ["namePrefix", { namePrefix: "two-" }],
    ["fullnameOverride", { fullnameOverride: "two" }],
    ["nameOverride", { nameOverride: "two" }],
    ["database.bundled.user", { database: { bundled: { user: "two" } } }],
    ["secrets.names.auth", { secrets: { create: false, names: { auth: "two" } } }],
  ] as const) {
    it(`is refused with ${path}, which a stack does not have`, () => {
      assert.throws(() => settingsOf(values), {
        message: new RegExp(
          `^Nothing was changed\\. The release can't be taken over, because its ${path} is "two`,
        ),
      });
    });
  }
});

describe("the settings of a deployment", () => {
  it("are added if the workspace has none, with the secrets that they use", async () => {
    using home = new Folder();
    using _home = new Variable("TODO_CHATBOT_HOME", home.path);
    using _backend = new Variable("PULUMI_BACKEND_URL", pathToFileURL(home.path).href);
    const workspace = await openWorkspace("dev", { "backend.replicas": "4" });
    using pulumi = new Programs({
      // Sets values as Pulumi does, but in plain text.
      pulumi: `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
appendFileSync(process.env.CALLS, process.argv[6] + "=" + readFileSync(0, "utf8") + "\\n");
`,
    });
    using _calls = new Variable("CALLS", pulumi.at("calls"));

    const { settings } = await takeSettings(
      workspace,
      { backend: { replicas: 2, logLevel: "debug" }, network: { nodePort: 30123 } },
      {
        "openai.apiKey": "sk-1",
        "database.url": "postgresql://x",
        "storage.backup.s3.accessKeyId": "id",
      },
    );

    assert.equal(settings.backend.replicas, 4);
    assert.equal(settings.backend.logLevel, "debug");
    assert.equal(settings.network.nodePort, 30123);
    assert.equal(pulumi.read("calls"), "todo-chatbot:openai.apiKey=sk-1\n");
  });

  it("leave the workspace unchanged if they are invalid", async () => {
    using home = new Folder();
    using _home = new Variable("TODO_CHATBOT_HOME", home.path);
    const workspace = await openWorkspace("dev");
    const before = home.read("Pulumi.dev.yaml");

    await assert.rejects(takeSettings(workspace, { backend: { replicas: -1 } }, {}), /replicas/);

    assert.equal(home.read("Pulumi.dev.yaml"), before);
    assert.ok(parse(before));
  });
});
