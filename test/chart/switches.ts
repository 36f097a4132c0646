/** Every switch of the chart, and a small set of combinations in which each pair of settings occurs. */

import type { Values } from "./helm.ts";
import { at, merge } from "./helm.ts";

const both = (path: string, value: unknown): Values =>
  merge(at(`backend.${path}`, value), at(`frontend.${path}`, value));

const everyApp = (path: string, value: unknown): Values =>
  merge(both(path, value), at(`database.bundled.${path}`, value));

const everyPod = (path: string, value: unknown): Values =>
  merge(everyApp(path, value), at(`backup.${path}`, value));

const digest = `sha256:${"5".repeat(64)}`;

/** What the schema takes for a certificate; nothing here reads it. */
const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/** Settings of each switch by their names; the first is the chart's default. */
export const switches = {
  namePrefix: { none: {}, two: { namePrefix: "two-" } },
  nameOverrides: {
    none: {},
    fullname: { fullnameOverride: "two" },
    name: { nameOverride: "assistant" },
  },
  serviceAccount: {
    default: {},
    created: { serviceAccount: { create: true, annotations: { "example.com/role": "todo" } } },
    existing: at("serviceAccount.name", "existing"),
  },
  chartHash: { none: {}, given: { chartHash: "0a1b2c3d4e5f" } },
  secretsRevision: { none: {}, given: { secretsRevision: "7" } },
  replicas: { two: {}, one: both("replicaCount", 1), five: both("replicaCount", 5) },
  backendAutoscaling: {
    off: {},
    on: at("backend.autoscaling", { enabled: true, minReplicas: 1, maxReplicas: 4 }),
  },
  frontendAutoscaling: {
    off: {},
    on: at("frontend.autoscaling", { enabled: true, targetCPUUtilizationPercentage: 50 }),
  },
  frontendService: {
    nodePort: {},
    fixedNodePort: at("frontend.service.nodePort", 30080),
    clusterIp: at("frontend.service.type", "ClusterIP"),
    loadBalancer: at("frontend.service", { type: "LoadBalancer", port: 8080, targetPort: 3001 }),
  },
  backendService: {
    clusterIp: {},
    nodePort: at("backend.service", { type: "NodePort", nodePort: 30081 }),
    otherPorts: at("backend.service", { port: 8080, targetPort: 8001 }),
  },
  serviceAnnotations: {
    none: {},
    given: both("service.annotations", { "example.com/balancer": "internal" }),
  },
  ingress: {
    off: {},
    plain: { ingress: { enabled: true } },
    tls: {
      ingress: {
        enabled: true,
        className: "traefik",
        host: "todo.example.com",
        tls: { enabled: true, secretName: "todo-tls" },
        annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
      },
    },
  },
  gateway: {
    off: {},
    joined: {
      gateway: {
        enabled: true,
        parentRefs: [{ name: "shared", namespace: "gateways", sectionName: "https", port: 443 }],
        hostname: "todo.example.com",
      },
    },
    redirected: {
      gateway: {
        enabled: true,
        parentRefs: [{ name: "shared", sectionName: "https" }],
        redirectParentRefs: [{ name: "shared", sectionName: "http" }],
      },
    },
    own: { gateway: { enabled: true, className: "cilium" } },
    ownTls: {
      gateway: {
        enabled: true,
        className: "cilium",
        annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
        hostname: "*.example.com",
        tls: { enabled: true, secretName: "todo-tls" },
      },
    },
  },
  mesh: {
    none: {},
    istio: { mesh: { mode: "istio" } },
    ambient: { mesh: { mode: "istio-ambient" } },
    linkerd: { mesh: { mode: "linkerd" } },
    elsewhere: { mesh: { mode: "istio", controlPlaneNamespace: "mesh-system" } },
  },
  networkPolicy: { on: {}, off: { networkPolicy: { enabled: false } } },
  prometheus: {
    ours: {},
    other: {
      networkPolicy: { prometheus: { namespace: "monitoring", podLabels: { app: "prometheus" } } },
    },
  },
  dns: { kubeSystem: {}, other: { networkPolicy: { dnsNamespace: "dns" } } },
  database: {
    external: {},
    bundled: at("database.mode", "bundled"),
    near: { database: { caSecret: "database-ca", podSelector: { app: "postgres" } } },
    both: { database: { keepBundled: true, caCertificate: certificate } },
    existingClaim: { database: { mode: "bundled", bundled: { existingClaim: "todo-data" } } },
    otherStorage: {
      database: {
        mode: "bundled",
        bundled: {
          runAsUser: 70,
          storage: { className: "fast", size: "10Gi", accessModes: ["ReadWriteOncePod"] },
        },
      },
    },
  },
  backup: {
    off: {},
    on: at("backup.enabled", true),
    byHand: { backup: { enabled: true, schedule: "", existingClaim: "todo-backups" } },
    otherStorage: {
      backup: {
        enabled: true,
        schedule: "@daily",
        keep: 30,
        keepDaily: 366,
        keepMonthly: 12,
        runAsUser: 70,
        image: { repository: "postgres", tag: "18.1-alpine" },
        storage: { className: "slow", size: "10Gi", accessModes: ["ReadWriteOncePod"] },
      },
    },
    bucket: {
      backup: {
        enabled: true,
        s3: {
          endpoint: "https://s3.example.com:9000",
          bucket: "backups",
          prefix: "todo/",
          region: "eu-central-1",
          caCertificate: certificate,
          existingSecret: "backup-bucket",
          recipients: [`age1${"q".repeat(58)}`],
        },
      },
    },
  },
  secrets: {
    made: {},
    existing: { secrets: { create: false } },
    renamed: {
      secrets: {
        create: false,
        names: { database: "a", apiKeys: "b", auth: "c", dbCredentials: "d" },
      },
    },
  },
  openai: {
    builtIn: {},
    ownServer: {
      backend: { config: { OPENAI_BASE_URL: "http://models.ai:11434/v1", OPENAI_MODEL: "small" } },
    },
  },
  traces: {
    none: {},
    sent: at("config.OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel-collector.observability:4318"),
  },
  mail: {
    none: {},
    sent: {
      backend: {
        config: {
          PUBLIC_URL: "https://todo.example.com",
          SMTP_HOST: "smtp.example.com",
          SMTP_FROM: "Todo <todo@example.com>",
          SMTP_TLS: "implicit",
        },
      },
    },
  },
  proxy: {
    none: {},
    given: { proxy: { existingSecret: "proxy", port: 3128, noProxy: "models.ai" } },
  },
  health: { thirtySeconds: {}, fiveSeconds: at("config.HEALTH_CHECK_INTERVAL", "5s") },
  logLevel: {
    info: {},
    debug: merge(at("config.LOG_LEVEL", "debug"), both("config.LOG_LEVEL", "warn")),
  },
  metrics: { default: {}, otherPort: { metrics: { frontendPort: 9999 } } },
  shutdown: { quick: {}, slow: { shutdown: { preStopSeconds: 20, gracePeriodSeconds: 90 } } },
  images: {
    byTag: {},
    byDigest: everyApp("image", { tag: "", digest, pullPolicy: "Always" }),
    byBoth: everyApp("image", { repository: "registry.example.com:5000/todo", tag: "1", digest }),
  },
  resources: {
    default: {},
    other: everyPod("resources", {
      requests: { cpu: 0.25, memory: "0.5Gi" },
      limits: { cpu: "2", memory: "1G" },
    }),
  },
  services: {
    asTheCluster: {},
    dual: { services: { ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv6", "IPv4"] } },
  },
  imagePullSecrets: { none: {}, given: { imagePullSecrets: ["registry"] } },
  extraEnv: {
    none: {},
    given: everyApp("extraEnv", [
      { name: "TZ", value: "UTC" },
      { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      {
        name: "TOKEN",
        valueFrom: { secretKeyRef: { name: "other", key: "token", optional: true } },
      },
    ]),
  },
  nodeSelector: { none: {}, given: everyPod("nodeSelector", { "kubernetes.io/arch": "amd64" }) },
  tolerations: {
    none: {},
    given: everyPod("tolerations", [{ key: "spot", operator: "Exists", effect: "NoSchedule" }]),
  },
  affinity: {
    none: {},
    given: everyPod("affinity", {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, preference: { matchExpressions: [{ key: "ssd", operator: "Exists" }] } },
        ],
      },
    }),
  },
  priorityClass: { none: {}, given: everyPod("priorityClassName", "high") },
  podAnnotations: { none: {}, given: everyPod("podAnnotations", { "example.com/team": "todo" }) },
  podLabels: { none: {}, given: everyPod("podLabels", { team: "todo" }) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Values>>>>;

/** A setting for each switch, by name. */
export type Combination = Readonly<Record<string, string>>;

/** The values of a combination, with what its database and Secrets ask for filled in. */
export function valuesOf(combination: Combination): Values {
  const chosen = Object.entries(switches).map(
    ([name, settings]) => (settings as Readonly<Record<string, Values>>)[combination[name]!]!,
  );
  const made = combination.secrets === "made";
  const secrets: Values = merge(
    { apiKeys: { jwtSecretKey: "signing-key-of-at-least-32-characters" } },
    combination.openai === "ownServer" ? at("apiKeys.openaiApiKey", "sk-test") : {},
    ["external", "near", "both"].includes(combination.database!)
      ? at("database.url", "postgresql://someone:database-password@db.example.com:6432/todo")
      : {},
    ["external", "near"].includes(combination.database!)
      ? {}
      : at("database.bundled.password", "database-password"),
  );
  return merge(both("image.tag", "0123456789ab"), made ? secrets : {}, ...chosen);
}

/** Number of pairs of settings of two different switches. */
export function countPairs(): number {
  return allPairs().size;
}

/**
 * Combinations in which each setting of each switch meets each setting of every other one at
 * least once. Greedy: each new one takes, switch by switch, what meets most pairs not yet met.
 */
export function coveringCombinations(): Combination[] {
  const open = allPairs();
  const result: Combination[] = [];
  while (open.size > 0) {
    const [first = ""] = open;
    const combination: Record<string, string> = Object.fromEntries(
      first.split(" ").map((setting) => setting.split("=") as [string, string]),
    );
    for (const [name, settings] of Object.entries(switches)) {
      if (name in combination) continue;
      const gain = (setting: string) =>
        Object.entries(combination).filter((other) => open.has(pair([name, setting], other)))
          .length;
      combination[name] = Object.keys(settings).reduce((best, each) =>
        gain(each) > gain(best) ? each : best,
      );
    }
    const entries = Object.entries(combination);
    for (const one of entries) for (const other of entries) open.delete(pair(one, other));
    result.push(combination);
  }
  return result;
}

function allPairs(): Set<string> {
  const settings = Object.entries(switches).flatMap(([name, each]) =>
    Object.keys(each).map((setting): [string, string] => [name, setting]),
  );
  return new Set(
    settings.flatMap((one) =>
      settings.filter((other) => one[0] < other[0]).map((other) => pair(one, other)),
    ),
  );
}

function pair(one: readonly [string, string], other: readonly [string, string]): string {
  return [one.join("="), other.join("=")].sort().join(" ");
}
