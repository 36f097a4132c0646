import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { rootCertificates } from "node:tls";

import { receivers } from "./alerting.ts";
import type { Values } from "./settings.ts";
import { at, faults, keysOf, refusal } from "./settings.ts";

const [ca = ""] = rootCertificates;
const checked = "postgresql://user:hunter2@db.example.org/todo?sslmode=verify-full";

/** A public key of age. */
const recipient = `age1${"q".repeat(52)}5cu47z`;

const bucket = {
  ...{ endpoint: "https://s3.example.org", bucket: "todo" },
  ...{ accessKeyId: "id", secretAccessKey: "key" },
};

const mail = { host: "smtp.example.org", from: "Todo <todo@example.org>" };
const route = { exposure: "gateway", host: "todo.example.org", gatewayName: "public" };

const { publicKey, privateKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
/** Prebuilt images with these rules for their signatures. */
const signed = (verify: Values) => {
  const image = `signed@sha256:${"0a".repeat(32)}`;
  return { images: { mode: "prebuilt", prebuilt: { backend: image, frontend: image }, verify } };
};

/** A key that nobody reads, and the fault that it is. */
const unknownKeys: readonly (readonly [path: string, hint: string])[] = [
  ["monitorng", "Did you mean monitoring?"],
  ["databases", "Did you mean database?"],
  [
    "namespace",
    "The keys here are cluster, images, backend, frontend, database, pods, storage, network, monitoring, telemetry, secrets, openai, smtp.",
  ],
  ["backend.replica", "Did you mean replicas?"],
  ["backend.workers", `The keys here are ${keysOf("backend")}.`],
  ["frontend.pods.nodeSelectors", "Did you mean nodeSelector?"],
  ["backend.resources.request", "Did you mean requests?"],
  ["monitoring.receivers.slak", "Did you mean slack?"],
  ["storage.backup.s3.buckt", "Did you mean bucket?"],
  ["database.password", `The keys here are ${keysOf("database")}.`],
  ["database.ulr", "Did you mean url?"],
  ["openai.apikey", "Did you mean apiKey?"],
];

/** Something else where a group of keys belongs. */
const noGroups: readonly (readonly [path: string, value: unknown, fault: string])[] = [
  ["backend", 3, `backend is 3; it must be an object with the keys ${keysOf("backend")}.`],
  [
    "cluster",
    ["kind"],
    `cluster is ["kind"]; it must be an object with the keys ${keysOf("cluster")}.`,
  ],
  [
    "backend.resources",
    "small",
    `backend.resources is "small"; it must be an object with the keys ${keysOf("backend.resources")}.`,
  ],
];

/** Values that are each fine and together are not: the least that makes each fault. */
const contradictions: readonly (readonly [what: string, values: Values, fault: string])[] = [
  [
    "a kind cluster with another's context",
    { cluster: { kind: "kind", context: "minikube" } },
    'cluster.context is "minikube"; it must be the context of a kind cluster, kind-…; for others, set cluster.kind to minikube or remote.',
  ],
  [
    "minikube with the context of a kind cluster",
    { cluster: { kind: "minikube", context: "kind-dev" } },
    'cluster.context is "kind-dev"; it must be the context of a minikube profile; for kind-… set cluster.kind to kind.',
  ],
  [
    "a remote cluster without its context",
    {
      cluster: { kind: "remote", context: "" },
      images: { mode: "none" },
      network: { exposure: "loadBalancer" },
    },
    "cluster.context is missing, but cluster.kind is remote. Set it to the context of a remote cluster, neither kind-… nor minikube (kubectl config get-contexts lists them).",
  ],
  ...["minikube", "kind-dev"].map(
    (context) =>
      [
        `a remote cluster with context "${context}"`,
        {
          cluster: { kind: "remote", context },
          images: { mode: "none" },
          network: { exposure: "loadBalancer" },
        },
        `cluster.context is "${context}"; it must be the context of a remote cluster, neither kind-… nor minikube (kubectl config get-contexts lists them).`,
      ] as const,
  ),
  [
    "mutual TLS without a mesh",
    { network: { meshMutualTls: "strict" } },
    "network.meshMutualTls is strict, but network.mesh is none. Set network.mesh first, and this once all pods are in the mesh; or remove it.",
  ],
  [
    "mutual TLS that Prometheus has no part in",
    { network: { mesh: "istio", meshMutualTls: "strict" } },
    "network.meshMutualTls is strict, but monitoring.mode is bundled, and Prometheus calls pods by their addresses, which Istio's sidecars don't encrypt. Set network.mesh to istio-ambient or linkerd, or set this to permissive.",
  ],
  [
    "a profile without minikube",
    { cluster: { kind: "kind", profile: "laptop" } },
    "cluster.profile is set, but cluster.kind is kind, which ignores it. Remove it, or set cluster.kind to minikube.",
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
          `images.prebuilt.${app} is missing, but images.mode is prebuilt. Set it to an image with a tag other than latest or with a digest, like postgres:17@sha256:….`,
        ],
        [
          `a prebuilt ${app} that is built`,
          { images: { mode: "build", prebuilt: { [app]: `${app}:1` } } },
          `images.prebuilt is set, but images.mode is build, which ignores it. Remove it, or set images.mode to prebuilt.`,
        ],
      ] as const,
  ),
  [
    "images to verify that only a tag names",
    {
      images: {
        mode: "prebuilt",
        prebuilt: { backend: "b:1", frontend: `f@sha256:${"0a".repeat(32)}` },
        verify: { identity: "^.*$" },
      },
    },
    'images.prebuilt.backend is "b:1", but images.verify is set, and a tag may name another image by the time it is pulled. Add its digest: b:1@sha256:….',
  ],
  [
    "images to verify that anybody may sign",
    signed({}),
    "images.verify.key is missing, and so is images.verify.identity. Set one of them, or remove images.verify.",
  ],
  [
    "a key beside an identity that signs without one",
    signed({ key: publicKey, identity: "^.*$" }),
    "images.verify.key is set, but images.verify.identity is set too, which is for signatures without a key. Remove one of them.",
  ],
  [
    "an identity without the log",
    signed({ identity: "^.*$", transparencyLog: false }),
    "images.verify.transparencyLog is false, but signatures without a key are only valid in the log. Remove it.",
  ],
  [
    "signatures of images that are built",
    { images: { verify: { identity: "^.*$" } } },
    "images.verify is set, but images.mode is build, which ignores it. Remove it, or set images.mode to prebuilt.",
  ],
  [
    "something else than a key",
    signed({ key: "cosign.pub" }),
    'images.verify.key is "cosign.pub"; it must be a public key in PEM, the text of cosign.pub.',
  ],
  [
    "a key that must stay private",
    signed({ key: privateKey }),
    "images.verify.key is a private key; it must be a public key in PEM, the text of cosign.pub. Replace it, and create a new pair if the file was shared.",
  ],
  [
    "images built for a remote cluster and pushed nowhere",
    { cluster: { kind: "remote", context: "production" }, network: { exposure: "loadBalancer" } },
    "images.registry is missing, but a remote cluster pulls its images from a registry. Set one that you can push to, or set images.mode to prebuilt.",
  ],
  [
    "a port on the nodes of a remote cluster",
    {
      cluster: { kind: "remote", context: "production" },
      images: { registry: "registry.example.org/team" },
    },
    "network.exposure is nodePort, which opens a port on every node of a remote cluster. Set it to loadBalancer, ingress or gateway, or set network.allowNodePort to true if only trusted networks reach the nodes.",
  ],
  [
    "a registry for a local cluster",
    { cluster: { kind: "minikube" }, images: { registry: "registry.example.org/team" } },
    'images.registry is "registry.example.org/team", but a minikube cluster gets its images from Docker directly. Remove it.',
  ],
  [
    "several platforms for a local cluster",
    { cluster: { kind: "kind" }, images: { platforms: ["linux/amd64", "linux/arm64"] } },
    "images.platforms has linux/amd64 and linux/arm64, but the nodes of a kind cluster are all of one platform. Remove it, or name that one.",
  ],
  ...(["env", "envFromSecrets"] as const).map(
    (group) =>
      [
        `a variable of the program's in ${group}`,
        { backend: { [group]: { JWT_SECRET_KEY: "secret/key", TZ: "a/b" } } },
        `backend.${group}.JWT_SECRET_KEY is set, but the program sets this variable itself. Remove it; docs/environment.md lists all variables, and docs/configuration.md their settings.`,
      ] as const,
  ),
  [
    "a key of the model's API beside the Secret that has it",
    { openai: { apiKey: "sk-hunter2" }, secrets: { existing: { apiKeys: "keys" } } },
    'secrets.existing.apiKeys is "keys", but openai.apiKey is set too. Remove one of them.',
  ],
  [
    "a password of the mail server beside the Secret that has it",
    { smtp: { password: "hunter2" }, secrets: { existing: { apiKeys: "keys" } } },
    'secrets.existing.apiKeys is "keys", but smtp.password is set too. Remove one of them.',
  ],
  [
    "a sender of mails without a server",
    { smtp: { from: "todo@example.org" } },
    "smtp.from is set, but smtp.host is not, so no mails would be sent. Set the mail server, or remove it.",
  ],
  [
    "a mail server without a sender",
    { smtp: { host: "smtp.example.org" }, network: { publicUrl: "https://todo.example.org" } },
    "smtp.from is missing, but smtp.host is set. Set the address that mails come from.",
  ],
  [
    "a user of the mail server in clear text",
    {
      smtp: { ...mail, tls: "none", user: "todo" },
      secrets: { existing: { apiKeys: "keys" } },
      network: { publicUrl: "https://todo.example.org" },
    },
    "smtp.user is set, but smtp.tls is none, which encrypts nothing. Remove it, or set smtp.tls to starttls or implicit.",
  ],
  [
    "a password of the mail server without a user",
    { smtp: { ...mail, password: "hunter2" }, network: route },
    "smtp.user is missing, but smtp.password is set. Set the user, or remove both.",
  ],
  [
    "a user of the mail server without a password",
    { smtp: { ...mail, user: "todo" }, network: route },
    "smtp.password is missing, but smtp.user is set. Set it: pulumi config set --path --secret todo-chatbot:smtp.password …",
  ],
  [
    "a mail server without a URL for its links",
    { smtp: mail },
    "network.publicUrl is missing, but smtp.host is set. Set the URL at which users open the web UI, for the links in mails.",
  ],
  [
    "a connection string beside the Secret that has it",
    {
      database: { mode: "external", url: checked },
      secrets: { existing: { database: "postgres" } },
    },
    'secrets.existing.database is "postgres", but database.url is set too. Remove one of them.',
  ],
  [
    "a port of a database beside its connection string",
    { database: { mode: "external", url: checked, port: 6432 } },
    "database.port is 6432, but database.url is set too, which has the port. Remove it.",
  ],
  [
    "the credentials of a bundled database that is not there",
    {
      database: { mode: "external", url: checked },
      secrets: { existing: { dbCredentials: "postgres" } },
    },
    'secrets.existing.dbCredentials is "postgres", but database.mode is external, which has no use for it. Remove it.',
  ],
  [
    "the bundled database's credentials without its connection string",
    { secrets: { existing: { dbCredentials: "postgres" } } },
    "secrets.existing.database is missing, but secrets.existing.dbCredentials is set, and both have the password of the bundled database. Set both or none.",
  ],
  [
    "the bundled database's connection string without its credentials",
    { secrets: { existing: { database: "postgres" } } },
    "secrets.existing.dbCredentials is missing, but secrets.existing.database is set, and both have the password of the bundled database. Set both or none.",
  ],
  [
    "a variable from two places",
    { frontend: { env: { TOKEN: "a" }, envFromSecrets: { TOKEN: "tokens/a" } } },
    "frontend.env.TOKEN is set, but frontend.envFromSecrets.TOKEN is set too. Remove one of them.",
  ],
  [
    "a toleration of an unknown effect",
    { pods: { tolerations: [{ key: "spot", effect: "Never" }] } },
    'pods.tolerations.0.effect is "Never"; it must be one of NoSchedule, PreferNoSchedule, NoExecute.',
  ],
  [
    "a toleration with a key that nobody reads",
    { pods: { tolerations: [{ effct: "NoSchedule" }] } },
    "pods.tolerations.0.effct is not a known key. Did you mean effect?",
  ],
  [
    "an affinity that Kubernetes does not know",
    { database: { pods: { affinity: { nodesAffinity: {} } } } },
    "database.pods.affinity.nodesAffinity is not a known key; it must be nodeAffinity, podAffinity or podAntiAffinity, as in Kubernetes.",
  ],
  [
    "an annotation of the chart's",
    { pods: { annotations: { "checksum/config": "1" } } },
    'pods.annotations is {"checksum/config":"1"}; it must be annotations, none of checksum/…, todo-chatbot/… and helm.sh/hook…, which the chart sets.',
  ],
  [
    "an origin with a path",
    { backend: { allowedOrigins: ["https://a.example.org", "https://b.example.org/"] } },
    'backend.allowedOrigins.1 is "https://b.example.org/"; it must be an http or https URL without a path, like https://todo.example.org.',
  ],
  [
    "registry credentials beside a Secret that has them",
    {
      images: {
        pullSecretName: "registry",
        pullCredentials: { server: "r.example.org", username: "robot", password: "hunter2" },
      },
    },
    'images.pullSecretName is "registry", but images.pullCredentials is set too, of which a Secret is created. Remove one of them.',
  ],
  [
    "an external database without its address",
    { database: { mode: "external" } },
    "database.url is missing, but database.mode is external. Set it to a postgresql:// URL, encrypted: pulumi config set --path --secret todo-chatbot:database.url … Or name a Secret that has it in secrets.existing.database.",
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
    "database.keepBundled is true; it must be false with database.mode bundled.",
  ],
  [
    "an operator's database beside itself",
    { database: { mode: "operator", keepOperator: true } },
    "database.keepOperator is true; it must be false with database.mode operator.",
  ],
  [
    "two instances",
    { database: { mode: "operator", operator: { instances: 2 } } },
    "database.operator.instances is 2; it must be a whole number from 3 to 9.",
  ],
  [
    "an operator that can't tell the version of Postgres",
    {
      database: { keepOperator: true },
      images: { postgres: `postgres@sha256:${"0a".repeat(32)}` },
    },
    `images.postgres is "postgres@sha256:${"0a".repeat(32)}", but database.keepOperator is true, and CloudNativePG reads the version of Postgres from the tag. Add it, like postgres:17@sha256:….`,
  ],
  [
    "a Secret for an operator's database",
    { database: { mode: "operator" }, secrets: { existing: { database: "c" } } },
    'secrets.existing.database is "c", but database.mode is operator, for which the Secrets are created. Remove it.',
  ],
  [
    "an archive without a bucket",
    { database: { mode: "operator", operator: { archive: { enabled: true } } } },
    "database.operator.archive.enabled is true, but there is no bucket. Set storage.backup.s3 (README.md has the commands), or remove it.",
  ],
  [
    "a recovery without a bucket",
    { database: { keepOperator: true, operator: { recover: { server: "shop" } } } },
    'database.operator.recover.server is "shop", but there is no bucket. Set storage.backup.s3 (README.md has the commands), or remove it.',
  ],
  [
    "a recovery from the archive that it would continue",
    {
      database: {
        mode: "operator",
        operator: { archive: { enabled: true }, recover: { server: "todo-chatbot-namespace" } },
      },
      storage: { backup: { s3: bucket } },
    },
    'database.operator.recover.server is "todo-chatbot-namespace", which this stack archives to itself. Set database.operator.archive.server to a new name.',
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
    "database.caCertificate is set, but database.url does not verify the server's certificate. End the URL with ?sslmode=verify-full, or remove it.",
  ],
  [
    "a check against an authority that is not given",
    { database: { mode: "external", url: checked.replace("verify-full", "verify-ca") } },
    "database.caCertificate is missing, but database.url has sslmode=verify-ca, which requires it. Set it to the server's CA bundle, or end the URL with ?sslmode=verify-full.",
  ],
  [
    "an Ingress without a host",
    { network: { exposure: "ingress" } },
    "network.host is missing, but network.exposure is ingress. Set it to a host name in lowercase letters, like todo.example.org.",
  ],
  [
    "a route without a host",
    { network: { exposure: "gateway", gatewayName: "public" } },
    "network.host is missing, but network.exposure is gateway. Set it to a host name in lowercase letters, like todo.example.org.",
  ],
  [
    "a route without a Gateway",
    { network: { exposure: "gateway", host: "todo.example.org" } },
    "network.gatewayName is missing, but network.exposure is gateway. Set it to the name of a Gateway, or set network.gatewayClassName to create one.",
  ],
  [
    "a Gateway that exists and is created",
    {
      network: { ...route, gatewayClassName: "cilium" },
    },
    'network.gatewayClassName is "cilium", but network.gatewayName is set too. Remove the first to use the existing Gateway, or the second to create one.',
  ],
  ...(["gatewayNamespace", "sectionName", "redirectSectionName"] as const).map(
    (key) =>
      [
        `${key} of a Gateway that is created`,
        {
          network: {
            exposure: "gateway",
            host: "todo.example.org",
            gatewayClassName: "cilium",
            [key]: "a",
          },
        },
        `network.${key} is set, but network.gatewayClassName creates a Gateway with listeners of its own. Remove it.`,
      ] as const,
  ),
  ...(["tlsSecretName", "clusterIssuer", "issuer"] as const).map(
    (key) =>
      [
        `${key} for the Gateway of others`,
        { network: { ...route, [key]: "a" } },
        `network.${key} is set, but the certificate belongs to the listener of the existing Gateway. Remove it, and set network.https if that serves HTTPS.`,
      ] as const,
  ),
  ...[{}, { https: true }, { https: true, sectionName: "http" }].map(
    (others) =>
      [
        `a redirect to nothing, with ${JSON.stringify(others)}`,
        { network: { ...route, redirectSectionName: "http", ...others } },
        'network.redirectSectionName is "http", which needs another listener to redirect to. Set network.https to true and network.sectionName to the HTTPS listener, or remove it.',
      ] as const,
  ),
  [
    "two issuers of one certificate",
    {
      network: {
        exposure: "ingress",
        host: "todo.example.org",
        issuer: "own",
        clusterIssuer: "letsencrypt",
      },
    },
    'network.issuer is "own", but network.clusterIssuer is set too. Remove one of them.',
  ],
  [
    "two IP families of one",
    { network: { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6", "IPv4"] } },
    "network.ipFamilyPolicy is SingleStack, but network.ipFamilies has two. Remove one of them, or set the policy to PreferDualStack or RequireDualStack.",
  ],
  [
    "a certificate that nothing serves",
    { network: { exposure: "nodePort", tlsSecretName: "todo-tls" } },
    "network.tlsSecretName is set, but network.exposure is nodePort, which ignores it. Remove it, or set network.exposure to ingress or gateway.",
  ],
  [
    "somebody to tell where nothing tells",
    { monitoring: { mode: "off", receivers: { webhook: { url: "https://hooks.example.org/x" } } } },
    "monitoring.receivers is set, but monitoring.mode is off, which ignores it. Remove it, or set monitoring.mode to bundled.",
  ],
  [
    "a bucket on no server",
    { storage: { backup: { s3: { bucket: "safe" } } } },
    'storage.backup.s3.bucket is "safe", but storage.backup.s3.endpoint is not set. Set the server\'s URL, or remove it.',
  ],
  [
    "keys for copies in no bucket",
    { storage: { backup: { s3: { recipients: [recipient] } } } },
    "storage.backup.s3.recipients is set, but storage.backup.s3.endpoint is not set: only copies in a bucket are encrypted. Set the server's URL, or remove it.",
  ],
  [
    "an authority for no certificate",
    { storage: { backup: { s3: { caCertificate: ca } } } },
    "storage.backup.s3.caCertificate is set, but storage.backup.s3.endpoint is not an https URL. Remove it, or set an https URL.",
  ],
  ...(["backend", "frontend"] as const).map(
    (app) =>
      [
        `a ${app} with fewer pods at most than at least`,
        { [app]: { autoscaling: { enabled: true, minReplicas: 6, maxReplicas: 5 } } },
        `${app}.autoscaling.minReplicas is 6, above autoscaling.maxReplicas (5). Lower it, or raise the maximum.`,
      ] as const,
  ),
];

/** Neighbours of the contradictions that a stack may well say. */
const fine: readonly (readonly [what: string, values: Values])[] = [
  [
    "an archive in a bucket that continues another",
    {
      database: {
        mode: "operator",
        operator: {
          archive: { enabled: true, server: "two" },
          recover: { server: "one", time: "2026-11-29T10:30:00.5+01:00" },
        },
      },
      storage: { backup: { s3: bucket } },
    },
  ],
  [
    "an archive under a name that has another prefix",
    {
      database: {
        mode: "operator",
        operator: {
          archive: { enabled: true },
          recover: { server: "todo-chatbot-namespace" },
        },
      },
      storage: { backup: { s3: { ...bucket, prefix: "then/" } } },
    },
  ],
  [
    "an archive of a database that does not run",
    { database: { operator: { archive: { enabled: true } } } },
  ],
  ["a kind cluster by its context", { cluster: { kind: "kind", context: "kind-dev" } }],
  ["mutual TLS with linkerd", { network: { mesh: "linkerd", meshMutualTls: "strict" } }],
  [
    "mutual TLS with sidecars, and no Prometheus",
    { network: { mesh: "istio", meshMutualTls: "strict" }, monitoring: { mode: "off" } },
  ],
  ["minikube by its context", { cluster: { kind: "minikube", context: "laptop" } }],
  ["minikube by its profile", { cluster: { kind: "minikube", profile: "laptop" } }],
  ["minikube by both", { cluster: { kind: "minikube", profile: "laptop", context: "laptop" } }],
  [
    "a remote cluster that pulls what is pushed",
    {
      cluster: { kind: "remote", context: "production" },
      images: { registry: "registry.example.org:5000/team" },
      network: { exposure: "loadBalancer" },
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
      network: { exposure: "nodePort", allowNodePort: true },
    },
  ],
  ["images that a key must have signed", signed({ key: publicKey, transparencyLog: false })],
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
  [
    "an external database",
    { database: { mode: "external", url: "postgres://u:p@h:5433/d?application_name=todo" } },
  ],
  [
    "an operator's database",
    { database: { mode: "operator", keepBundled: true, operator: { instances: 5, size: "5Gi" } } },
  ],
  [
    "an Ingress with a certificate",
    { network: { exposure: "ingress", host: "todo.example.org", tlsSecretName: "todo-tls" } },
  ],
  ["everybody to tell", { monitoring: { receivers } }],
  [
    "a route",
    { network: { exposure: "gateway", host: "todo.example.org", gatewayName: "public" } },
  ],
  [
    "a route to the HTTPS listener of a Gateway in another namespace",
    {
      network: {
        ...route,
        ...{ gatewayNamespace: "gateways", sectionName: "https", redirectSectionName: "http" },
        https: true,
      },
    },
  ],
  [
    "a Gateway that is created, with an issued certificate",
    {
      network: {
        ...{ exposure: "gateway", host: "todo.example.org", gatewayClassName: "cilium" },
        ...{ issuer: "own", tlsSecretName: "todo-tls", trustedProxies: 2 },
      },
    },
  ],
  [
    "Secrets of others for everything",
    {
      database: { mode: "external", port: 6432, caCertificate: ca, keepBundled: true },
      openai: { model: "small" },
      secrets: { existing: { auth: "a", apiKeys: "b", database: "c", dbCredentials: "d" } },
    },
  ],
  [
    "a fixed number by autoscaling",
    { backend: { autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 3 } } },
  ],
  [
    "bounds of an autoscaler that is off",
    { backend: { autoscaling: { enabled: false, minReplicas: 6, maxReplicas: 5 } } },
  ],
];

