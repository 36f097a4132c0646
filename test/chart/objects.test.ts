import assert from "node:assert/strict";

import type { V1Container } from "@kubernetes/client-node";

import type { Manifest, Values } from "./helm.ts";
import { at, bundled, existing, external, merge, names, pick, render, renderText } from "./helm.ts";
import { describeWith } from "./tools.ts";

const kinds = (manifests: readonly Manifest[], ...wanted: readonly string[]) =>
  names(manifests.filter(({ kind }) => wanted.includes(kind)));

const template = (manifests: readonly Manifest[], deployment: string) =>
  pick(manifests, "Deployment", deployment).spec?.template;

const container = (manifests: readonly Manifest[], deployment: string) =>
  template(manifests, deployment)!.spec!.containers[0]!;

interface ServiceMonitor {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly {
      readonly targetPort: string;
      readonly relabelings: unknown;
      readonly metricRelabelings?: unknown;
    }[];
  };
}

describeWith(["helm"], "the chart", () => {
  describe("objects", () => {
    it("have the names that others rely on", () => {
      const manifests = render(bundled);
      assert.deepEqual(kinds(manifests, "ConfigMap", "Deployment", "Secret", "Service"), [
        "ConfigMap/app-config",
        "ConfigMap/backend-config",
        "ConfigMap/frontend-config",
        "Deployment/backend-deployment",
        "Deployment/database-deployment",
        "Deployment/frontend-deployment",
        "Secret/api-keys-secret",
        "Secret/auth-secret",
        "Secret/database-secret",
        "Secret/db-credentials",
        "Service/backend-pods",
        "Service/backend-service",
        "Service/database-service",
        "Service/frontend-service",
      ]);
    });

    it("tell the version of an app by its image, and no selector does", () => {
      const key = "app.kubernetes.io/version";
      const digest = `sha256:${"ab".repeat(32)}`;
      for (const [image, version] of [
        [{ tag: "3f1c0a9b8d7e" }, "3f1c0a9b8d7e"],
        // A number to some parsers.
        [{ tag: "90e420898015" }, "90e420898015"],
        [{ tag: "3f1c0a9b8d7e", digest }, "3f1c0a9b8d7e"],
        [{ tag: "", digest }, `sha256-${"ab".repeat(28)}`],
        [{ tag: `${"v".repeat(62)}.1` }, "v".repeat(62)],
      ] as const) {
        const manifests = render(merge(bundled, { backend: { image } }));
        const { metadata, spec } = pick(manifests, "Deployment", "backend-deployment");
        assert.equal(metadata?.labels?.[key], version);
        assert.equal(spec?.template.metadata?.labels?.[key], version);
        assert.equal(spec.selector.matchLabels?.[key], undefined);
        const service = pick(manifests, "Service", "backend-service");
        assert.equal(service.metadata?.labels?.[key], "latest");
        assert.equal(service.spec?.selector?.[key], undefined);
      }
    });

    it("are the same in every rendering of the same values", () => {
      assert.equal(renderText(bundled), renderText(bundled));
    });

    it("hold nothing of a database that is elsewhere", () => {
      assert.deepEqual(
        names(render(external)).filter((name) => /database-(?!secret)|db-/.test(name)),
        [],
      );
    });

    it("hold both databases when it is told to keep the bundled one, and connect to the other", () => {
      const values = { database: { keepBundled: true, bundled: { password: "hidden" } } };
      const manifests = render(merge(external, values));
      const ofBundled = (name: string) => /database-(?!secret)|db-/.test(name);
      assert.deepEqual(
        names(manifests).filter(ofBundled).sort(),
        names(render(bundled)).filter(ofBundled).sort(),
      );
      const secret = pick(manifests, "Secret", "database-secret");
      assert.match(JSON.stringify(secret), /db\.example\.com/);
    });

    it("give the backend, and it alone, the authority of an external database", () => {
      const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
      const values = merge(external, at("database.caCertificate", certificate));
      const manifests = render(values);
      assert.deepEqual(pick(manifests, "ConfigMap", "database-ca").data, {
        "database-ca.pem": certificate,
      });
      const { env, volumeMounts } = container(manifests, "backend-deployment");
      const file = env?.find(({ name }) => name === "PGSSLROOTCERT")?.value;
      assert.equal(file, "/certificates/database-ca.pem");
      assert.ok(volumeMounts?.some(({ mountPath }) => mountPath === "/certificates"));
      assert.ok(
        !JSON.stringify(container(manifests, "frontend-deployment")).includes("certificates"),
      );
    });

    it("let the backend read the latest scan, which is no part of the release", () => {
      const manifests = render(merge(bundled, at("namePrefix", "a-")));
      const { volumes } = template(manifests, "a-backend-deployment")?.spec ?? {};
      assert.deepEqual(volumes?.find(({ name }) => name === "scan")?.configMap, {
        name: "a-image-scan",
        optional: true,
      });
      const { volumeMounts } = container(manifests, "a-backend-deployment");
      assert.ok(volumeMounts?.some(({ mountPath }) => mountPath === "/scan"));
      assert.ok(!names(manifests).some((name) => name.includes("image-scan")));
    });

    it("hold no Secret when they exist already", () => {
      assert.deepEqual(kinds(render(existing), "Secret", "PersistentVolumeClaim"), []);
    });

    it("show a secret in Secrets alone", () => {
      const secrets = ["database-password", "signing-key-of", "old-key-of", "sk-secret"];
      const values = merge(bundled, {
        apiKeys: {
          openaiApiKey: "sk-secret",
          jwtSecretKeyPrevious: "old-key-of-at-least-32-characters-0000",
        },
      });
      const manifests = render(values);
      const others = JSON.stringify(manifests.filter(({ kind }) => kind !== "Secret"));
      assert.deepEqual(
        secrets.filter((secret) => others.includes(secret)),
        [],
      );
      const inside = JSON.stringify(manifests.filter(({ kind }) => kind === "Secret"));
      assert.deepEqual(
        secrets.filter((secret) => !inside.includes(secret)),
        [],
      );
    });

    it("of two releases in one namespace have nothing in common", () => {
      const first = render(bundled, { name: "one" });
      const second = render(merge(bundled, { namePrefix: "two-" }), { name: "two" });
      const shared = names(first).filter((name) => names(second).includes(name));
      assert.deepEqual(shared, []);

      const selectors = JSON.stringify(second).matchAll(/"matchLabels":(\{[^}]*\})/g);
      for (const [, text = ""] of selectors) {
        const labels = JSON.parse(text) as Record<string, string>;
        // What the policies let in from elsewhere is no pod of either release.
        if (labels["app.kubernetes.io/component"] === "prometheus" || !isOurs(labels)) continue;
        assert.equal(labels["app.kubernetes.io/instance"], "two", text);
      }
      assert.equal(
        pick(second, "ConfigMap", "two-frontend-config").data?.API_URL,
        "http://two-backend-service",
      );
    });

    it("take fullnameOverride as their prefix, before namePrefix", () => {
      const both = { fullnameOverride: "three", namePrefix: "two-" };
      const prefixed = names(render(merge(bundled, both)));
      assert.deepEqual(
        prefixed,
        names(render(bundled)).map((name) => name.replace("/", "/three-")),
      );
    });

    it("take nameOverride as a label in every selector, and in no name", () => {
      const overridden = render(merge(bundled, { nameOverride: "assistant" }));
      assert.deepEqual(names(overridden), names(render(bundled)));
      assert.equal(
        pick(overridden, "Deployment", "backend-deployment").spec?.selector.matchLabels?.[
          "app.kubernetes.io/name"
        ],
        "assistant",
      );
      assert.ok(!JSON.stringify(overridden).includes('"app.kubernetes.io/name":"todo-chatbot"'));
    });

    it("are the same in two namespaces but for the namespace", () => {
      const [one, two] = ["one", "two"].map((namespace) => renderText(existing, { namespace }));
      assert.equal(one!.replaceAll("namespace: one", "namespace: two"), two);
    });
  });

  describe("Services", () => {
    const apiPodsUrl = (manifests: Parameters<typeof container>[0]) =>
      container(manifests, "frontend-deployment").env?.find(({ name }) => name === "API_PODS_URL")
        ?.value;
    const ports = (values: Values, name: string) => {
      const { spec } = pick(render(values), "Service", name);
      const [{ port, targetPort, nodePort } = {} as never] = spec?.ports ?? [];
      return { type: spec?.type, port, targetPort, nodePort, affinity: spec?.sessionAffinity };
    };

    it("lead from port 80 to the containers' ports", () => {
      assert.deepEqual(ports(bundled, "backend-service"), {
        type: "ClusterIP",
        port: 80,
        targetPort: "http",
        nodePort: undefined,
        affinity: "None",
      });
      assert.equal(ports(bundled, "frontend-service").type, "NodePort");
      const manifests = render(bundled);
      assert.equal(container(manifests, "backend-deployment").ports?.[0]?.containerPort, 8000);
      assert.equal(container(manifests, "frontend-deployment").ports?.[0]?.containerPort, 3000);
    });

    it("take another port along the whole way", () => {
      const manifests = render(
        merge(bundled, at("backend.service", { port: 8080, targetPort: 9000 })),
      );
      const backend = container(manifests, "backend-deployment");
      assert.equal(backend.ports?.[0]?.containerPort, 9000);
      assert.deepEqual(backend.env?.[0], { name: "PORT", value: "9000" });
      assert.equal(
        pick(manifests, "ConfigMap", "frontend-config").data?.API_URL,
        "http://backend-service:8080",
      );
    });

    it("give the frontend the backend's pods one by one, which it takes in turn", () => {
      const manifests = render(merge(bundled, at("backend.service", { targetPort: 9000 })));
      const { spec } = pick(manifests, "Service", "backend-pods");
      assert.equal(spec?.clusterIP, "None");
      assert.deepEqual(spec.selector, pick(manifests, "Service", "backend-service").spec?.selector);
      assert.deepEqual(apiPodsUrl(manifests), "http://backend-pods:9000");
      assert.deepEqual(spec.ports, [{ name: "http", port: 9000, targetPort: "http" }]);
    });

    it("leave that to sidecars, and to another API that the frontend is given", () => {
      for (const values of [
        at("mesh.mode", "linkerd"),
        at("mesh.mode", "istio"),
        at("frontend.config.API_URL", "http://elsewhere"),
      ]) {
        const manifests = render(merge(bundled, values));
        assert.equal(apiPodsUrl(manifests), undefined);
        assert.ok(!names(manifests).includes("Service/backend-pods"));
      }
    });

    it("lead to no metrics of the frontend, which have a port of their own", () => {
      const manifests = render(merge(bundled, at("metrics.frontendPort", 9999)));
      const { ports: open, env } = container(manifests, "frontend-deployment");
      assert.deepEqual(open, [
        { name: "http", containerPort: 3000 },
        { name: "metrics", containerPort: 9999 },
      ]);
      assert.ok(env?.some(({ name, value }) => name === "METRICS_PORT" && value === "9999"));
      const targets = (service: string) =>
        pick(manifests, "Service", service).spec?.ports?.map(({ targetPort }) => targetPort);
      assert.deepEqual(targets("frontend-service"), ["http"]);
    });

    for (const [route, on] of [
      ["ingress", true],
      ["gateway", true],
      ["neither", false],
    ] as const) {
      it(`${on ? "lead" : "do not lead"} the frontend to trust one proxy with ${route}`, () => {
        const values =
          route === "ingress"
            ? at("ingress.enabled", true)
            : route === "gateway"
              ? merge(at("gateway.enabled", true), at("gateway.parentRefs", [{ name: "main" }]))
              : {};
        const { data } = pick(render(merge(bundled, values)), "ConfigMap", "frontend-config");
        assert.equal(data?.["TRUST_PROXY"], on ? "1" : undefined);
      });
    }

    it("name their protocol to a mesh, and to nobody else", () => {
      const protocols = (mode: string) =>
        render(merge(bundled, { mesh: { mode } }))
          .filter(({ kind }) => kind === "Service")
          .map(({ metadata }) => metadata.name)
          .map(
            (name) =>
              pick(render(merge(bundled, { mesh: { mode } })), "Service", name).spec?.ports?.[0]
                ?.appProtocol,
          );
      assert.deepEqual(new Set(protocols("none")), new Set([undefined]));
      assert.deepEqual(protocols("istio"), ["http", "tcp", "http"]);
    });
  });

  describe("ServiceMonitors", () => {
    it("lead to the port of the pods that shows metrics, and name the component", () => {
      const labels = { release: "kube-prometheus-stack" };
      const metricRelabelings = [{ action: "drop", sourceLabels: ["__name__"], regex: "a" }];
      const serviceMonitor = { enabled: true, labels, metricRelabelings };
      const manifests = render(merge(bundled, at("metrics.serviceMonitor", serviceMonitor)));

      for (const [component, port] of [
        ["backend", 8000],
        ["frontend", 9100],
      ] as const) {
        const monitor = manifests.find(({ metadata }) => metadata.name === `${component}-monitor`);
        const { spec } = monitor as unknown as ServiceMonitor;
        const main = container(manifests, `${component}-deployment`);
        const service = pick(manifests, "Service", `${component}-service`);

        assert.equal(monitor?.metadata.labels?.release, "kube-prometheus-stack");
        for (const [label, value] of Object.entries(spec.selector.matchLabels)) {
          assert.equal(service.metadata?.labels?.[label], value);
        }
        const [endpoint] = spec.endpoints;
        const read = main.ports?.find(({ name }) => name === endpoint?.targetPort);
        assert.equal(read?.containerPort, port);
        assert.deepEqual(endpoint?.metricRelabelings, metricRelabelings);
        assert.deepEqual(endpoint.relabelings, [
          {
            sourceLabels: ["__meta_kubernetes_service_label_app_kubernetes_io_component"],
            targetLabel: "component",
          },
        ]);
      }
    });

    it("are not there unless they are asked for", () => {
      assert.ok(!names(render(bundled)).some((name) => name.startsWith("ServiceMonitor/")));
    });
  });

  describe("environment", () => {
    it("comes from ConfigMaps, with empty settings left out", () => {
      const manifests = render(merge(bundled, at("backend.config.OPENAI_MODEL", "small")));
      assert.deepEqual(pick(manifests, "ConfigMap", "app-config").data, {
        NODE_ENV: "production",
        LOG_LEVEL: "info",
        HEALTH_CHECK_INTERVAL: "30s",
      });
      assert.deepEqual(pick(manifests, "ConfigMap", "backend-config").data, {
        OPENAI_MODEL: "small",
      });
    });

    it("lets a part override what is shared", () => {
      const sources = container(render(bundled), "backend-deployment").envFrom;
      assert.deepEqual(
        sources?.map(({ configMapRef }) => configMapRef?.name),
        ["app-config", "backend-config"],
      );
    });

    it("gives secrets to the backend alone, from Secrets of any name", () => {
      const manifests = render(
        merge(existing, {
          secrets: { names: { database: "a", apiKeys: "b", auth: "c", dbCredentials: "d" } },
        }),
      );
      const read = (deployment: string) =>
        Object.fromEntries(
          (container(manifests, deployment).env ?? [])
            .filter(({ valueFrom }) => valueFrom?.secretKeyRef)
            .map(({ name, valueFrom }) => [
              name,
              `${valueFrom!.secretKeyRef!.name ?? ""}/${valueFrom!.secretKeyRef!.key}`,
            ]),
        );
      assert.deepEqual(read("backend-deployment"), {
        DATABASE_URL: "a/DATABASE_URL",
        JWT_SECRET_KEY: "c/JWT_SECRET_KEY",
        JWT_SECRET_KEY_PREVIOUS: "c/JWT_SECRET_KEY_PREVIOUS",
        OPENAI_API_KEY: "b/OPENAI_API_KEY",
        SMTP_PASSWORD: "b/SMTP_PASSWORD",
      });
      assert.deepEqual(read("frontend-deployment"), {});
      assert.deepEqual(read("database-deployment"), {
        POSTGRES_USER: "d/POSTGRES_USER",
        POSTGRES_PASSWORD: "d/POSTGRES_PASSWORD",
        POSTGRES_DB: "d/POSTGRES_DB",
      });
    });

    it("names a proxy to the backend and to the copying of backups alone, from a Secret", () => {
      const manifests = render(
        merge(existing, {
          proxy: { existingSecret: "proxy", port: 3128, noProxy: "models.ai,.internal" },
          backup: {
            enabled: true,
            s3: { endpoint: "https://s3.example.com", bucket: "a", existingSecret: "b" },
          },
        }),
      );
      const proxy = [
        ...["HTTPS_PROXY", "HTTP_PROXY"].map((name) => ({
          name,
          valueFrom: { secretKeyRef: { name: "proxy", key: name } },
        })),
        { name: "NO_PROXY", value: "localhost,127.0.0.1,.svc,.cluster.local,models.ai,.internal" },
      ];
      const { spec } = pick(manifests, "CronJob", "backup");
      const { initContainers = [], containers } = spec.jobTemplate.spec!.template.spec!;
      const [dump, copy] = initContainers;
      const proxyOf = ({ env = [] }: V1Container) =>
        env.filter(({ name }) => /^(HTTPS?|NO)_PROXY$/.test(name));
      assert.deepEqual(proxyOf(container(manifests, "backend-deployment")), proxy);
      assert.deepEqual(proxyOf(copy!), proxy);
      const others = ["database", "frontend"].map((name) =>
        container(manifests, `${name}-deployment`),
      );
      for (const other of [dump!, ...containers, ...others]) {
        assert.deepEqual(proxyOf(other), [], other.name);
      }
    });

    it("connects to the bundled database whatever characters its password has", () => {
      const password = "a b/c:d@e?f#g%h+i'j\"k&l=m\\né";
      const manifests = render(merge(bundled, at("database.bundled.password", password)));
      const url = new URL(
        pick(manifests, "Secret", "database-secret").stringData?.DATABASE_URL ?? "",
      );
      assert.equal(decodeURIComponent(url.password), password);
      assert.equal(url.host, "database-service:5432");
      assert.equal(
        pick(manifests, "Secret", "db-credentials").stringData?.POSTGRES_PASSWORD,
        password,
      );
    });
  });

  describe("pods", () => {
    /** Names of the Deployments whose pods a change rolls. */
    const rolledBy = (before: Values, change: Values) => {
      const [old, next] = [render(before), render(merge(before, change))];
      return ["backend-deployment", "database-deployment", "frontend-deployment"].filter(
        (name) => JSON.stringify(template(old, name)) !== JSON.stringify(template(next, name)),
      );
    };

    it("roll when what they read from a ConfigMap changes", () => {
      assert.deepEqual(rolledBy(bundled, at("backend.config.ALLOWED_ORIGINS", "https://a.b")), [
        "backend-deployment",
      ]);
      assert.deepEqual(rolledBy(bundled, at("frontend.config.API_URL", "http://a.b")), [
        "frontend-deployment",
      ]);
      assert.deepEqual(rolledBy(bundled, at("config.LOG_LEVEL", "debug")), [
        "backend-deployment",
        "frontend-deployment",
      ]);
      const both = merge(external, {
        database: { keepBundled: true, bundled: { password: "hidden" } },
      });
      const ca = at("database.caCertificate", "-----BEGIN CERTIFICATE-----");
      const another = at("database.caCertificate", "another -----BEGIN CERTIFICATE-----");
      assert.deepEqual(rolledBy(merge(both, ca), another), ["backend-deployment"]);
    });

    it("roll when a Secret that the chart makes changes, each with its own", () => {
      assert.deepEqual(rolledBy(bundled, at("apiKeys.openaiApiKey", "sk-1")), [
        "backend-deployment",
      ]);
    });

    it("roll without the database when its password changes, which its sidecar follows", () => {
      const changed = at("database.bundled.password", "another");
      assert.deepEqual(rolledBy(bundled, changed), ["backend-deployment"]);
    });

    it("roll with secretsRevision where the Secrets are made elsewhere", () => {
      assert.deepEqual(rolledBy(existing, { secretsRevision: "2" }), ["backend-deployment"]);
    });

    it("stay when only the chart changes, though the release does", () => {
      assert.deepEqual(rolledBy(bundled, { chartHash: "0a1b2c3d" }), []);
      const manifests = render(merge(bundled, { chartHash: "0a1b2c3d" }));
      assert.equal(
        pick(manifests, "ConfigMap", "app-config").metadata?.annotations?.["checksum/chart"],
        "0a1b2c3d",
      );
    });

    it("use the namespace's ServiceAccount, one of the release, or an existing one", () => {
      const accounts = (values: Values) => {
        const manifests = render(merge(bundled, at("backup.enabled", true), values));
        const pods = [
          ...["backend", "frontend", "database"].map(
            (name) => template(manifests, `${name}-deployment`)!.spec!,
          ),
          pick(manifests, "CronJob", "backup").spec.jobTemplate.spec!.template.spec!,
          pick(manifests, "Pod", "smoke-test").spec!,
        ];
        return {
          used: [...new Set(pods.map(({ serviceAccountName }) => serviceAccountName))],
          tokens: [...new Set(pods.map((each) => each.automountServiceAccountToken))],
          created: kinds(manifests, "ServiceAccount"),
        };
      };
      const tokens = [false];
      assert.deepEqual(accounts({}), { used: [undefined], tokens, created: [] });
      assert.deepEqual(accounts(at("serviceAccount.create", true)), {
        used: ["todo-chatbot"],
        tokens,
        created: ["ServiceAccount/todo-chatbot"],
      });
      assert.deepEqual(accounts(at("serviceAccount.name", "other")), {
        used: ["other"],
        tokens,
        created: [],
      });
      assert.deepEqual(
        accounts({ serviceAccount: { create: true, name: "other", automount: true } }),
        { used: ["other"], tokens: [true], created: ["ServiceAccount/other"] },
      );
    });

    it("take annotations over those of the mesh", () => {
      const key = "sidecar.istio.io/rewriteAppHTTPProbers";
      const values = merge(bundled, at("mesh.mode", "istio"), {
        backend: { podAnnotations: { [key]: "false" } },
      });
      const annotations = (name: string) => template(render(values), name)!.metadata?.annotations;
      assert.equal(annotations("backend-deployment")?.[key], "false");
      assert.equal(annotations("frontend-deployment")?.[key], "true");
    });

    it("are checked for life as often as the interval says, and for readiness every 2 s", () => {
      const { livenessProbe, readinessProbe, startupProbe } = container(
        render(merge(bundled, at("config.HEALTH_CHECK_INTERVAL", "45s"))),
        "backend-deployment",
      );
      assert.equal(livenessProbe?.periodSeconds, 45);
      assert.equal(livenessProbe.httpGet?.path, "/healthz");
      assert.equal(readinessProbe?.periodSeconds, 2);
      assert.equal(readinessProbe.httpGet?.path, "/readyz");
      assert.equal(startupProbe?.periodSeconds, 1);
      assert.equal(startupProbe.httpGet?.path, "/healthz");
    });

    it("leave their Service before they are told to stop", () => {
      const manifests = render(merge(bundled, at("shutdown.preStopSeconds", 7)));
      for (const name of ["backend-deployment", "frontend-deployment"]) {
        assert.equal(container(manifests, name).lifecycle?.preStop?.sleep?.seconds, 7);
        const { strategy } = pick(manifests, "Deployment", name).spec!;
        assert.deepEqual(strategy?.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 });
      }
    });

    it("of the database never overlap, and keep their data at /app/data", () => {
      const manifests = render(existing);
      const { spec } = pick(manifests, "Deployment", "database-deployment");
      assert.equal(spec?.strategy?.type, "Recreate");
      assert.equal(spec.replicas, 1);
      const { volumeMounts, env } = container(manifests, "database-deployment");
      assert.ok(volumeMounts?.some(({ mountPath }) => mountPath === "/app/data"));
      assert.equal(env?.find(({ name }) => name === "PGDATA")?.value, "/app/data/pgdata");
      const claims = spec.template.spec?.volumes?.map((each) => each.persistentVolumeClaim);
      assert.deepEqual(claims?.filter(Boolean), [{ claimName: "todo-data" }]);
    });

    it("of the database have a guard of their volume, which outlives what it guards", () => {
      const manifests = render(merge(bundled, at("database.bundled.diskGuard.minimumFreeMiB", 64)));
      const { spec } = pick(manifests, "Deployment", "database-deployment");
      const [guard] = spec?.template.spec?.initContainers ?? [];
      assert.equal(guard?.name, "disk-guard");
      assert.equal(guard.restartPolicy, "Always");
      assert.equal(guard.env?.find(({ name }) => name === "MINIMUM_FREE_MIB")?.value, "64");
    });

    it("follow labels that never change, for a selector can not", () => {
      for (const name of ["backend", "frontend", "database"]) {
        assert.deepEqual(
          pick(render(bundled), "Deployment", `${name}-deployment`).spec?.selector.matchLabels,
          {
            "app.kubernetes.io/name": "todo-chatbot",
            "app.kubernetes.io/instance": "todo-chatbot",
            "app.kubernetes.io/component": name,
          },
        );
      }
    });
  });

  describe("the number of pods", () => {
    it("is set by the Deployment, or by an autoscaler and not the Deployment", () => {
      const fixed = render(merge(bundled, at("backend.replicaCount", 3)));
      assert.equal(pick(fixed, "Deployment", "backend-deployment").spec?.replicas, 3);
      assert.deepEqual(kinds(fixed, "HorizontalPodAutoscaler"), []);

      const scaled = render(merge(bundled, at("backend.autoscaling.enabled", true)));
      assert.equal(pick(scaled, "Deployment", "backend-deployment").spec?.replicas, undefined);
      const { spec } = pick(scaled, "HorizontalPodAutoscaler", "backend-autoscaler");
      assert.ok(spec);
      assert.equal(spec.scaleTargetRef.name, "backend-deployment");
      assert.deepEqual([spec.minReplicas, spec.maxReplicas], [2, 5]);
    });

    it("falls slowly, and only after a time of lower load", () => {
      for (const app of ["backend", "frontend"]) {
        const values = at(`${app}.autoscaling`, {
          enabled: true,
          scaleDownStabilizationWindowSeconds: 60,
        });
        const manifests = render(merge(bundled, values));
        const { spec } = pick(manifests, "HorizontalPodAutoscaler", `${app}-autoscaler`);
        assert.deepEqual(spec.behavior, {
          scaleDown: {
            stabilizationWindowSeconds: 60,
            policies: [
              { type: "Pods", value: 1, periodSeconds: 60 },
              { type: "Percent", value: 10, periodSeconds: 60 },
            ],
          },
        });
      }
    });

    it("is guarded by a budget where it is more than one", () => {
      const budgets = (values: Values) =>
        kinds(render(merge(bundled, values)), "PodDisruptionBudget");
      assert.deepEqual(budgets({}), [
        "PodDisruptionBudget/backend-budget",
        "PodDisruptionBudget/frontend-budget",
      ]);
      assert.deepEqual(budgets(at("backend.replicaCount", 1)), [
        "PodDisruptionBudget/frontend-budget",
      ]);
      assert.deepEqual(
        budgets({ backend: { replicaCount: 1, autoscaling: { enabled: true } } }).length,
        2,
      );
    });
  });

  describe("several nodes", () => {
    const podOf = (app: string, values: Values = {}) =>
      pick(render(merge(bundled, values)), "Deployment", `${app}-deployment`).spec;

    it("get the pods of an app evenly, and so do zones", () => {
      for (const app of ["backend", "frontend"]) {
        const spec = podOf(app);
        const { topologySpreadConstraints, affinity } = spec?.template.spec ?? {};
        // Else the pods of the last rollout count, which end.
        const own = { labelSelector: spec?.selector, matchLabelKeys: ["pod-template-hash"] };
        assert.deepEqual(topologySpreadConstraints, [
          // A cluster of one node runs all pods there. A constraint for zones, beside this one, would void
          // both on a cluster without zones.
          {
            topologyKey: "kubernetes.io/hostname",
            maxSkew: 1,
            ...own,
            whenUnsatisfiable: "ScheduleAnyway",
          },
        ]);
        assert.deepEqual(affinity, {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 100,
                podAffinityTerm: { topologyKey: "topology.kubernetes.io/zone", ...own },
              },
            ],
          },
        });
      }
    });

    it("leave the zones to an affinity of the values", () => {
      const podAffinityTerm = { topologyKey: "example.org/rack" };
      const podAntiAffinity = {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm }],
      };
      const nodeAffinity = {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
      };
      const zones = podOf("backend")?.template.spec?.affinity;
      const of = (affinity: Values) =>
        podOf("backend", at("backend.affinity", affinity))?.template.spec?.affinity;
      assert.deepEqual(of({ podAntiAffinity }), { podAntiAffinity });
      assert.deepEqual(of({ nodeAffinity }), { nodeAffinity, ...zones });
    });

    it("are drained one pod of an app at a time, and a pod that is not ready holds none up", () => {
      const manifests = render(bundled);
      for (const app of ["backend", "frontend"]) {
        const { spec } = pick(manifests, "PodDisruptionBudget", `${app}-budget`);
        const { spec: deployment } = pick(manifests, "Deployment", `${app}-deployment`);
        assert.deepEqual(spec, {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: "AlwaysAllow",
          selector: deployment?.selector,
        });
      }
    });
  });

  describe("the way in", () => {
    it("by Ingress leads to the frontend, with a certificate for its host", () => {
      const { spec } = pick(
        render(
          merge(bundled, {
            ingress: { enabled: true, host: "a.b", tls: { enabled: true, secretName: "cert" } },
          }),
        ),
        "Ingress",
        "frontend-ingress",
      );
      assert.deepEqual(spec?.tls, [{ hosts: ["a.b"], secretName: "cert" }]);
      assert.equal(spec.rules?.[0]?.host, "a.b");
      assert.equal(spec.rules[0].http?.paths[0]?.backend.service?.name, "frontend-service");
    });

    it("by a Gateway of its own serves HTTPS and redirects to it", () => {
      const manifests = render(
        merge(bundled, {
          gateway: {
            enabled: true,
            className: "cilium",
            tls: { enabled: true, secretName: "cert" },
          },
        }),
      );
      const { spec } = pick(manifests, "Gateway", "frontend-gateway");
      const listeners = spec.listeners as { name: string; protocol: string }[];
      assert.deepEqual(
        listeners.map(({ name, protocol }) => [name, protocol]),
        [
          ["http", "HTTP"],
          ["https", "HTTPS"],
        ],
      );
      assert.deepEqual(pick(manifests, "HTTPRoute", "frontend-route").spec.parentRefs, [
        { name: "frontend-gateway", sectionName: "https" },
      ]);
      assert.deepEqual(pick(manifests, "HTTPRoute", "frontend-redirect").spec.parentRefs, [
        { name: "frontend-gateway", sectionName: "http" },
      ]);
    });

    it("by Gateways that exist joins them as told", () => {
      const parentRefs = [{ name: "shared", namespace: "gateways", sectionName: "https" }];
      const manifests = render(merge(bundled, { gateway: { enabled: true, parentRefs } }));
      assert.deepEqual(kinds(manifests, "Gateway", "HTTPRoute"), ["HTTPRoute/frontend-route"]);
      assert.deepEqual(pick(manifests, "HTTPRoute", "frontend-route").spec.parentRefs, parentRefs);
    });
  });

  describe("helm test", () => {
    it("needs no other image than the backend's", () => {
      const pod = pick(render(bundled), "Pod", "smoke-test");
      assert.equal(pod.spec?.containers[0]?.image, "todo-chatbot-backend:0123456789ab");
      assert.equal(pod.metadata?.annotations?.["helm.sh/hook"], "test");
    });
  });
});

function isOurs(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).some((key) => key.startsWith("app.kubernetes.io/"));
}
