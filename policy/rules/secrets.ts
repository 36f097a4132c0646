import { environment } from "../../components/secrets/environment.ts";
import { builtImage } from "../../lib/built-image.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { nameOf } from "../../lib/manifest.ts";
import type { Content, Fault, Rule } from "../model.ts";
import { eachContainer } from "../model.ts";

const secretNames: readonly string[] = environment
  .filter(({ sensitivity }) => sensitivity === "secret")
  .map(({ name }) => name);

/** Typical names of secrets: `DB_PASSWORD`, `apiKey`, `signing-secret`, but not `secretName`. */
const secretName =
  /pass(word|wd|phrase)|secret(?!s?(name|revision))|token|credential|api[-_]?key|private[-_]?key/i;

/** Values that are secrets regardless of their name. */
const secretTexts: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@$]+@/i, "a URL with a password"],
  [/\bsk-[\w-]{16,}/, "an API key"],
  [/\bgh[pousr]_\w{20,}/, "a GitHub token"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/, "a signed token"],
];

const isNamedSecret = (name: string) => secretNames.includes(name) || secretName.test(name);
const secretIn = (text: string) => secretTexts.find(([pattern]) => pattern.test(text))?.[1];

/** Path and text of every string in a value. */
function* textsIn(value: unknown, path = ""): Generator<[path: string, text: string]> {
  if (typeof value === "string") yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    yield* textsIn(field, path === "" ? key : `${path}.${key}`);
  }
}

/** Decoded values of Secrets; short ones are left out, because they occur elsewhere by chance. */
function secretValues({ objects, resources }: Content): string[] {
  const held = objects
    .filter(({ kind }) => kind === "Secret")
    .flatMap(({ stringData, data }) => [
      ...[...textsIn(stringData)].map(([, text]) => text),
      ...[...textsIn(data)].map(([, text]) => Buffer.from(text, "base64").toString()),
    ]);
  const marked = resources.flatMap(({ secrets }) => secrets);
  return [...new Set([...held, ...marked])].filter(
    (text) => text.length >= 12 && text !== "[unknown]",
  );
}

/** Everything except Secrets and resources that generate or hold secrets. */
function* outsideSecrets({ objects, resources }: Content): Generator<[string, object]> {
  for (const object of objects) {
    if (object.kind !== "Secret") yield [nameOf(object), object];
  }
  for (const { type, name, inputs } of resources) {
    const isObject = inputs["kind"] !== undefined && inputs["apiVersion"] !== undefined;
    if (!isObject && !/^(random:|pulumi:providers:)/.test(type)) yield [`${type} ${name}`, inputs];
  }
}

export const secretRules: readonly Rule[] = [
  {
    name: "no-plain-secret-in-env",
    description: "No container has a plain-text secret in its environment or command line.",
    scope: "resource",
    check: eachContainer(function* ({ container }) {
      for (const { name, value = "" } of container.env ?? []) {
        if (value !== "" && isNamedSecret(name)) {
          yield `has ${name} as plain text in its environment. Read it from a Secret with valueFrom.secretKeyRef.`;
        } else if (secretIn(value) !== undefined) {
          yield `has ${secretIn(value) ?? ""} in its variable ${name}. Read it from a Secret with valueFrom.secretKeyRef.`;
        }
      }
      for (const word of [...(container.command ?? []), ...(container.args ?? [])]) {
        const what = secretIn(word);
        if (what !== undefined) {
          yield `has ${what} on its command line. Read it from a Secret, as a variable or a file.`;
        }
      }
    }),
  },
  {
    name: "no-plain-secret-in-config",
    description: "No ConfigMap, release value or build argument contains a secret.",
    scope: "resource",
    *check({ objects, resources }) {
      const places: [subject: string, where: string, value: unknown][] = [
        ...objects
          .filter(({ kind }) => kind === "ConfigMap")
          .map((object): [string, string, unknown] => [
            nameOf(object),
            "data",
            object["data"] as Manifest,
          ]),
        ...resources.flatMap((resource): [string, string, unknown][] => {
          const { type, name, inputs } = resource;
          const subject = `${type} ${name}`;
          if (type === "kubernetes:helm.sh/v3:Release") {
            return [[subject, "values", inputs["values"]]];
          }
          const built = builtImage(resource);
          return built === undefined ? [] : [[subject, "build.args", built.args]];
        }),
      ];
      for (const [subject, where, value] of places) {
        for (const [path, text] of textsIn(value)) {
          const name = path.split(".").at(-1) ?? "";
          // These are names of Secrets, not values.
          const isReference = /(^|\.)(secrets\.names\..*|existingSecret)$/.test(path);
          const what =
            secretIn(text) ?? (text !== "" && !isReference && isNamedSecret(name) ? name : "");
          if (what !== "") {
            yield {
              subject,
              message: `${where}.${path} holds ${what} as plain text. Put it into a Secret, and pass the Secret's name.`,
            };
          }
        }
      }
    },
  },
  {
    name: "no-secret-outside-secrets",
    description: "No value of a Secret, and no Pulumi secret, appears anywhere else.",
    scope: "stack",
    *check(content): Generator<Fault> {
      const values = secretValues(content);
      const hidden = values.flatMap((text) => [text, Buffer.from(text).toString("base64")]);
      for (const [subject, value] of outsideSecrets(content)) {
        for (const [path, text] of textsIn(value)) {
          if (hidden.some((secret) => text.includes(secret))) {
            yield {
              subject,
              message: `${path} holds the value of a secret. Pass the name of the Secret instead.`,
            };
          }
        }
      }
    },
  },
];