describe("a stack's settings", () => {
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
      assert.equal(
        refusal(values, ["database", "images", "monitoring", "openai", "smtp", "storage"]),
        faults(fault),
      );
    });
  }

  for (const [what, values] of fine) {
    it(`accept ${what}`, () => {
      assert.equal(
        refusal(values, ["database", "images", "monitoring", "openai", "smtp", "storage"]),
        "accepted",
      );
    });
  }

  it("are refused for all faults at once", () => {
    assert.equal(
      refusal({
        backend: {
          replicas: 0,
          logLevel: "loud",
          autoscaling: { enabled: true, minReplicas: 6, maxReplicas: 5 },
        },
        frontend: { autoscaling: { enabled: true, minReplicas: 6, maxReplicas: 5 } },
        monitorng: {},
        network: { exposure: "ingress", tlsSecretName: "todo-tls" },
        openai: { apiKey: "hunter2" },
      }),
      `\
The configuration of this stack has 7 errors; nothing was changed.
  - todo-chatbot:openai.apiKey is stored in plain text. Encrypt it: pulumi config set --path --secret todo-chatbot:openai.apiKey (and rotate it, if the file was shared).
  - todo-chatbot:backend.replicas is 0; it must be a whole number from 1 to 50.
  - todo-chatbot:backend.autoscaling.minReplicas is 6, above autoscaling.maxReplicas (5). Lower it, or raise the maximum.
  - todo-chatbot:backend.logLevel is "loud"; it must be one of debug, info, warn, error.
  - todo-chatbot:frontend.autoscaling.minReplicas is 6, above autoscaling.maxReplicas (5). Lower it, or raise the maximum.
  - todo-chatbot:network.host is missing, but network.exposure is ingress. Set it to a host name in lowercase letters, like todo.example.org.
  - todo-chatbot:monitorng is not a known key. Did you mean monitoring?
Change a value with: pulumi config set --path 'todo-chatbot:<key>' <value>. docs/configuration.md describes every key.`,
    );
  });

  it("ask for all of a bucket", () => {
    const fault = (field: string) =>
      `storage.backup.s3.${field} is missing, but storage.backup.s3.endpoint is set. Set it with: pulumi config set --path --secret todo-chatbot:storage.backup.s3.${field} …`;
    assert.equal(
      refusal({ storage: { backup: { s3: { endpoint: "https://s3.example.org" } } } }),
      faults(
        "storage.backup.s3.bucket is missing, but storage.backup.s3.endpoint is set. Set the name of the bucket.",
        fault("accessKeyId"),
        fault("secretAccessKey"),
      ),
    );
  });

  it("name a public key of age that is none, and never a private one", () => {
    const accepted =
      "the public key of an age key pair, age1 and 58 characters, as npm run todo -- db key prints it";
    const path = "storage.backup.s3.recipients";
    const given = (recipients: unknown) => refusal({ storage: { backup: { s3: { recipients } } } });
    const secret = `AGE-SECRET-KEY-1${"Q".repeat(58)}`;
    const mistyped = recipient.replace("5cu", "5cv");
    for (const value of [mistyped, recipient.toUpperCase(), "ssh-ed25519 AAAAC3NzaC1lZDI1"]) {
      assert.equal(
        given([recipient, value]),
        faults(`${path}.1 is "${value}"; it must be ${accepted}.`),
      );
    }
    assert.equal(
      given([secret]),
      faults(
        `${path}.0 is a private key, which must never be in a stack; it must be ${accepted}. Replace it, and create a new pair, because this one is no longer private.`,
        `${path} is set, but storage.backup.s3.endpoint is not set: only copies in a bucket are encrypted. Set the server's URL, or remove it.`,
      ),
    );
    assert.equal(
      given(secret),
      faults(`${path} is "AGE-SECRET-KEY-…"; it must be public keys of age, age1….`),
    );
  });

  it("are not said to contradict a cluster that is itself a fault", () => {
    assert.equal(
      refusal({ cluster: { kind: "k3s" }, images: { registry: "registry.example.org" } }),
      faults('cluster.kind is "k3s"; it must be one of kind, minikube, remote.'),
    );
  });
});
