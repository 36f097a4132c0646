import { randomBytes } from "node:crypto";

import type { CoreV1Api } from "@kubernetes/client-node";
import { parse } from "yaml";

import { unlessAbsent } from "./absent.ts";
import type { GeneratedSecrets } from "../pulumi/seed.ts";

type Data = Readonly<Record<string, string>>;

/** The secrets of a running deployment, from the Secrets in its namespace. */
export interface LiveSecrets {
  readonly generated: GeneratedSecrets;
  /** Secret settings by path below `todo-chatbot:`. */
  readonly settings: Data;
}

export async function readLiveSecrets(core: CoreV1Api, namespace: string): Promise<LiveSecrets> {
  const read = async (name: string): Promise<Data> => {
    const secret = await core.readNamespacedSecret({ namespace, name }).catch(unlessAbsent);
    return Object.fromEntries(
      Object.entries(secret?.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, "base64").toString(),
      ]),
    );
  };
  const all = await Promise.all(
    [
      ...["db-credentials", "database-secret", "auth-secret", "api-keys-secret"],
      ...["backup-bucket-secret", "proxy-secret", "alertmanager-config", "registry-credentials"],
    ].map(read),
  );
  return liveSecrets(Object.assign({}, ...all) as Data);
}

/** @param values of all Secrets, by key. Pure, except that missing secrets are generated. */
export function liveSecrets(values: Data): LiveSecrets {
  const generated = {
    databasePassword: values["POSTGRES_PASSWORD"] || fresh(),
    signingKey: values["JWT_SECRET_KEY"] || fresh(),
    previousKey: values["JWT_SECRET_KEY_PREVIOUS"] || fresh(),
  };
  const settings = {
    "database.url": values["DATABASE_URL"],
    "openai.apiKey": values["OPENAI_API_KEY"],
    "smtp.password": values["SMTP_PASSWORD"],
    "storage.backup.s3.accessKeyId": values["S3_ACCESS_KEY_ID"],
    "storage.backup.s3.secretAccessKey": values["S3_SECRET_ACCESS_KEY"],
    "network.proxy.url": values["HTTPS_PROXY"],
    ...receiverSecrets(values["alertmanager.yml"] ?? ""),
    "images.pullCredentials.password": registryPassword(values[".dockerconfigjson"] ?? "{}"),
  };
  return {
    generated,
    settings: Object.fromEntries(
      Object.entries(settings).flatMap(([path, value]) => (value ? [[path, value]] : [])),
    ),
  };
}

/** The receivers' secrets, from Alertmanager's configuration. */
function receiverSecrets(configuration: string): Readonly<Record<string, string | undefined>> {
  type Receiver = Readonly<Record<string, readonly Data[] | undefined>>;
  const { receivers } = (parse(configuration) ?? {}) as { receivers?: readonly Receiver[] };
  const {
    webhook_configs: webhook,
    slack_configs: slack,
    email_configs: email,
  } = receivers?.[0] ?? {};
  return {
    "monitoring.receivers.webhook.url": webhook?.[0]?.["url"],
    "monitoring.receivers.slack.url": slack?.[0]?.["api_url"],
    "monitoring.receivers.email.password": email?.[0]?.["auth_password"],
  };
}

/** The password in the configuration that images are pulled with. */
function registryPassword(configuration: string): string | undefined {
  type Configuration = { readonly auths?: Readonly<Record<string, { password?: string }>> };
  const { auths = {} } = JSON.parse(configuration) as Configuration;
  return Object.values(auths)[0]?.password;
}

/** A secret like those that the program generates: 48 characters of [A-Za-z0-9]. */
function fresh(): string {
  const letters = randomBytes(96)
    .toString("base64")
    .replaceAll(/[^A-Za-z0-9]/g, "");
  return letters.slice(0, 48);
}
