import { archiveServer } from "../components/database/archive.schema.ts";
import { operatorUse } from "../components/release/database.schema.ts";
import type { SecretsSettings } from "../components/secrets/secrets.schema.ts";
import { parseReference } from "../lib/image-reference.ts";
import type { Settings } from "./schema.ts";

/** The path of a setting, and the rest of the message. */
type Fault = readonly [path: string, sentence: string];

/**
 * Conflicts between groups that are each valid.
 *
 * @param settings without the groups that have faults themselves
 */
export function contradictions(settings: Partial<Settings>): Fault[] {
  return [
    ...registryFaults(settings),
    ...nodePortFaults(settings),
    ...meshFaults(settings),
    ...secretFaults(settings),
    ...operatorFaults(settings),
    ...archiveFaults(settings),
    ...modelFaults(settings),
    ...mailFaults(settings),
  ];
}

function* registryFaults({ cluster, images }: Partial<Settings>): Generator<Fault> {
  if (cluster === undefined || images === undefined) return;
  const { registry } = images;
  if (cluster.kind === "remote" && images.mode === "build" && registry === undefined) {
    yield [
      "images.registry",
      "is missing, but a remote cluster pulls its images from a registry. Set one that you can push to, or set images.mode to prebuilt.",
    ];
  }
  if (cluster.kind !== "remote" && registry !== undefined) {
    yield [
      "images.registry",
      `is "${registry}", but a ${cluster.kind} cluster gets its images from Docker directly. Remove it.`,
    ];
  }
  if (cluster.kind !== "remote" && images.platforms !== undefined && images.platforms.length > 1) {
    yield [
      "images.platforms",
      `has ${images.platforms.join(" and ")}, but the nodes of a ${cluster.kind} cluster are all of one platform. Remove it, or name that one.`,
    ];
  }
}

function* nodePortFaults({ cluster, network }: Partial<Settings>): Generator<Fault> {
  if (cluster?.kind !== "remote" || network?.exposure !== "nodePort" || network.allowNodePort)
    return;
  yield [
    "network.exposure",
    "is nodePort, which opens a port on every node of a remote cluster. Set it to loadBalancer, ingress or gateway, or set network.allowNodePort to true if only trusted networks reach the nodes.",
  ];
}

function* meshFaults({ network, monitoring }: Partial<Settings>): Generator<Fault> {
  if (network?.meshMutualTls !== "strict") return;
  if (network.mesh === "none") {
    yield [
      "network.meshMutualTls",
      "is strict, but network.mesh is none. Set network.mesh first, and this once all pods are in the mesh; or remove it.",
    ];
  }
  if (network.mesh === "istio" && monitoring !== undefined && monitoring.mode !== "off") {
    yield [
      "network.meshMutualTls",
      `is strict, but monitoring.mode is ${monitoring.mode}, and Prometheus calls pods by their addresses, which Istio's sidecars don't encrypt. Set network.mesh to istio-ambient or linkerd, or set this to permissive.`,
    ];
  }
}

/** Values beside the existing Secret that has them, and existing Secrets of which half is missing. */
function* secretFaults({ secrets, database, openai }: Partial<Settings>): Generator<Fault> {
  if (secrets === undefined) return;
  const { existing } = secrets;
  const both = (name: keyof SecretsSettings["existing"], setting: string): Fault => [
    `secrets.existing.${name}`,
    `is "${existing[name] ?? ""}", but ${setting} is set too. Remove one of them.`,
  ];
  if (existing.apiKeys !== undefined && openai?.apiKey !== undefined)
    yield both("apiKeys", "openai.apiKey");
  if (database === undefined) return;
  if (database.mode === "external") {
    if (existing.database === undefined && database.url === undefined) {
      yield [
        "database.url",
        "is missing, but database.mode is external. Set it to a postgresql:// URL, encrypted: pulumi config set --path --secret todo-chatbot:database.url … Or name a Secret that has it in secrets.existing.database.",
      ];
    }
    if (existing.database !== undefined && database.url !== undefined)
      yield both("database", "database.url");
    if (existing.dbCredentials !== undefined && !database.keepBundled) {
      yield [
        "secrets.existing.dbCredentials",
        `is "${existing.dbCredentials}", but database.mode is external, which has no use for it. Remove it.`,
      ];
    }
    return;
  }
  if (database.mode === "operator") return;
  if ((existing.database === undefined) === (existing.dbCredentials === undefined)) return;
  const [has, lacks] =
    existing.database === undefined
      ? (["dbCredentials", "database"] as const)
      : (["database", "dbCredentials"] as const);
  yield [
    `secrets.existing.${lacks}`,
    `is missing, but secrets.existing.${has} is set, and both have the password of the bundled database. Set both or none.`,
  ];
}

