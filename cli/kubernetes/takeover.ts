import type { Values } from "../../config/values.ts";
import { isRecord, valueAt } from "../../config/values.ts";
import { releaseName } from "../../lib/helm.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { annotations } from "../../lib/ownership.ts";
import { Problem } from "../../lib/problem.ts";
import type { HelmRecord } from "../pulumi/deployed.ts";
import { helmRecord } from "../pulumi/deployed.ts";
import type { KubernetesApi } from "./dynamic-client.ts";

/** A deployment that a state is about to take over. */
export interface Deployment {
  /** What its owner had set, without the secrets. */
  readonly settings: Values;
  /** Objects of Helm's that a state has as its own, and that Helm would remove. */
  readonly kept: readonly Manifest[];
  /** Whether its data are on a PVC that a state does not use, because Helm alone made it. */
  readonly hasOwnVolume: boolean;
}

/**
 * Looks at what runs in a namespace; changes nothing.
 *
 * @throws Problem when it can't be taken over under the names that it has
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
  if (recorded !== undefined) return { settings: parsed(recorded), kept: [], hasOwnVolume: false };
  return own === undefined ? { settings: {}, kept: [], hasOwnVolume: false } : plainDeployment(own);
}

/** What a plain `helm install` of the chart has made. Pure. */
export function plainDeployment({ objects, values }: HelmRecord): Deployment {
  const value = (...path: string[]) => valueAt(values, path);
  if (value("namePrefix")) {
    throw new Problem(
      `Nothing was changed. The release has namePrefix "${String(value("namePrefix"))}", and a stack's objects have none, so they can't be taken over under their names. ${copyTheData}`,
    );
  }
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const settings = {
    "database.mode": value("database", "mode") === "external" ? "external" : undefined,
    "network.nodePort": value("frontend", "service", "nodePort"),
    "backend.replicas": value("backend", "replicaCount"),
    "frontend.replicas": value("frontend", "replicaCount"),
    "openai.baseUrl": value("backend", "config", "OPENAI_BASE_URL"),
    "openai.model": value("backend", "config", "OPENAI_MODEL"),
  };
  return {
    settings: nested(settings),
    kept: ofKind("Secret"),
    hasOwnVolume: ofKind("PersistentVolumeClaim").some(({ metadata }) =>
      metadata.name.endsWith("database-data"),
    ),
  };
}

const copyTheData =
  "Take its data along: dump the database, helm uninstall, npm start, npm run todo -- db restore <file>.";

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

/** Values by paths with dots, as groups; without what is not set. */
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

/** Marks a namespace as the state's. From then on, no other state changes anything there. */
export function markNamespace(
  api: KubernetesApi,
  name: string,
  owner: string,
  ownedBy: string,
): Promise<void> {
  const marks = { [annotations.owner]: owner, [annotations.ownedBy]: ownedBy };
  return api.patchMetadata(namespaceNamed(name), { annotations: marks });
}

/** Keeps objects that Helm made when a revision of its no longer has them. */
export async function keepObjects(api: KubernetesApi, objects: readonly Manifest[]): Promise<void> {
  for (const object of objects) {
    await api.patchMetadata(object, { annotations: { "helm.sh/resource-policy": "keep" } });
  }
}

const namespaceNamed = (name: string): Manifest => ({
  ...{ apiVersion: "v1", kind: "Namespace" },
  metadata: { name },
});
