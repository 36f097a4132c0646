import { createPublicKey, X509Certificate } from "node:crypto";

import type * as pulumi from "@pulumi/pulumi";
import * as z from "zod";

import { isSchedule } from "./cron.ts";
import { postgresUrlFault } from "./postgres-url.ts";

/** Metadata of a field, for messages, documentation and placeholders. */
export interface FieldMeta {
  readonly description?: string;
  /** Accepted values, to complete "it must be …". */
  readonly accepted?: string;
  /** Encrypted in stack files, and never shown. */
  readonly secret?: true;
  /** Placeholder where the encrypted value can't be decrypted; differs for each token. */
  readonly placeholder?: (token: string) => string;
}

/** Metadata of a field. */
export const metaOf = (type: z.core.$ZodType): FieldMeta => z.globalRegistry.get(type) ?? {};

declare const secretMark: unique symbol;
/** The text of a secret field; see {@link WithSecrets}. */
export type Secret = string & { readonly [secretMark]: true };

/** The settings of a schema, with secrets as Inputs. */
export type WithSecrets<T, Value = pulumi.Input<string>> = T extends Secret
  ? Value
  : T extends object
    ? { [Key in keyof T]: WithSecrets<T[Key], Value> }
    : T;

/** An error's message is what is accepted; config/report.ts adds the rest. */
const must = (accepted: string) => ({ error: accepted, abort: true }) as const;

/** An integer within bounds. */
export const whole = (min: number, max: number) => {
  const accepted = `a whole number from ${min} to ${max}`;
  const error = must(accepted);
  return z.int(error).min(min, error).max(max, error).meta({ accepted });
};

/** One of several strings. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => {
  const accepted = `one of ${values.join(", ")}`;
  return z.enum(values, must(accepted)).meta({ accepted });
};

/** The default mode of a union. */
export const defaultMode = <const T extends string>(value: T) =>
  z.literal(value).optional().default(value);

export const flag = z.boolean(must("true or false")).meta({ accepted: "true or false" });

const momentText = "a time with its zone, like 2026-11-29T10:30:00Z";

/** An unquoted time in a stack file, as Pulumi passes it on: as Go prints it. */
const goTime = /^(\S+) (\S+) ([+-]\d\d)(\d\d) \S+$/;

/** A moment, as ISO 8601 writes it. */
export const moment = z
  .string(must(momentText))
  .overwrite((value) => value.replace(goTime, "$1T$2$3:$4").replace(/\+00:00$/, "Z"))
  .refine((value) => isMoment(value), must(momentText))
  .meta({ accepted: momentText });

const isMoment = (value: string) => z.iso.datetime({ offset: true }).safeParse(value).success;

/** A non-empty string that matches a pattern. */
export const text = (accepted: string, pattern = /^./s) =>
  z.string(must(accepted)).regex(pattern, must(accepted)).meta({ accepted });

/** Marks a field as a secret. */
export const secret = (type: z.ZodString, placeholder?: FieldMeta["placeholder"]) =>
  type.meta({ secret: true, ...(placeholder && { placeholder }) }) as unknown as z.ZodType<
    Secret,
    string
  >;

const dnsLabel = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const dnsPattern = new RegExp(String.raw`^(?=.{1,253}$)${dnsLabel}(\.${dnsLabel})*$`);

/** The name of a Kubernetes object. */
export const objectName = (accepted: string) => text(accepted, dnsPattern);
export const namespace = text("a namespace", new RegExp(`^${dnsLabel}$`));
export const host = text("a host name in lowercase letters, like todo.example.org", dnsPattern);

export const cpu = text("millicores, like 100m (1000m is one core)", /^[1-9]\d*m$/);
export const memory = text("mebibytes or gibibytes, like 128Mi or 1Gi", /^[1-9]\d*(Mi|Gi)$/);
export const size = text("a size like 1Gi", /^[1-9]\d*(Mi|Gi|Ti)$/);

