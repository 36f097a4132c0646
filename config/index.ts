import { X509Certificate } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";
import { distance } from "fastest-levenshtein";
import * as z from "zod";

/** The message of a fault is what would have been accepted; {@link parseSettings} adds the rest. */
const want = (accepted: string) => ({ error: accepted });

const whole = (min: number, max: number) => {
  const error = want(`a whole number from ${min} to ${max}`);
  return z.int(error).min(min, error).max(max, error);
};

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, want(`one of ${values.join(", ")}`));

const text = (pattern: RegExp, accepted: string) =>
  z.string(want(accepted)).regex(pattern, accepted);

const dnsName = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const host = text(
  new RegExp(`^(${dnsName}(\\.${dnsName})*)?$`),
  "a host name in small letters, like todo.example.org, or empty",
);
const cpu = text(/^\d+m$/, "millicores, like 100m (1000m is one core)");
const memory = text(/^\d+(Mi|Gi)$/, "mebibytes or gibibytes, like 128Mi or 1Gi");
const imageReference = text(
  /^([\w.-]+(:\d+)?\/)*[a-z0-9._-]+(:(?!latest\b)[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
  "an image with a tag other than latest or with a digest, like postgres:17@sha256:…",
).refine((value) => /[:@]/.test(value.slice(value.lastIndexOf("/") + 1)), {
  error: "an image with a tag other than latest or with a digest, like postgres:17@sha256:…",
});
const schedule = 'a cron expression, like "0 3 * * *" for every day at 3:00 UTC, or empty';
const secretUrl = text(/^https?:\/\/\S+$/, "an http or https URL, encrypted");
const mailAddress = text(/^[^\s@]+@[^\s@]+$/, "a mail address, like ops@example.org");
const bucketKey = "a key of the bucket, encrypted";
const url = text(/^(https?:\/\/[^\s]+)?$/, "an http or https URL, or empty");

/** Whether every certificate of a PEM text can be read, and there is one. */
function areCertificates(text: string): boolean {
  const parts = text.split(/(?=-----BEGIN CERTIFICATE-----)/);
  // Some bundles have comments before the certificates.
  const blocks = parts.filter((part) => part.startsWith("-----BEGIN"));
  try {
    return blocks.length > 0 && blocks.every((block) => new X509Certificate(block).raw.length > 0);
  } catch {
    return false;
  }
}

const certificates = z
  .string(want("a certificate in PEM, or empty"))
  .refine(
    (value) => value === "" || areCertificates(value),
    want("a certificate in PEM, or empty"),
  );

/** The five fields of a cron expression: their bounds, and names that stand for numbers. */
const cronFields = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ") },
  { min: 0, max: 6, names: "SUN MON TUE WED THU FRI SAT".split(" ") },
] as const;

/** Whether Kubernetes takes it as the schedule of a CronJob. */
function isSchedule(value: string): boolean {
  if (/^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$/.test(value)) return true;
  const fields = value.split(" ");
  return (
    fields.length === cronFields.length &&
    cronFields.every(({ min, max, names }, place) => {
      const numberOf = (part: string) => {
        const name = (names as readonly string[]).indexOf(part.toUpperCase());
        return name >= 0 ? name + min : /^\d+$/.test(part) ? Number(part) : NaN;
      };
      return (fields[place] ?? "").split(",").every((item) => {
        const [range = "", step = "1", ...more] = item.split("/");
        const [from = "", to = from, ...others] =
          range === "*" ? [`${min}`, `${max}`] : range.split("-");
        const [first, last] = [numberOf(from), numberOf(to)];
        return (
          more.length + others.length === 0 &&
          /^[1-9]\d*$/.test(step) &&
          min <= first &&
          first <= last &&
          last <= max
        );
      });
    })
  );
}

/** CPU in millicores and memory in mebibytes of one pod's container. */
const resources = (defaults: { cpu: string; memory: string; memoryLimit: string }) =>
  z.strictObject({
    /** What the scheduler sets aside. */
    requests: z
      .strictObject({ cpu: cpu.default(defaults.cpu), memory: memory.default(defaults.memory) })
      .prefault({}),
    /** Above this the container is slowed down (cpu) or ended (memory). */
    limits: z
      .strictObject({ cpu: cpu.default("1000m"), memory: memory.default(defaults.memoryLimit) })
      .prefault({}),
  });

const app = (memoryOfApp: { memory: string; memoryLimit: string }) =>
  z.strictObject({
    /** Pods to run; with autoscaling the autoscaler's minimum and maximum count instead. */
    replicas: whole(1, 50).default(2),
    resources: resources({ cpu: "50m", ...memoryOfApp }).prefault({}),
    /** A HorizontalPodAutoscaler on CPU; it needs a metrics server in the cluster. */
    autoscaling: z
      .strictObject({
        enabled: z.boolean(want("true or false")).default(false),
        min: whole(1, 50).default(2),
        max: whole(1, 200).default(5),
        /** Target, in percent of the requested CPU. */
        cpuPercent: whole(10, 500).default(75),
      })
      .prefault({}),
    logLevel: oneOf(["debug", "info", "warn", "error"]).default("info"),
  });

/**
 * Everything a stack file may say under `todo-chatbot:`, with its defaults.
 *
 * Strict, because the engine itself accepts and ignores what Pulumi.yaml doesn't know, down to
 * `replicas: -5`. Pulumi.yaml describes the same keys; a test holds the two together.
 */
export const schema = z.strictObject({
  cluster: z
    .strictObject({
      /** What kind of cluster it is: decides how images get there and what its context is called. */
      kind: oneOf(["kind", "minikube", "remote"]).default("kind"),
      /** Context of the kubeconfig; empty: `kind-todo-chatbot`, or the minikube profile. */
      context: z.string(want("the name of a context in your kubeconfig, or empty")).default(""),
      /** minikube's profile. */
      profile: text(
        new RegExp(`^(${dnsName})?$`),
        "a minikube profile, like minikube, or empty",
      ).default(""),
      /** Namespace of everything; another one makes room for a second instance. */
      namespace: text(
        /^(?!default$|kube-)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
        "a namespace of its own: small letters, digits and dashes, neither default nor kube-…",
      ).default("todo-chatbot-namespace"),
    })
    .prefault({}),
  images: z
    .strictObject({
      /** build: from source; prebuilt: the two references below; none: what the cluster has. */
      mode: oneOf(["build", "prebuilt", "none"]).default("build"),
      prebuilt: z
        .strictObject({ backend: imageReference.optional(), frontend: imageReference.optional() })
        .prefault({}),
      /** Where built images are pushed for a remote cluster, like registry.example.org/team. */
      registry: text(
        /^([\w.-]+(:\d+)?(\/[\w.-]+)*)?$/,
        "a registry and path without a scheme, or empty",
      ).default(""),
      /** Platform to build for; empty: that of the Docker engine. */
      platform: text(/^(linux\/(amd64|arm64))?$/, "linux/amd64, linux/arm64 or empty").default(""),
      /** Old builds of each image that stay in Docker and on the nodes. */
      keep: whole(1, 20).default(3),
      /** Base of both images: Node 24 with npm and a POSIX shell. */
      node: imageReference.default(
        "node:24.21.0-alpine3.24@sha256:ebfe2f90462722a7a4de65e91990e97fe0d401c70e0e762c5b53302f905ec1c1",
      ),
      postgres: imageReference.default(
        "postgres:17.11-bookworm@sha256:639ab7ceb90e13123085b741fb31ef493fba25463002f6da665352e7b534b652",
      ),
      prometheus: imageReference.default(
        "prom/prometheus:v3.13.4@sha256:87861b8cf91579109319ebc300f3f1060e6da9c05d6ae8ad15a20c879e84e32e",
      ),
      alertmanager: imageReference.default(
        "prom/alertmanager:v0.34.1@sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a",
      ),
    })
    .prefault({}),
  backend: app({ memory: "96Mi", memoryLimit: "192Mi" }).prefault({}),
  frontend: app({ memory: "64Mi", memoryLimit: "128Mi" }).prefault({}),
  database: z
    .strictObject({
      /** bundled: a Postgres in the cluster; external: yours, at `url`. */
      mode: oneOf(["bundled", "external"]).default("bundled"),
      /** Connection string of the external database; a secret. */
      url: text(/^postgres(ql)?:\/\/\S+$/, "a postgresql:// URL, encrypted").optional(),
      /** Whose signatures of its certificate count, with sslmode=verify-full; empty: the public ones. */
      caCertificate: certificates.default(""),
      /** Whether the bundled one runs beside it; npm run move sets it while it moves data. */
      keepBundled: z.boolean(want("true or false")).default(false),
      /** User id of the image's postgres user: 999 in Debian's, 70 in the alpine one. */
      runAsUser: whole(1, 65535).default(999),
    })
    .prefault({}),
  storage: z
    .strictObject({
      /** Storage class; empty: the cluster's default. */
      className: z.string(want("the name of a storage class, or empty")).default(""),
      size: text(/^[1-9]\d*(Mi|Gi|Ti)$/, "a size like 1Gi").default("1Gi"),
      accessMode: oneOf(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"]).default(
        "ReadWriteOnce",
      ),
      /** Whether destroy keeps the data: the namespace, the claim and the database's password. */
      protect: z.boolean(want("true or false")).default(true),
      /** Copies of the data on a claim of their own. On by default: nobody misses them before. */
      backup: z
        .strictObject({
          /** When, in UTC; empty: only when `npm run backup` is run. */
          schedule: z
            .string(want(schedule))
            .refine((value) => value === "" || isSchedule(value), want(schedule))
            .default("0 3 * * *"),
          /** Backups that stay; older ones are removed after a new one has succeeded. */
          keep: whole(1, 365).default(7),
          /** Size of their claim, which has to hold one backup more than are kept. */
          size: text(/^[1-9]\d*(Mi|Gi|Ti)$/, "a size like 1Gi").default("1Gi"),
          /** A bucket that each backup is copied to, besides; an empty endpoint: none. */
          s3: z
            .strictObject({
              endpoint: url.default(""),
              bucket: text(/^[\w.-]*$/, "the name of a bucket, or empty").default(""),
              /** Before every object's name, like todo/. */
              prefix: text(
                /^([^/\s][^\s]*)?$/,
                "a beginning of names, like todo/, or empty",
              ).default(""),
              region: text(/^[\w-]+$/, "a region, like eu-central-1").default("us-east-1"),
              /** The only authority that may sign the server's certificate; empty: the public ones. */
              caCertificate: certificates.default(""),
              /** Both are secrets. */
              accessKeyId: z.string(want(bucketKey)).min(1, bucketKey).optional(),
              secretAccessKey: z.string(want(bucketKey)).min(1, bucketKey).optional(),
            })
            .prefault({}),
        })
        .prefault({}),
    })
    .prefault({}),
  network: z
    .strictObject({
      /** NetworkPolicies: deny all, then only what the application needs. */
      policies: z.boolean(want("true or false")).default(true),
      exposure: oneOf(["nodePort", "loadBalancer", "ingress", "gateway"]).default("nodePort"),
      /** Port of the nodes, and on kind of this machine, where the page opens. */
      nodePort: whole(30000, 32767).default(30080),
      host: host.default(""),
      /** Name of the Secret with the certificate for `host`; empty: plain HTTP. */
      tlsSecret: text(new RegExp(`^(${dnsName})?$`), "the name of a Secret, or empty").default(""),
      /** Class of the Ingress, or name of the Gateway. */
      className: z.string(want("the name of an ingress class or Gateway, or empty")).default(""),
      mesh: oneOf(["none", "istio", "linkerd"]).default("none"),
    })
    .prefault({}),
  monitoring: z
    .strictObject({
      /**
       * bundled: a small Prometheus and Alertmanager beside the application; operator: what an installed
       * Prometheus Operator reads; off: only /metrics.
       */
      mode: oneOf(["bundled", "operator", "off"]).default("bundled"),
      /** Labels by which the operator's Prometheus picks what it reads: its Helm release, usually. */
      labels: z
        .record(
          z.string(),
          text(/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/, "the value of a label"),
        )
        .default({ release: "kube-prometheus-stack" }),
      /** Namespace of the operator's Prometheus. */
      prometheusNamespace: text(new RegExp(`^${dnsName}$`), "a namespace").default("monitoring"),
      /** Bounds beyond which an alert fires; docs/runbooks/ says what each alert means. */
      thresholds: z
        .strictObject({
          /** CPU of a container, in percent of its limit. */
          cpuPercent: whole(1, 100).default(90),
          /** Memory left to a container, in percent of its limit. */
          memoryLeftPercent: whole(1, 99).default(10),
          /** Restarts of a container within 15 minutes. */
          restarts: whole(1, 100).default(3),
          /** Space left on a volume, in percent of its size. */
          volumeLeftPercent: whole(1, 99).default(15),
          /** Requests answered with 5xx, in percent. */
          errorPercent: whole(1, 100).default(5),
          /** Time within which 95 of 100 requests have to be answered. */
          slowMilliseconds: whole(10, 30_000).default(1_000),
          /** Age of the newest backup. */
          backupHours: whole(1, 720).default(36),
        })
        .prefault({}),
      /** How long something has to be wrong before an alert fires: 50 is half as long as usual. */
      patiencePercent: whole(1, 1_000).default(100),
      /** Who is told of alerts; none: they are only shown. */
      receivers: z
        .strictObject({
          webhook: z.strictObject({ url: secretUrl }).optional(),
          slack: z
            .strictObject({
              /** Address of an incoming webhook. */
              url: secretUrl,
              channel: text(/^[#@]?[\w-]+$/, "a channel, like #alerts"),
            })
            .optional(),
          email: z
            .strictObject({
              to: mailAddress,
              from: mailAddress,
              smarthost: text(
                /^[\w.-]+:\d+$/,
                "a mail server with its port, like smtp.example.org:587",
              ),
              username: z.string(want("the name to sign in with")),
              password: z.string(want("a password, encrypted")).min(1, "a password, encrypted"),
            })
            .optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  secrets: z
    .strictObject({
      /** Raise it by one, and the generated secrets rotate and the pods roll. */
      rotation: whole(0, 1_000_000).default(0),
    })
    .prefault({}),
  openai: z
    .strictObject({
      /** Key of an OpenAI-compatible API; a secret. Without it the built-in agent answers. */
      apiKey: z.string(want("an API key, encrypted")).min(1, "an API key, encrypted").optional(),
      baseUrl: url.default(""),
      model: z.string(want("the name of a model, or empty")).default(""),
    })
    .prefault({}),
});

/** The settings of a stack, every default filled in. Secrets are plain text here. */
export type Settings = z.output<typeof schema>;

/** Values that are each fine and together are not. */
function* contradictions(settings: Settings): Generator<{ path: string[]; sentence: string }> {
  const { cluster, images, database, network, monitoring, backend, frontend } = settings;
  const local = cluster.kind !== "remote";

  if (cluster.kind === "kind" && cluster.context !== "" && !cluster.context.startsWith("kind-")) {
    yield {
      path: ["cluster", "context"],
      sentence: `is "${cluster.context}", but contexts of kind clusters start with "kind-". Name that context, or set cluster.kind to minikube or remote.`,
    };
  }
  if (cluster.kind === "minikube" && cluster.context.startsWith("kind-")) {
    yield {
      path: ["cluster", "context"],
      sentence: `is "${cluster.context}", the context of a kind cluster. Set cluster.kind to kind, or name the minikube profile.`,
    };
  }
  if (
    cluster.kind === "remote" &&
    (cluster.context === "" || /^(kind-.*|minikube)$/.test(cluster.context))
  ) {
    yield {
      path: ["cluster", "context"],
      sentence: `is "${cluster.context}"; a remote cluster needs the name of its own context (kubectl config get-contexts lists them).`,
    };
  }
  if (cluster.profile !== "" && cluster.kind !== "minikube") {
    yield {
      path: ["cluster", "profile"],
      sentence: `is "${cluster.profile}", but cluster.kind is ${cluster.kind}; only minikube has profiles. Remove it.`,
    };
  }
  if (cluster.profile !== "" && cluster.context !== "" && cluster.context !== cluster.profile) {
    yield {
      path: ["cluster", "profile"],
      sentence: `is "${cluster.profile}", but cluster.context is "${cluster.context}"; minikube names the context after the profile. Remove one of them.`,
    };
  }
  for (const name of ["backend", "frontend"] as const) {
    const given = images.prebuilt[name] !== undefined;
    if (images.mode === "prebuilt" && !given) {
      yield {
        path: ["images", "prebuilt", name],
        sentence: "is missing, but images.mode is prebuilt. Give the reference of the image.",
      };
    }
    if (images.mode !== "prebuilt" && given) {
      yield {
        path: ["images", "prebuilt", name],
        sentence: `is set, but images.mode is ${images.mode}, which ignores it. Remove it, or set images.mode to prebuilt.`,
      };
    }
  }
  if (images.mode === "build" && !local && images.registry === "") {
    yield {
      path: ["images", "registry"],
      sentence:
        "is empty, but a remote cluster pulls its images. Name a registry that you may push to, or set images.mode to prebuilt.",
    };
  }
  if (images.registry !== "" && local) {
    yield {
      path: ["images", "registry"],
      sentence: `is "${images.registry}", but a ${cluster.kind} cluster gets its images from Docker directly. Remove it.`,
    };
  }
  if (database.mode === "external" && database.url === undefined) {
    yield {
      path: ["database", "url"],
      sentence:
        "is missing, but database.mode is external. Set it with: pulumi config set --path --secret todo-chatbot:database.url postgresql://…",
    };
  }
  if (database.mode === "bundled" && database.url !== undefined) {
    yield {
      path: ["database", "url"],
      sentence:
        "is set, but database.mode is bundled, which ignores it. Remove it, or set database.mode to external.",
    };
  }
  for (const field of ["caCertificate", "keepBundled"] as const) {
    if (database.mode === "bundled" && database[field]) {
      yield {
        path: ["database", field],
        sentence:
          "is set, but database.mode is bundled, which ignores it. Remove it, or set database.mode to external.",
      };
    }
  }
  if (database.caCertificate !== "" && !/[?&]sslmode=verify-|^$/.test(database.url ?? "")) {
    yield {
      path: ["database", "caCertificate"],
      sentence:
        "is set, but database.url does not ask for a check of the server's certificate. End the URL with ?sslmode=verify-full, or remove it.",
    };
  }
  const { s3 } = settings.storage.backup;
  for (const field of ["bucket", "accessKeyId", "secretAccessKey"] as const) {
    const given = (s3[field] ?? "") !== "";
    if (s3.endpoint !== "" && !given) {
      yield {
        path: ["storage", "backup", "s3", field],
        sentence:
          field === "bucket"
            ? "is missing, but storage.backup.s3.endpoint is set. Name the bucket that backups are copied to."
            : `is missing, but storage.backup.s3.endpoint is set. Set it with: pulumi config set --path --secret todo-chatbot:storage.backup.s3.${field} …`,
      };
    }
  }
  // The keys may come before the rest, because each is set by a command of its own.
  if (s3.endpoint === "" && s3.bucket !== "") {
    yield {
      path: ["storage", "backup", "s3", "bucket"],
      sentence: `is "${s3.bucket}", but storage.backup.s3.endpoint is empty. Give the address of the server, or remove it.`,
    };
  }
  if (s3.caCertificate !== "" && !s3.endpoint.startsWith("https:")) {
    yield {
      path: ["storage", "backup", "s3", "caCertificate"],
      sentence: `is set, but storage.backup.s3.endpoint is "${s3.endpoint}", which shows no certificate. Remove it, or give an https URL.`,
    };
  }
  const routed = network.exposure === "ingress" || network.exposure === "gateway";
  if (routed && network.host === "") {
    yield {
      path: ["network", "host"],
      sentence: `is empty, but network.exposure is ${network.exposure}. Give the name under which the page opens.`,
    };
  }
  if (network.exposure === "gateway" && network.className === "") {
    yield {
      path: ["network", "className"],
      sentence:
        "is empty, but network.exposure is gateway. Give the name of the Gateway that the route attaches to.",
    };
  }
  if (network.tlsSecret !== "" && network.exposure !== "ingress") {
    yield {
      path: ["network", "tlsSecret"],
      sentence: `is "${network.tlsSecret}", but network.exposure is ${network.exposure}; only an Ingress takes a certificate here. Remove it.`,
    };
  }
  const [receiver] = Object.keys(monitoring.receivers);
  if (monitoring.mode !== "bundled" && receiver !== undefined) {
    yield {
      path: ["monitoring", "receivers", receiver],
      sentence: `is set, but monitoring.mode is ${monitoring.mode}, which tells nobody of alerts. Remove it, or set monitoring.mode to bundled.`,
    };
  }
  for (const [name, { autoscaling }] of Object.entries({ backend, frontend })) {
    if (autoscaling.enabled && autoscaling.min > autoscaling.max) {
      yield {
        path: [name, "autoscaling", "min"],
        sentence: `is ${autoscaling.min}, above autoscaling.max (${autoscaling.max}). Lower the one or raise the other.`,
      };
    }
  }
}

/** Paths whose values are secrets: encrypted in a stack file, and never in a message. */
const secretPaths: readonly (readonly [key: string, ...fields: string[]])[] = [
  ["database", "url"],
  ["monitoring", "receivers", "webhook", "url"],
  ["monitoring", "receivers", "slack", "url"],
  ["monitoring", "receivers", "email", "password"],
  ["openai", "apiKey"],
  ["storage", "backup", "s3", "accessKeyId"],
  ["storage", "backup", "s3", "secretAccessKey"],
];

/**
 * Checks plain values. Pure, so that tests call it without an engine.
 *
 * @param values what the stack says, by key without `todo-chatbot:`
 * @param encrypted the keys whose value is encrypted in the stack file
 * @throws RunError that names every fault at once; Pulumi prints it without a stack trace
 */
export function parseSettings(
  values: Record<string, unknown>,
  encrypted: ReadonlySet<string>,
): Settings {
  const result = schema.safeParse(values);
  const issues = result.success ? [] : result.error.issues;
  const faults = [
    ...secretPaths
      .filter((path) => valueAt(values, path) !== undefined && !encrypted.has(path[0]))
      .map((path) => path.join("."))
      .map(
        (path) =>
          `${path} is stored in plain text. Encrypt it: pulumi config set --path --secret todo-chatbot:${path} (and change it where it was issued, if the file was shared).`,
      ),
    ...issues.flatMap((issue) => describe(issue, values)),
    ...contradictionsBeside(issues, values),
  ];
  if (result.success && faults.length === 0) return result.data;
  throw new pulumi.RunError(
    [
      `The configuration of this stack has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}; nothing was changed.`,
      ...faults.map((fault) => `  - todo-chatbot:${fault}`),
      "Change a value with: pulumi config set --path 'todo-chatbot:<key>' <value>. Pulumi.yaml describes every key.",
    ].join("\n"),
  );
}

/** The contradictions among the groups of keys that have no fault of their own. */
function contradictionsBeside(
  issues: readonly z.core.$ZodIssue[],
  values: Record<string, unknown>,
): string[] {
  const faulty = new Set(issues.map(({ path }) => path[0]));
  const sound = Object.entries(values).filter(([key]) => key in schema.shape && !faulty.has(key));
  if (faulty.has("cluster")) return [];
  return [...contradictions(schema.parse(Object.fromEntries(sound)))]
    .filter(({ path }) => !faulty.has(path[0]))
    .map(({ path, sentence }) => `${path.join(".")} ${sentence}`);
}

/** The faults of one zod issue: path, value, what is allowed. */
function describe(issue: z.core.$ZodIssue, values: Record<string, unknown>): string[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(path);
    return issue.keys.map((key) => {
      const near = known.find((candidate) => distance(candidate, key) <= 2);
      const hint =
        near === undefined ? `The keys here are ${known.join(", ")}.` : `Did you mean ${near}?`;
      return `${[...path, key].join(".")} is not a known key. ${hint}`;
    });
  }
  const given = valueAt(values, path);
  // A group that was given as something else may hold the secret too.
  const secret = secretPaths.some((whole) => path.every((key, index) => whole[index] === key));
  const shown = secret
    ? "not what it should be"
    : given === undefined
      ? "missing"
      : JSON.stringify(given);
  // A whole group given as something else has zod's own words; ours are about its fields.
  const accepted = issue.message.startsWith("Invalid input")
    ? `an object with the keys ${keysAt(path).join(", ")}`
    : issue.message;
  return [`${path.join(".")} is ${shown}; it must be ${accepted}.`];
}

/** The value at a path; undefined where there is none. */
function valueAt(values: Record<string, unknown>, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), values);
}

/** The keys that the schema knows below a path. */
function keysAt(path: readonly string[]): string[] {
  let at: z.core.$ZodType | undefined = schema;
  for (const key of path) at = fieldsOf(at)[key];
  return Object.keys(fieldsOf(at));
}

/** The fields of an object's schema, through its default and whatever else is around it. */
function fieldsOf(type: z.core.$ZodType | undefined): Record<string, z.core.$ZodType> {
  if (type instanceof z.ZodObject) return type.shape;
  if (type instanceof z.ZodPrefault || type instanceof z.ZodOptional)
    return fieldsOf(type.unwrap());
  return {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The bucket for copies of backups; there is none without an endpoint. */
type Bucket = Omit<Settings["storage"]["backup"]["s3"], "accessKeyId" | "secretAccessKey"> & {
  readonly accessKeyId: pulumi.Output<string>;
  readonly secretAccessKey: pulumi.Output<string>;
};

/** {@link Settings} with the secrets as encrypted Outputs. */
export type Config = Omit<Settings, "database" | "monitoring" | "openai" | "storage"> & {
  readonly storage: Omit<Settings["storage"], "backup"> & {
    readonly backup: Omit<Settings["storage"]["backup"], "s3"> & { readonly s3?: Bucket };
  };
  readonly database: Omit<Settings["database"], "url"> & { readonly url?: pulumi.Output<string> };
  readonly monitoring: Omit<Settings["monitoring"], "receivers"> & {
    readonly receivers: pulumi.Output<Settings["monitoring"]["receivers"]>;
  };
  readonly openai: Omit<Settings["openai"], "apiKey"> & { readonly apiKey?: pulumi.Output<string> };
};

/**
 * Reads the current stack's configuration; index.ts calls it once, nothing else does.
 *
 * @throws RunError with every fault at once
 */
export function readConfig(): Config {
  const prefix = `${new pulumi.Config().name}:`;
  const all = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  // The SDK knows which keys are encrypted and has no public function that says so.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  const settings = parseSettings(
    Object.fromEntries(all.map(([key, value]) => [key.slice(prefix.length), fromStackFile(value)])),
    new Set(
      all
        .map(([key]) => key)
        .filter(isConfigSecret)
        .map((key) => key.slice(prefix.length)),
    ),
  );
  const { database, monitoring, openai, storage } = settings;
  return {
    ...settings,
    database: { ...database, url: secret(database.url) },
    monitoring: { ...monitoring, receivers: pulumi.secret(monitoring.receivers) },
    openai: { ...openai, apiKey: secret(openai.apiKey) },
    storage: { ...storage, backup: { ...storage.backup, s3: bucketOf(storage.backup.s3) } },
  };
}

function bucketOf(s3: Settings["storage"]["backup"]["s3"]): Bucket | undefined {
  const [accessKeyId, secretAccessKey] = [secret(s3.accessKeyId), secret(s3.secretAccessKey)];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  // Keys alone are no bucket: each is set by a command of its own, and they stay when it goes.
  if (s3.endpoint === "") return undefined;
  return { ...s3, accessKeyId, secretAccessKey };
}

function secret(value: string | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}

/** The engine hands objects over as JSON. */
function fromStackFile(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
