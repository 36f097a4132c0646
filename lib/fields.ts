import { X509Certificate } from "node:crypto";

import type * as pulumi from "@pulumi/pulumi";
import * as z from "zod";

import { isSchedule } from "./cron.ts";
import { postgresUrlFault } from "./postgres-url.ts";

/** What a field says of itself beside its type: messages, pages and stand-ins are made from it. */
export interface FieldMeta {
  readonly description?: string;
  /** What it accepts, as the end of "it must be …". */
  readonly accepted?: string;
  /** Encrypted in a stack file, and never in a message. */
  readonly secret?: true;
  /** Replaces the encrypted value where nobody can decrypt it; another token gives another text. */
  readonly standIn?: (token: string) => string;
}

/** What a field says of itself. */
export const metaOf = (type: z.core.$ZodType): FieldMeta => z.globalRegistry.get(type) ?? {};

declare const secretMark: unique symbol;
/** The text of a secret field; see {@link WithSecrets}. */
export type Secret = string & { readonly [secretMark]: true };

/** The settings of a schema, with each secret as an Input that may be encrypted. */
export type WithSecrets<T, Value = pulumi.Input<string>> = T extends Secret
  ? Value
  : T extends object
    ? { [Key in keyof T]: WithSecrets<T[Key], Value> }
    : T;

/** The message of a fault is what would have been accepted; config/report.ts adds the rest. */
const must = (accepted: string) => ({ error: accepted, abort: true }) as const;

/** A whole number within bounds. */
export const whole = (min: number, max: number) => {
  const accepted = `a whole number from ${min} to ${max}`;
  const error = must(accepted);
  return z.int(error).min(min, error).max(max, error).meta({ accepted });
};

/** One of some words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => {
  const accepted = `one of ${values.join(", ")}`;
  return z.enum(values, must(accepted)).meta({ accepted });
};

/** The mode of a union that holds where none is given. */
export const defaultMode = <const T extends string>(value: T) =>
  z.literal(value).optional().default(value);

export const flag = z.boolean(must("true or false")).meta({ accepted: "true or false" });

/** Text that is not empty and matches a pattern. */
export const text = (accepted: string, pattern = /^./s) =>
  z.string(must(accepted)).regex(pattern, must(accepted)).meta({ accepted });

/** Marks a field as a secret. */
export const secret = (type: z.ZodString, standIn?: FieldMeta["standIn"]) =>
  type.meta({ secret: true, ...(standIn && { standIn }) }) as unknown as z.ZodType<Secret, string>;

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

const isHttpUrl = (value: string) => /^https?:\/\/[^\s/]\S*$/.test(value) && URL.canParse(value);

/** Where an HTTP server answers; a user or a password has no place in it, because it is no secret. */
export const httpUrl = z
  .string(must("an http or https URL"))
  .refine((value) => isHttpUrl(value), must("an http or https URL"))
  .refine((value) => !/^\w+:\/\/[^/?#]*@/.test(value), must("a URL without user and password"))
  .meta({ accepted: "an http or https URL" });

/** The same where it is a secret itself. */
export const secretUrl = secret(
  z
    .string(must("an http or https URL, encrypted"))
    .refine((value) => isHttpUrl(value), must("an http or https URL, encrypted"))
    .meta({ accepted: "an http or https URL, encrypted" }),
  (token) => `https://stand-in.invalid/${token}`,
);

/** Where a Postgres server answers, and who asks. */
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

/** Whether every certificate of a PEM text can be read, and there is one. */
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

const schedule = 'a cron expression, like "0 3 * * *" for every day at 3:00 UTC, or manual';

/** When a CronJob runs; manual, or nothing as in older stack files: never by itself. */
export const cron = z
  .string(must(schedule))
  .overwrite((value) => value || "manual")
  .refine((value) => value === "manual" || isSchedule(value), must(schedule))
  .meta({ accepted: schedule });

/** A fault of fields that are each fine: what is said after the path. */
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
