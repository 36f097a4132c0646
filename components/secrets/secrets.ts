import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { cloudNativePg, cloudNativePgUrl } from "../../lib/cloudnative-pg.ts";
import { partOf } from "../../lib/labels.ts";
import type { OperatorUse } from "../release/database.schema.ts";
import type { OptionalSecretName, SecretName, ValuesOf } from "./environment.ts";
import { revisionOf } from "./revision.ts";
import type { SecretsSettings } from "./secrets.schema.ts";

/** Arguments of {@link AppSecrets}. */
export interface AppSecretsArgs extends SecretsSettings {
  /** Namespace of the Secrets. */
  readonly namespace: pulumi.Input<string>;
  /** Connection string of an external database; undefined: that of another one. */
  readonly databaseUrl?: pulumi.Input<string> | undefined;
  /** Whether CloudNativePG runs a database, and the application uses it; default: none. */
  readonly operatorDatabase?: OperatorUse | undefined;
  /** Key of the OpenAI-compatible API; undefined: the built-in agent answers. */
  readonly openaiApiKey?: pulumi.Input<string> | undefined;
  /** Password of the mail server's user; undefined: none. */
  readonly smtpPassword?: pulumi.Input<string> | undefined;
  /** URL of the proxy for outgoing requests; undefined: none. */
  readonly proxyUrl?: pulumi.Input<string> | undefined;
  /** Whether destroy keeps the database's password, as it keeps the data. */
  readonly protect: boolean;
}

type Values<Object extends SecretName | OptionalSecretName> = {
  readonly [Name in Object]: ValuesOf<Name, pulumi.Input<string>>;
};

/** Address of the bundled Postgres, as in the chart. */
const bundled = { host: "database-service", port: 5432, user: "todo", database: "todo" } as const;

/**
 * Stores generated and configured secrets in Kubernetes Secrets. Everything downstream gets the names
 * of the Secrets and a revision that rolls pods, never a value.
 */
export class AppSecrets extends pulumi.ComponentResource {
  /** Names of the Secrets, once they exist. */
  public readonly names: Readonly<Record<SecretName, pulumi.Output<string>>>;
  /** Name of the Secret with the proxy's URL; undefined without a proxy. */
  public readonly proxySecretName: pulumi.Output<string> | undefined;
  /** Name of the Secret that CloudNativePG takes the database's password from; undefined without one. */
  public readonly ownerSecretName: pulumi.Output<string> | undefined;
  /** Changes when a value in the Secrets changes; 12 hex digits that reveal nothing about it. */
  public readonly revision: pulumi.Output<string>;
  /** HMAC key for revisions of other Secrets; it is in the cluster too, so that a new state can recover it. */
  public readonly revisionKey: pulumi.Output<string>;

  constructor(name: string, args: AppSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:AppSecrets", name, {}, opts);
    const { rotation, protect } = args;

    // 48 characters of [A-Za-z0-9] carry 285 bits; HS256 asks for 256 (RFC 7518, section 3.2).
    const password = (part: string, keeper: number, options: pulumi.CustomResourceOptions = {}) =>
      new random.RandomPassword(
        `${name}-${part}`,
        { length: 48, special: false, keepers: { rotation: String(keeper) } },
        { parent: this, ...options },
      ).result;

    // Two signing keys alternate: each increment regenerates the older one and makes it the signing
    // key, while the other is accepted until the tokens it signed expire.
    const keys = [
      password("jwt-even", Math.floor(rotation / 2)),
      password("jwt-odd", Math.floor((rotation + 1) / 2)),
    ] as const;
    const [signing, previous] = rotation % 2 === 0 ? keys : [keys[1], keys[0]];

    const databasePassword = password("database", rotation, { protect });
    const { host, port, user, database } = bundled;
    const databaseUrl =
      args.databaseUrl ??
      // A generated password needs no encoding; an adopted one may have any character.
      pulumi
        .output(databasePassword)
        .apply((text) =>
          args.operatorDatabase === "used"
            ? cloudNativePgUrl(text)
            : `postgresql://${user}:${encodeURIComponent(text)}@${host}:${port}/${database}`,
        );

    const values: Values<SecretName> & Partial<Values<"proxy-secret">> = {
      "db-credentials": {
        POSTGRES_USER: user,
        POSTGRES_DB: database,
        POSTGRES_PASSWORD: databasePassword,
      },
      "database-secret": { DATABASE_URL: databaseUrl },
      "api-keys-secret": {
        OPENAI_API_KEY: args.openaiApiKey ?? "",
        SMTP_PASSWORD: args.smtpPassword ?? "",
      },
      "auth-secret": { JWT_SECRET_KEY: signing, JWT_SECRET_KEY_PREVIOUS: previous },
      ...(args.proxyUrl && {
        "proxy-secret": { HTTPS_PROXY: args.proxyUrl, HTTP_PROXY: args.proxyUrl },
      }),
    };
    const existing: Readonly<Record<SecretName, string | undefined>> = {
      "db-credentials": args.existing.dbCredentials,
      "database-secret": args.existing.database,
      "api-keys-secret": args.existing.apiKeys,
      "auth-secret": args.existing.auth,
    };
    const secret = (object: keyof typeof values) =>
      new k8s.core.v1.Secret(
        `${name}-${object}`,
        {
          metadata: { name: object, namespace: args.namespace, labels: partOf },
          stringData: values[object] ?? {},
        },
        { parent: this },
      ).metadata.name;
    const nameOf = (object: SecretName) => {
      const given = existing[object];
      return given === undefined ? secret(object) : pulumi.output(given);
    };
    this.names = {
      "db-credentials": nameOf("db-credentials"),
      "database-secret": nameOf("database-secret"),
      "api-keys-secret": nameOf("api-keys-secret"),
      "auth-secret": nameOf("auth-secret"),
    };

    this.ownerSecretName = args.operatorDatabase
      ? new k8s.core.v1.Secret(
          `${name}-${cloudNativePg.ownerSecret}`,
          {
            metadata: {
              ...{ name: cloudNativePg.ownerSecret, namespace: args.namespace },
              // CloudNativePG gives a new password to the running database at once.
              labels: { ...partOf, "cnpg.io/reload": "true" },
            },
            type: "kubernetes.io/basic-auth",
            stringData: { username: cloudNativePg.user, password: databasePassword },
          },
          { parent: this },
        ).metadata.name
      : undefined;

    this.proxySecretName = values["proxy-secret"] && secret("proxy-secret");

    this.revisionKey = databasePassword;
    this.revision = revisionOf(
      this.revisionKey,
      pulumi.output(values).apply((all) => {
        // The values of existing Secrets are unknown here; the rotation tells that they changed.
        const others = Object.entries(existing).flatMap(([object, given]) =>
          given === undefined ? [] : [[object, { given, rotation }] as const],
        );
        return JSON.stringify({ ...all, ...Object.fromEntries(others) });
      }),
    );

    this.registerOutputs({ names: this.names, revision: this.revision });
  }
}