function* operatorFaults({ database, images, secrets }: Partial<Settings>): Generator<Fault> {
  if (database === undefined || operatorUse(database) === undefined) return;
  const setting = database.mode === "operator" ? "mode is operator" : "keepOperator is true";
  if (images !== undefined && !/^\d+/.test(parseReference(images.postgres).tag)) {
    yield [
      "images.postgres",
      `is "${images.postgres}", but database.${setting}, and CloudNativePG reads the version of Postgres from the tag. Add it, like postgres:17@sha256:….`,
    ];
  }
  if (secrets === undefined || database.mode !== "operator") return;
  for (const name of ["database", "dbCredentials"] as const) {
    const given = secrets.existing[name];
    if (given === undefined) continue;
    yield [
      `secrets.existing.${name}`,
      `is "${given}", but database.mode is operator, for which the Secrets are created. Remove it.`,
    ];
  }
}

function* archiveFaults({ cluster, database, storage }: Partial<Settings>): Generator<Fault> {
  if (database === undefined || operatorUse(database) === undefined) return;
  const { archive, recover } = database.operator;
  if (!archive.enabled && recover === undefined) return;
  if (storage !== undefined && storage.backup.s3 === undefined) {
    const [setting, is] = archive.enabled
      ? ["archive.enabled", "is true"]
      : ["recover.server", `is "${recover?.server ?? ""}"`];
    yield [
      `database.operator.${setting}`,
      `${is}, but there is no bucket. Set storage.backup.s3 (README.md has the commands), or remove it.`,
    ];
  }
  if (cluster === undefined || recover === undefined || !archive.enabled) return;
  if (recover.prefix !== storage?.backup.s3?.prefix) return;
  if (recover.server !== archiveServer(archive, cluster.namespace)) return;
  yield [
    "database.operator.recover.server",
    `is "${recover.server}", which this stack archives to itself. Set database.operator.archive.server to a new name.`,
  ];
}

function* modelFaults({ secrets, openai }: Partial<Settings>): Generator<Fault> {
  if (openai === undefined || openai.apiKey !== undefined) return;
  if (secrets === undefined || secrets.existing.apiKeys !== undefined) return;
  for (const field of ["baseUrl", "model", "firstByteTimeout"] as const) {
    if (openai[field] === undefined) continue;
    yield [
      `openai.${field}`,
      "is set, but openai.apiKey is not, so the built-in agent would answer. Set the key, or any text if the endpoint needs none: pulumi config set --path --secret todo-chatbot:openai.apiKey …",
    ];
  }
}

function* mailFaults({ secrets, smtp, network }: Partial<Settings>): Generator<Fault> {
  if (smtp === undefined) return;
  if (secrets?.existing.apiKeys !== undefined && smtp.password !== undefined) {
    yield [
      "secrets.existing.apiKeys",
      `is "${secrets.existing.apiKeys}", but smtp.password is set too. Remove one of them.`,
    ];
  }
  if (smtp.host === undefined) return;
  if (smtp.user === undefined && smtp.password !== undefined) {
    yield ["smtp.user", "is missing, but smtp.password is set. Set the user, or remove both."];
  }
  if (smtp.user !== undefined && smtp.password === undefined && secrets !== undefined) {
    if (secrets.existing.apiKeys === undefined) {
      yield [
        "smtp.password",
        "is missing, but smtp.user is set. Set it: pulumi config set --path --secret todo-chatbot:smtp.password …",
      ];
    }
  }
  if (network === undefined || network.publicUrl !== undefined) return;
  if (network.exposure === "ingress" || network.exposure === "gateway") return;
  yield [
    "network.publicUrl",
    "is missing, but smtp.host is set. Set the URL at which users open the web UI, for the links in mails.",
  ];
}
