import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

import { UsageError } from "../command-line.ts";
import type { Mode } from "./copy.ts";

/** Options that say where an external database is. */
export interface ExternalOptions {
  readonly to?: Mode | undefined;
  /** Environment variable with the URL of the external database. */
  readonly urlFromEnv?: string | undefined;
  /** Environment variable with the URL of an administrator of the external database. */
  readonly adminUrlFromEnv?: string | undefined;
  /** File with certificates (PEM). */
  readonly ca?: string | undefined;
}

/** The URL, which has a password; empty for another target. @throws UsageError without one */
export function urlOf({ to, urlFromEnv: variable }: ExternalOptions): string {
  if (to !== "external") {
    if (variable === undefined) return "";
    throw new UsageError("--url-from-env needs --to external.");
  }
  if (variable === undefined) {
    throw new UsageError(`--url-from-env is missing; ${encoding}`);
  }
  return urlFrom(variable);
}

/** The administrator's URL; empty without one. @throws UsageError */
export function adminUrlOf({ to, adminUrlFromEnv: variable }: ExternalOptions): string {
  if (variable === undefined) return "";
  if (to !== "external") throw new UsageError("--admin-url-from-env needs --to external.");
  return urlFrom(variable);
}

function urlFrom(variable: string): string {
  const url = process.env[variable] ?? "";
  if (URL.canParse(url) && /^postgres(ql)?:\/\/\S+$/.test(url)) return url;
  throw new UsageError(`The variable ${variable} has no postgresql:// URL; ${encoding}`);
}

const encoding = "special characters in the password must be percent-encoded.";

/** The text of the CA bundle; empty without one. @throws UsageError */
export function certificatesOf(file: string | undefined, url: string): string {
  const isChecked = /[?&]sslmode=verify-/.test(url);
  if (file === undefined) {
    if (!isChecked || url.includes("sslrootcert=")) return "";
    throw new UsageError(
      "The URL verifies the server's certificate, so --ca is required: a file with the certificate of the CA that signed it. The image that copies the data has no CA bundle, not even for public CAs.",
    );
  }
  if (!existsSync(file)) throw new UsageError(`--ca: there is no file ${file}.`);
  const text = readFileSync(file, "utf8");
  try {
    new X509Certificate(text);
  } catch {
    throw new UsageError(`${file} has no certificates in PEM format.`);
  }
  if (isChecked) return text;
  throw new UsageError(
    "--ca has no effect: the URL does not verify the server's certificate. End it with ?sslmode=verify-full.",
  );
}
