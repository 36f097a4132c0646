import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";

import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";

import type { ReleaseSettings } from "../../components/release/values.ts";
import { releaseValues } from "../../components/release/values.ts";
import { parseSettings } from "../../config/settings.ts";
import type { Field } from "../../config/tree.ts";
import { fieldsBelow } from "../../config/tree.ts";
import { parseReference } from "../../lib/image-reference.ts";
import { valueOf } from "../unit/engine.ts";
import type { Values } from "./helm.ts";
import { at, merge, renderText } from "./helm.ts";
import { describeWith } from "./tools.ts";

const label = "a".repeat(63);
const name = `${label}.${label}.${label}.${"a".repeat(61)}`;
const digest = `@sha256:${"0a".repeat(32)}`;

/** Texts at the edges of what a setting accepts, by what its message says. */
const texts: readonly (readonly [accepted: RegExp, edges: readonly string[]])[] = [
  [/^an image /, [`a:_`, `r-1.example.org:5000/a/b_c.d:${"A".repeat(128)}${digest}`, `a${digest}`]],
  [/^a registry /, ["r", "r-1.example.org:5000/a/b_c.d"]],
  [/^millicores/, ["1m", "999999m"]],
  [/^mebibytes/, ["1Mi", "9999Gi"]],
  [/^a size /, ["1Mi", "999Ti"]],
  [/^a cron .* UTC$/, ["@daily", "*/5 0-23 1,15 JAN-DEC mon-fri"]],
  [/^a cron /, ["manual", "@daily", "*/5 0-23 1,15 JAN-DEC mon-fri"]],
  [/^an http or https URL$/, ["https://a", "https://h.example.org:65535/a?b=c"]],
  [/^an http or https URL, encrypted$/, ["http://a", "https://u:p@h.example.org:65535"]],
  [/^host names/, ["a", ".a,*.b:1,10.0.0.1"]],
  [/^the name of a bucket/, ["a", "A_b.c-1"]],
  [/^the name of a database in the bucket/, ["a", name]],
  [/^a key prefix/, ["a", ".a/b&c/"]],
  [/^a region/, ["a", "Eu_central-1"]],
  [
    /^a certificate/,
    [rootCertificates[0] ?? "", `# two\n${rootCertificates.slice(0, 2).join("\n")}`],
  ],
  [/^a host name/, ["a", name]],
  [
    /^the name of an? (issuer|listener|IngressClass|PriorityClass|Secret|Gateway|StorageClass|PVC)/,
    ["a", name],
  ],
  [/^a namespace/, ["a", label]],
  [/^(a|the) key of|^an API key/, ["a", "b"]],
  [/^a postgresql/, ["postgresql://h/d?sslmode=verify-full"]],
  [/^an address/, ["a@b", "Todo & Co <todo@example.org>"]],
  [/^a user name|^a password/, ["a", "b c"]],
  [/^the name of a model/, ["a", "org/Model:1 b"]],
  [/^a duration/, ["1s", "5m"]],
  [/^whole seconds from 5s/, ["5s", "300s"]],
  [/^whole seconds from 30s/, ["30s", "1800s"]],
  [/^an http or https URL without a path/, ["http://a", "https://h.example.org:65535"]],
];

const variable = `_${"A".repeat(63)}`;

/** Lists and maps at the edges of what a setting accepts, by what its message says. */
const collections: readonly (readonly [accepted: RegExp, edges: readonly unknown[]])[] = [
  [/^labels/, [{}, { [`${name}/${label}`]: label, a: "" }]],
  [/^annotations/, [{}, { [`${name}/${label}`]: "any text: {}", a: "" }]],
  [/^variables, each a name with its value/, [{}, { [variable]: "any text", a: "" }]],
  [/^variables, each a name with a Secret/, [{}, { [`S${variable}`]: `${name}/A_b.c-1` }]],
  [/^public keys of age/, [[], [`age1${"q".repeat(52)}5cu47z`]]],
  [/^origins/, [[], ["https://todo.example.org", "http://localhost:65535"]]],
  [
    /^tolerations/,
    [
      [],
      [
        { operator: "Exists" },
        { key: "a/b", value: "", effect: "NoExecute", tolerationSeconds: 0 },
      ],
    ],
  ],
  // Beside SingleStack too, which allows no second one.
  [/^IPv4, IPv6 or both/, [["IPv4"], ["IPv6"]]],
  [/^nodeAffinity/, [{}, { nodeAffinity: {}, podAffinity: {}, podAntiAffinity: {} }]],
];

