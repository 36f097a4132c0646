import { schema } from "../../config/schema.ts";
import type { Values } from "../../config/values.ts";
import { isRecord, valueAt } from "../../config/values.ts";
import { releaseName } from "../../lib/helm.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { annotations } from "../../lib/ownership.ts";
import { Problem } from "../../lib/problem.ts";
import type { KubernetesApi } from "./dynamic-client.ts";
import type { HelmRecord } from "./helm-record.ts";
import { helmRecord } from "./helm-record.ts";

/** A deployment to take over. */
export interface Deployment {
  /** Its owner's settings, without secrets. */
  readonly settings: Values;
  /** Helm's objects that the stack manages itself, and that Helm would otherwise delete. */
  readonly kept: readonly Manifest[];
}

/**
 * Reads the deployment in a namespace; changes nothing.
 *
 * @throws Problem when it can't be taken over, because its names differ from a stack's
 */
export async function findDeployment(api: KubernetesApi, name: string): Promise<Deployment> {
  const namespace = await api.read(namespaceNamed(name));
  const recorded = namespace?.metadata.annotations?.[annotations.settings];
  const secrets = await api.secrets(name, "owner=helm");
  const others = secrets
    .map(({ metadata }) => metadata.labels?.["name"] ?? "")
    .filter((release) => release !== releaseName);
  const own = helmRecord(
    secrets.filter(
      ({ metadata: { labels } }) =>
        labels?.["name"] === releaseName && labels["status"] === "deployed",
    ),
  );
  if (own === undefined && others.length > 0) throw new Problem(otherRelease(others));
  if (recorded !== undefined) return { settings: parsed(recorded), kept: [] };
  if (own === undefined) return { settings: {}, kept: [] };
  const service = await api.read({
    ...{ apiVersion: "v1", kind: "Service" },
    metadata: { name: "frontend-service", namespace: name },
  });
  const { ports } = (service?.["spec"] ?? {}) as { ports?: readonly { nodePort?: number }[] };
  return plainDeployment(own, ports?.[0]?.nodePort);
}

/**
 * The deployment of a plain `helm install` of the chart. Pure.
 *
 * @param nodePort of the web UI, from its Service
 * @throws Problem when its names differ from a stack's
 */
export function plainDeployment({ objects, values }: HelmRecord, nodePort?: number): Deployment {
  const value = (path: string) => valueAt(values, path.split("."));
  ensureNames(value);
  const isBundled = value("database.mode") === "bundled";
  const settings = {
    "database.mode": isBundled ? undefined : "external",
    "database.caCertificate": isBundled ? undefined : value("database.caCertificate"),
    "database.runAsUser": value("database.bundled.runAsUser"),
    "images.postgres": isBundled ? imageOf(objects, "database-deployment") : undefined,
    ...(isBundled && volumeSettings(value)),
    ...networkSettings(value, nodePort),
    "backend.replicas": value("backend.replicaCount"),
    "frontend.replicas": value("frontend.replicaCount"),
    "openai.baseUrl": value("backend.config.OPENAI_BASE_URL"),
    "openai.model": value("backend.config.OPENAI_MODEL"),
    ...mailSettings(value),
    "telemetry.otlpEndpoint": value("config.OTEL_EXPORTER_OTLP_ENDPOINT") || undefined,
  };
  return { settings: nested(settings), kept: objects.filter(({ kind }) => kind === "Secret") };
}

type Value = (path: string) => unknown;

function mailSettings(value: Value): Readonly<Record<string, unknown>> {
  const host = value("backend.config.SMTP_HOST");
  if (!host) return {};
  const of = (name: string) => value(`backend.config.${name}`) || undefined;
  const port = of("SMTP_PORT");
  return {
    "network.publicUrl": of("PUBLIC_URL"),
    "smtp.host": host,
    "smtp.port": port === undefined ? undefined : Number(port),
    "smtp.tls": of("SMTP_TLS"),
    "smtp.user": of("SMTP_USER"),
    "smtp.from": of("SMTP_FROM"),
    "smtp.caCertificate": of("SMTP_CA_CERTIFICATE"),
  };
}

function ensureNames(value: Value): void {
  for (const [path, own] of [
    ["namePrefix", ""],
    ["fullnameOverride", ""],
    ["nameOverride", ""],
    ["database.bundled.user", "todo"],
    ["database.bundled.name", "todo"],
    ["secrets.names.database", "database-secret"],
    ["secrets.names.apiKeys", "api-keys-secret"],
    ["secrets.names.auth", "auth-secret"],
    ["secrets.names.dbCredentials", "db-credentials"],
  ] as const) {
    const name = value(path);
    if (typeof name !== "string" || name === "" || name === own) continue;
    throw new Problem(
      `Nothing was changed. The release can't be taken over, because its ${path} is "${name}", and a stack's is ${own === "" ? "empty" : `"${own}"`}. ${copyTheData}`,
    );
  }
}

/** Keeps the PVC with the data. */
function volumeSettings(value: Value): Readonly<Record<string, unknown>> {
  const [accessMode] = (value("database.bundled.storage.accessModes") ?? []) as unknown[];
  return {
    "storage.claimName": value("database.bundled.existingClaim") || "database-data",
    "storage.size": value("database.bundled.storage.size"),
    "storage.accessMode": accessMode,
  };
}