export const imageReference = text(
  "an image with a tag other than latest or with a digest, like postgres:17@sha256:…",
  /^[a-z0-9]([a-z0-9.-]*(:\d+)?\/)?[a-z0-9._/-]*(?=[:@])(:(?!latest(@|$))\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
);

export const email = text("an email address, like ops@example.org", /^[^\s@]+@[^\s@]+$/);

/** The value of a label of a Kubernetes object; may be empty. */
export const labelValue = text(
  "the value of a label",
  /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/,
);
export const labelKey = text(
  "the key of a label, like release or example.org/team",
  /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/,
);

/** Labels of Kubernetes objects, by key. */
export const labels = z
  .record(labelKey, labelValue, must("labels, each a key with its value"))
  .meta({ accepted: "labels" });

/** Annotations of Kubernetes objects, by key. */
export const annotations = z
  .record(labelKey, z.string(must("text")), must("annotations, each a key with its value"))
  .meta({ accepted: "annotations" });

/** A list, each item of a type. */
export const listOf = <T extends z.ZodType>(type: T, accepted: string) =>
  z.array(type, must(accepted)).meta({ accepted });

const isHttpUrl = (value: string) => /^https?:\/\/[^\s/]\S*$/.test(value) && URL.canParse(value);

/** URL of an HTTP server, without credentials, because it is not a secret. */
export const httpUrl = z
  .string(must("an http or https URL"))
  .refine((value) => isHttpUrl(value), must("an http or https URL"))
  .refine((value) => !/^\w+:\/\/[^/?#]*@/.test(value), must("a URL without user and password"))
  .meta({ accepted: "an http or https URL" });

const originText = "an http or https URL without a path, like https://todo.example.org";

/** Scheme, host and port of an HTTP server, as browsers write them. */
export const origin = z
  .string(must(originText))
  .refine((value) => isHttpUrl(value) && new URL(value).origin === value, must(originText))
  .meta({ accepted: originText });

/** An HTTP URL that is a secret itself. */
export const secretUrl = secret(
  z
    .string(must("an http or https URL, encrypted"))
    .refine((value) => isHttpUrl(value), must("an http or https URL, encrypted"))
    .meta({ accepted: "an http or https URL, encrypted" }),
  (token) => `https://placeholder.invalid/${token}`,
);

/** Connection string of a Postgres server. */
export const postgresUrl = secret(
  z
    .string(must("a postgresql:// URL, encrypted"))
    .superRefine((value, context) => {
      const fault = postgresUrlFault(value);
      if (fault !== undefined) contradict(context, [], fault);
    })
    .meta({ accepted: "a postgresql:// URL, encrypted" }),
  (token) => `postgresql://${token}@database.invalid:5432/todo?sslmode=verify-full`,
);

const pem = "a certificate in PEM";

export const certificates = z
  .string(must(pem))
  .refine((value) => areCertificates(value), must(pem))
  .meta({ accepted: pem });

/** Whether a PEM text has at least one certificate, and all are valid. */
function areCertificates(value: string): boolean {
  const parts = value.split(/(?=-----BEGIN CERTIFICATE-----)/);
  // Some bundles have comments before the certificates.
  const blocks = parts.filter((part) => part.startsWith("-----BEGIN"));
  try {
    return blocks.length > 0 && blocks.every((block) => new X509Certificate(block).raw.length > 0);
  } catch {
    return false;
  }
}

const publicKeyText = "a public key in PEM, the text of cosign.pub";

export const publicKey = z
  .string(must(publicKeyText))
  .superRefine((value, context) => {
    // A message must not show it.
    if (!value.includes("PRIVATE KEY")) return;
    contradict(
      context,
      [],
      `is a private key; it must be ${publicKeyText}. Replace it, and create a new pair if the file was shared.`,
    );
  })
  .refine((value) => value.includes("PRIVATE KEY") || isPublicKey(value), must(publicKeyText))
  .meta({ accepted: publicKeyText });

function isPublicKey(value: string): boolean {
  try {
    return createPublicKey(value).type === "public";
  } catch {
    return false;
  }
}

const repeated = 'a cron expression, like "0 3 * * *" for every day at 3:00 UTC';
const schedule = `${repeated}, or manual`;

/** Schedule that is never suspended. */
export const repeatedCron = z
  .string(must(repeated))
  .refine((value) => isSchedule(value), must(repeated))
  .meta({ accepted: repeated });

/** Schedule of a CronJob; manual, or empty as in older stack files: suspended. */
export const cron = z
  .string(must(schedule))
  .overwrite((value) => value || "manual")
  .refine((value) => value === "manual" || isSchedule(value), must(schedule))
  .meta({ accepted: schedule });

/** Adds an error for fields that conflict; the sentence follows the path. */
export function contradict(
  context: z.core.$RefinementCtx,
  path: readonly string[],
  sentence: string,
): void {
  context.addIssue({
    code: "custom",
    path: [...path],
    message: sentence,
    params: { sentence: true },
  });
}