/** Values at the edges of what a setting accepts. */
function edges({ path, type, accepted = "" }: Field): readonly unknown[] {
  if (type instanceof z.ZodNumber) return [type.minValue, type.maxValue];
  if (type instanceof z.ZodBoolean) return [false, true];
  if (type instanceof z.ZodEnum) return type.options;
  if (type instanceof z.ZodLiteral) return [type.value];
  const collection = collections.find(([pattern]) => pattern.test(accepted));
  if (collection !== undefined) return collection[1];
  const found = texts.find(([pattern]) => pattern.test(accepted));
  assert.ok(found, `${path.join(".")} needs texts at its edges`);
  return found[1];
}

/** What the release gets no part of. */
const elsewhere = new Set(["cluster", "images", "monitoring", "secrets"]);
const groups = [
  "backend",
  "frontend",
  "database",
  "storage",
  "network",
  "openai",
  "smtp",
  "pods",
  "telemetry",
];

/** Settings that another one, which is tested too, excludes. */
const excluded = new Set([
  "external database.port",
  // Without encryption there are no user, password and certificate.
  " smtp.tls",
  "ingress network.issuer",
  ...["gatewayClassName", "tlsSecretName", "clusterIssuer", "issuer"].map(
    (key) => `gateway network.${key}`,
  ),
  ...["https", "redirectSectionName"].map((key) => `gateway network.${key}`),
]);

/** Settings at their edges: the nth of each, in the nth mode. */
function settingsAt(nth: number): ReturnType<typeof parseSettings> {
  const of = <T>(list: readonly T[]) => list[nth % list.length]!;
  const fields = fieldsBelow().filter(
    ({ path, mode }) =>
      !elsewhere.has(path[0] ?? "") &&
      // A stack can't begin from what it archives itself.
      !path.join(".").startsWith("database.operator.recover.") &&
      !excluded.has(`${mode?.[1] ?? ""} ${path.join(".")}`),
  );
  const modes = new Map<string, string[]>();
  for (const { mode } of fields)
    if (mode) modes.set(mode[0], [...(modes.get(mode[0]) ?? []), mode[1]]);
  const values = fields
    .filter(({ mode }) => mode === undefined || of([...new Set(modes.get(mode[0]))]) === mode[1])
    .map((field) => at(field.path.join("."), of(edges(field))));
  // Prometheus has no part in mutual TLS between Istio's sidecars.
  const unmonitored = at("monitoring.mode", "off");
  return parseSettings(merge(...values, unmonitored), new Set(groups));
}

/** The arguments of the release, as index.ts makes them. */
function releaseOf(nth: number): ReleaseSettings {
  const { backend, frontend, database, storage, network, openai, smtp, pods, telemetry } =
    settingsAt(nth);
  const [, references = []] = texts[0] ?? [];
  const reference = references[nth % references.length]!;
  const image = parseReference(reference);
  return {
    backend: { ...backend, image },
    frontend: { ...frontend, image },
    secretNames: {
      "db-credentials": "a",
      "database-secret": "b",
      "api-keys-secret": "c",
      "auth-secret": "d",
    },
    secretsRevision: "0123456789ab",
    database: {
      ...database,
      image: reference,
      claimName: "data",
      nodeSelector: { "example.org/disk": "here" },
    },
    backup: {
      ...{ ...storage.backup, dataSize: storage.size },
      ...{ claimName: "backups", bucketSecretName: "bucket" },
    },
    network,
    proxySecretName: network.proxy && "proxy",
    pods,
    prometheus:
      nth % 2 === 0
        ? { namespace: label, labels: { release: label }, metricRelabelings: [] }
        : undefined,
    openai,
    smtp,
    telemetry,
  };
}

describeWith(["helm"], "every setting at the edges of what the program accepts", () => {
  // As many as the longest list of edges and all pairs of modes need.
  for (let nth = 0; nth < 8; nth++) {
    it(`is accepted by the chart (${nth + 1})`, async () => {
      const values = await valueOf(pulumi.output(releaseValues(releaseOf(nth))));
      renderText(JSON.parse(JSON.stringify(values)) as Values);
    });
  }
});