/** Keeps the URL of the web UI, which users know, with its certificate. */
function networkSettings(value: Value, nodePort?: number): Readonly<Record<string, unknown>> {
  const proxies = value("frontend.config.TRUST_PROXY");
  const common = {
    "network.policies": value("networkPolicy.enabled"),
    "network.mesh": value("mesh.mode"),
    "network.meshMutualTls": value("mesh.mutualTls"),
    "network.serviceAnnotations": unlessEmpty(value("frontend.service.annotations")),
    "network.trustedProxies": /^\d$/.test(String(proxies)) ? Number(proxies) : undefined,
  };
  if (value("ingress.enabled") === true) {
    return {
      ...common,
      "network.exposure": "ingress",
      "network.host": value("ingress.host"),
      "network.ingressClassName": value("ingress.className"),
      ...certificateSettings(value, "ingress"),
    };
  }
  if (value("gateway.enabled") === true) {
    return {
      ...common,
      "network.exposure": "gateway",
      "network.host": value("gateway.hostname"),
      ...gatewaySettings(value),
    };
  }
  if (value("frontend.service.type") === "LoadBalancer") {
    return { ...common, "network.exposure": "loadBalancer" };
  }
  return { ...common, "network.nodePort": nodePort };
}

/** The certificate of an Ingress or a Gateway, and other annotations of an Ingress. */
function certificateSettings(value: Value, object: "ingress" | "gateway") {
  const {
    "cert-manager.io/cluster-issuer": clusterIssuer,
    "cert-manager.io/issuer": issuer,
    ...others
  } = (value(`${object}.annotations`) ?? {}) as Readonly<Record<string, unknown>>;
  const isHttps = value(`${object}.tls.enabled`) !== false;
  return {
    "network.tlsSecretName": isHttps ? value(`${object}.tls.secretName`) : undefined,
    "network.clusterIssuer": clusterIssuer,
    "network.issuer": issuer,
    "network.ingressAnnotations": object === "ingress" ? unlessEmpty(others) : undefined,
  };
}

function gatewaySettings(value: Value): Readonly<Record<string, unknown>> {
  const className = value("gateway.className");
  if (typeof className === "string" && className !== "") {
    return { "network.gatewayClassName": className, ...certificateSettings(value, "gateway") };
  }
  type Listeners = readonly Readonly<Record<string, unknown>>[] | undefined;
  const [listener = {}] = (value("gateway.parentRefs") as Listeners) ?? [];
  const [redirect] = (value("gateway.redirectParentRefs") as Listeners) ?? [];
  return {
    "network.gatewayName": listener["name"],
    "network.gatewayNamespace": listener["namespace"],
    "network.sectionName": listener["sectionName"],
    "network.redirectSectionName": redirect?.["sectionName"],
    // Only HTTP is redirected.
    "network.https": redirect === undefined ? undefined : true,
  };
}

const unlessEmpty = (value: unknown) =>
  isRecord(value) && Object.keys(value).length > 0 ? value : undefined;

/** Image of a Deployment's first container; undefined if it is a stack's default. */
function imageOf(objects: readonly Manifest[], deployment: string): unknown {
  const found = objects.find(
    ({ kind, metadata }) => kind === "Deployment" && metadata.name === deployment,
  );
  type Spec = { template: { spec: { containers: readonly { image: string }[] } } } | undefined;
  const [{ image } = {}] = (found?.["spec"] as Spec)?.template.spec.containers ?? [];
  return image === schema.parse({}).images.postgres ? undefined : image;
}

const copyTheData =
  "Migrate its data instead: dump the database, helm uninstall, npm start, npm run todo -- db restore <file>.";

const otherRelease = (releases: readonly string[]) =>
  `Nothing was changed. The namespace has the Helm release ${[...new Set(releases)].join(", ")}, and a stack's release is called ${releaseName}; Deployments can't be renamed. ${copyTheData}`;

function parsed(text: string): Values {
  try {
    const settings: unknown = JSON.parse(text);
    return isRecord(settings) ? settings : {};
  } catch {
    return {};
  }
}

/** Nests values by dotted path; drops unset ones. */
function nested(values: Readonly<Record<string, unknown>>): Values {
  const all: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of Object.entries(values)) {
    const [group = "", field = ""] = path.split(".");
    if (value !== undefined && value !== null && value !== "") {
      all[group] = { ...all[group], [field]: value };
    }
  }
  return all;
}

/** Marks a namespace as the state's, so that no other state changes it. */
export function markNamespace(
  api: KubernetesApi,
  name: string,
  owner: string,
  ownedBy: string,
): Promise<void> {
  const marks = { [annotations.owner]: owner, [annotations.ownedBy]: ownedBy };
  return api.patchMetadata(namespaceNamed(name), { annotations: marks });
}

/** Makes Helm keep objects that its next revision no longer has. */
export async function keepObjects(api: KubernetesApi, objects: readonly Manifest[]): Promise<void> {
  for (const object of objects) {
    await api.patchMetadata(object, { annotations: { "helm.sh/resource-policy": "keep" } });
  }
}

const namespaceNamed = (name: string): Manifest => ({
  ...{ apiVersion: "v1", kind: "Namespace" },
  metadata: { name },
});
