import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { chartHash } from "../../components/release/chart-hash.ts";
import type { ChatbotReleaseArgs } from "../../components/release/release.ts";
import { ChatbotRelease } from "../../components/release/release.ts";
import { AppSecrets } from "../../components/secrets/secrets.ts";
import type { EngineOptions } from "./engine.ts";
import { all, isSecret, only, plain, registered, settle, startEngine, valueOf } from "./engine.ts";

const releaseType = "kubernetes:helm.sh/v3:Release";
const digest = `sha256:${"0a".repeat(32)}`;

type Json = Readonly<Record<string, unknown>>;

const app = {
  replicas: 2,
  resources: {
    requests: { cpu: "50m", memory: "96Mi" },
    limits: { cpu: "1000m", memory: "192Mi" },
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
} as const;
const usual: Omit<ChatbotReleaseArgs, "provider"> = {
  namespace: "todo-chatbot-namespace",
  backend: {
    ...app,
    allowedOrigins: [],
    image: { repository: "todo-chatbot-backend", tag: "3f9c", digest: "" },
  },
  frontend: { ...app, image: { repository: "todo-chatbot-frontend", tag: "a1b2", digest: "" } },
  secretNames: {
    "db-credentials": "db-credentials",
    "database-secret": "database-secret",
    "api-keys-secret": "api-keys-secret",
    "auth-secret": "auth-secret",
  },
  secretsRevision: "0123456789ab",
  database: {
    mode: "bundled",
    image: `postgres:17@${digest}`,
    runAsUser: 999,
    claimName: "todo-chatbot-data",
    nodeSelector: { disk: "here" },
    keepBundled: false,
    keepOperator: false,
    operator: {
      ...{ instances: 3, resources: app.resources },
      archive: { enabled: false, schedule: "0 2 * * *", keepDays: 7 },
    },
    pods: {},
  },
  pods: { healthCheckInterval: "30s", readyTimeout: "180s" },
  backup: {
    ...{ keep: 7, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 },
    ...{ schedule: "0 3 * * *", drill: { schedule: "30 4 * * *" } },
    ...{ dataSize: "2Gi", claimName: "todo-chatbot-backups" },
  },
  network: {
    policies: true,
    exposure: "nodePort",
    allowNodePort: false,
    nodePort: 30080,
    mesh: "none",
    meshMutualTls: "permissive",
  },
  nodePortHost: "localhost",
  telemetry: {},
  openai: {},
  smtp: { tls: "starttls" as const },
};

type Args = Partial<typeof usual>;

/** Registers the release, and waits until all of it is. */
async function release(args: Args = {}, engine: EngineOptions = {}): Promise<ChatbotRelease> {
  await startEngine(engine);
  const provider = new k8s.Provider("provider");
  const made = new ChatbotRelease("release", { ...usual, ...args }, { provider });
  await settle();
  return made;
}

/** The values that the chart gets. */
async function values(args: Args = {}): Promise<Json> {
  await release(args);
  return only(releaseType).inputs["values"] as Json;
}

type Network = ChatbotReleaseArgs["network"];
type Change<T> = T extends unknown ? Partial<T> : never;

const network = (change: Change<Network>) => ({
  network: { ...usual.network, ...change } as Network,
});

/** The chart's values for the bundled database. */
const bundled = {
  image: { repository: "postgres", tag: "17", digest },
  runAsUser: 999,
  existingClaim: "todo-chatbot-data",
  nodeSelector: { disk: "here" },
};

describe("ChatbotRelease", () => {
  it("changes when the chart does, and when a secret does", async () => {
    const { chartHash: hash, secretsRevision } = await values();

    assert.equal(hash, chartHash("charts/todo-chatbot"));
    assert.equal(secretsRevision, "0123456789ab");
  });

  it("is rolled back when its pods are not ready in time", async () => {
    await release({ pods: { healthCheckInterval: "30s", readyTimeout: "600s" } });
    const { atomic, timeout } = only(releaseType).inputs;
    assert.deepEqual({ atomic, timeout }, { atomic: true, timeout: 600 });
  });

  it("pulls its images with the given Secrets", async () => {
    assert.deepEqual((await values())["imagePullSecrets"], []);
    const { imagePullSecrets } = await values({ pullSecrets: ["registry"] });
    assert.deepEqual(imagePullSecrets, ["registry"]);
  });

  it("passes on the settings of each workload", async () => {
    const { backend, frontend } = await values({
      backend: {
        ...usual.backend,
        replicas: 3,
        autoscaling: {
          enabled: true,
          minReplicas: 3,
          maxReplicas: 9,
          targetCPUUtilizationPercentage: 60,
          scaleDownStabilizationWindowSeconds: 60,
        },
        logLevel: "debug",
        resources: {
          requests: { cpu: "100m", memory: "128Mi" },
          limits: { cpu: "2000m", memory: "1Gi" },
        },
      },
      openai: {
        baseUrl: "https://models.example.org/v1",
        model: "small",
        firstByteTimeout: "2m",
      },
      smtp: { host: "smtp.example.org", port: 2525, tls: "starttls", from: "todo@example.org" },
      network: { ...usual.network, publicUrl: "https://todo.example.org" },
      database: { ...usual.database, poolSize: 4 },
    });

    assert.deepEqual(backend, {
      image: { repository: "todo-chatbot-backend", tag: "3f9c", digest: "" },
      replicaCount: 3,
      resources: {
        requests: { cpu: "100m", memory: "128Mi" },
        limits: { cpu: "2000m", memory: "1Gi" },
      },
      autoscaling: {
        enabled: true,
        minReplicas: 3,
        maxReplicas: 9,
        targetCPUUtilizationPercentage: 60,
        scaleDownStabilizationWindowSeconds: 60,
      },
      config: {
        ALLOWED_ORIGINS: "",
        OPENAI_BASE_URL: "https://models.example.org/v1",
        OPENAI_MODEL: "small",
        OPENAI_FIRST_BYTE_TIMEOUT: "2m",
        DATABASE_POOL_SIZE: "4",
        DATABASE_REPLICA_HOST: "",
        PUBLIC_URL: "https://todo.example.org",
        SMTP_HOST: "smtp.example.org",
        SMTP_PORT: "2525",
        SMTP_TLS: "starttls",
        SMTP_USER: "",
        SMTP_FROM: "todo@example.org",
        SMTP_CA_CERTIFICATE: "",
        LOG_LEVEL: "debug",
      },
    });
    const { image, replicaCount, config } = frontend as Record<string, Json>;
    assert.deepEqual(
      { image, replicaCount, config },
      {
        image: { repository: "todo-chatbot-frontend", tag: "a1b2", digest: "" },
        replicaCount: 2,
        config: { API_URL: "", TRUST_PROXY: "" },
      },
    );
  });

  for (const [url, port] of [
    ["postgresql://me:hunter2@db.example.org:6543/todo", 6543],
    ["postgresql://me:hunter2@db.example.org/todo?sslmode=require", 5432],
  ] as const) {
    it(`tells of an external database nothing but its port, ${port}`, async () => {
      const given = await values({
        database: { ...usual.database, mode: "external", url: pulumi.secret(url) },
      });

      // No claim either: the chart refuses one that nothing would use.
      assert.deepEqual(given["database"], {
        mode: "external",
        port,
        caCertificate: "",
        keepBundled: false,
      });
      assert.doesNotMatch(JSON.stringify(only(releaseType).inputs), /hunter2|example/);
    });
  }

  it("takes the port of an external database whose URL is in a Secret from the settings", async () => {
    for (const port of [undefined, 6543]) {
      const given = await values({ database: { ...usual.database, mode: "external", port } });
      assert.equal((given["database"] as Json)["port"], port);
    }
  });

  it("has both databases during a move, and the CA bundle of the external one", async () => {
    const { database } = await values({
      database: {
        ...usual.database,
        mode: "external",
        url: pulumi.secret("postgresql://me:hunter2@db.example.org/todo?sslmode=verify-full"),
        caCertificate: "PEM",
        keepBundled: true,
      },
    });

    assert.deepEqual(database, {
      mode: "external",
      port: 5432,
      caCertificate: "PEM",
      keepBundled: true,
      bundled,
    });
  });

  it("finds an operator's database in the namespace, and its CA in a Secret", async () => {
    const { database } = await values({
      database: { ...usual.database, mode: "operator", keepOperator: false },
    });

    assert.deepEqual(database, {
      mode: "external",
      port: 5432,
      caSecret: "database-ca",
      podSelector: { "cnpg.io/cluster": "database" },
      keepBundled: false,
    });
  });

  it("carries no secret value, and nothing encrypted", async () => {
    await startEngine();
    const provider = new k8s.Provider("provider");
    const databaseUrl = pulumi.secret("postgresql://me:hunter2@db.example.org:6543/todo");
    const proxyUrl = pulumi.secret("http://me:hunter2@proxy.example.org:3128");
    const secrets = new AppSecrets(
      "secrets",
      {
        namespace: usual.namespace,
        databaseUrl,
        openaiApiKey: pulumi.secret("sk-from-the-stack"),
        smtpPassword: pulumi.secret("mail-from-the-stack"),
        existing: {},
        proxyUrl,
        rotation: 1,
        protect: false,
      },
      { provider },
    );
    new ChatbotRelease(
      "release",
      {
        ...usual,
        secretNames: secrets.names,
        proxySecretName: secrets.proxySecretName,
        secretsRevision: secrets.revision,
        network: { ...usual.network, proxy: { url: proxyUrl, noProxy: "models.ai" } },
        database: { ...usual.database, mode: "external", url: databaseUrl },
      },
      { provider },
    );
    await settle();

    const { inputs } = only(releaseType);
    for (const input of Object.values(inputs)) assert.ok(!isSecret(input));
    const text = JSON.stringify(inputs);
    const confidential = all("kubernetes:core/v1:Secret").flatMap(({ inputs: { stringData } }) =>
      Object.entries(plain(stringData) as Record<string, string>).flatMap(([name, value]) =>
        ["POSTGRES_USER", "POSTGRES_DB"].includes(name) ? [] : [value],
      ),
    );
    assert.equal(confidential.length, 8);
    assert.deepEqual((inputs["values"] as Json)["proxy"], {
      ...{ existingSecret: "proxy-secret", port: 3128, noProxy: "models.ai" },
    });
    for (const value of [...confidential, "hunter2"]) assert.ok(!text.includes(value));
  });

  for (const [exposure, type, nodePort] of [
    ["nodePort", "NodePort", 30080],
    ["loadBalancer", "LoadBalancer", null],
    ["ingress", "ClusterIP", null],
    ["gateway", "ClusterIP", null],
  ] as const) {
    it(`opens the frontend by a ${type} Service for exposure ${exposure}`, async () => {
      const given = await values(network({ exposure, host: "todo.example.org" }));

      assert.deepEqual((given["frontend"] as Json)["service"], { type, nodePort });
      assert.ok(!("service" in (given["backend"] as Json)));
      assert.deepEqual(
        ["ingress", "gateway"].filter((key) => key in given),
        ["ingress", "gateway"].filter((key) => key === exposure),
      );
    });
  }

  it("routes through an Ingress with its class, host and certificate", async () => {
    const { ingress } = await values(
      network({
        exposure: "ingress",
        host: "todo.example.org",
        ingressClassName: "traefik",
        tlsSecretName: "t",
      }),
    );

    assert.deepEqual(ingress, {
      enabled: true,
      className: "traefik",
      host: "todo.example.org",
      tls: { enabled: true, secretName: "t" },
      annotations: {},
    });
  });

  it("routes through the Gateway that the stack names", async () => {
    const { gateway, ingress } = await values(
      network({ exposure: "gateway", host: "todo.example.org", gatewayName: "public" }),
    );

    assert.deepEqual(gateway, {
      enabled: true,
      parentRefs: [{ name: "public" }],
      hostname: "todo.example.org",
    });
    assert.equal(ingress, undefined);
  });

  it("passes on policies and mesh", async () => {
    const settings = { policies: false, mesh: "linkerd", meshMutualTls: "strict" } as const;
    const { networkPolicy, mesh } = await values(network(settings));

    assert.deepEqual(networkPolicy, { enabled: false });
    assert.deepEqual(mesh, { mode: "linkerd", mutualTls: "strict" });
  });

  it("lets in an operator's Prometheus where there is one", async () => {
    const labels = { release: "prometheus" };
    const metricRelabelings = [{ action: "drop" }];
    const { metrics, networkPolicy } = await values({
      prometheus: { namespace: "monitoring", labels, metricRelabelings },
    });

    assert.deepEqual(metrics, { serviceMonitor: { enabled: true, labels, metricRelabelings } });
    assert.deepEqual(networkPolicy, {
      enabled: true,
      prometheus: {
        namespace: "monitoring",
        podLabels: { "app.kubernetes.io/name": "prometheus" },
      },
    });
  });
});

describe("the URL of the web UI", () => {
  const cases: readonly (readonly [what: string, args: Args, url: string])[] = [
    ["a NodePort", {}, "http://localhost:30080"],
    ["a NodePort of IPv6 nodes", { nodePortHost: "fd00::2" }, "http://[fd00::2]:30080"],
    [
      "another NodePort of a node",
      { ...network({ nodePort: 31000 }), nodePortHost: "192.168.49.2" },
      "http://192.168.49.2:31000",
    ],
    [
      "a NodePort while no cluster is reachable",
      { nodePortHost: undefined },
      "http://<no address yet>:30080",
    ],
    [
      "an Ingress",
      network({ exposure: "ingress", host: "todo.example.org" }),
      "http://todo.example.org",
    ],
    [
      "an Ingress with a certificate",
      network({ exposure: "ingress", host: "todo.example.org", tlsSecretName: "t" }),
      "https://todo.example.org",
    ],
    [
      "a Gateway",
      network({ exposure: "gateway", host: "todo.example.org", gatewayName: "public" }),
      "http://todo.example.org",
    ],
    [
      "an HTTPS listener of a Gateway",
      network({ exposure: "gateway", host: "todo.example.org", gatewayName: "g", https: true }),
      "https://todo.example.org",
    ],
    [
      "a Gateway that is created",
      network({ exposure: "gateway", host: "todo.example.org", gatewayClassName: "c" }),
      "http://todo.example.org",
    ],
    [
      "a Gateway that is created with a certificate",
      network({
        ...{ exposure: "gateway", host: "todo.example.org", gatewayClassName: "c" },
        issuer: "own",
      }),
      "https://todo.example.org",
    ],
    [
      "an Ingress with an issued certificate",
      network({ exposure: "ingress", host: "todo.example.org", clusterIssuer: "letsencrypt" }),
      "https://todo.example.org",
    ],
  ];
  for (const [what, args, url] of cases) {
    it(`is ${url} for ${what}`, async () => {
      assert.equal(await valueOf((await release(args)).url), url);
    });
  }

  for (const [what, status, url] of [
    [
      "its host name",
      { loadBalancer: { ingress: [{ hostname: "lb.example.org" }] } },
      "http://lb.example.org",
    ],
    ["its address", { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } }, "http://203.0.113.7"],
    [
      "its IPv6 address",
      { loadBalancer: { ingress: [{ ip: "2001:db8::7" }] } },
      "http://[2001:db8::7]",
    ],
    ["nothing yet", { loadBalancer: {} }, "http://<no address yet>"],
  ] as const) {
    it(`is ${url} for a load balancer that tells ${what}`, async () => {
      const made = await release(network({ exposure: "loadBalancer" }), {
        outputs: { "frontend-service": { status } },
      });

      assert.equal(await valueOf(made.url), url);
      const { read, provider } = only("kubernetes:core/v1:Service");
      assert.deepEqual({ read, provider }, { read: true, provider: "provider" });
    });
  }

  it("asks the cluster for nothing unless a load balancer is wanted", async () => {
    await release();

    assert.deepEqual(
      registered.filter(({ read }) => read),
      [],
    );
  });
});
