/** Who reads a variable. */
export type Scope = "shared" | "backend" | "frontend";

/** public: anyone may see it; protected: only who runs the application; secret: only in Secrets. */
export type Sensitivity = "public" | "protected" | "secret";

/** One environment variable of the containers. */
export interface Variable {
  readonly name: string;
  readonly scope: Scope;
  readonly sensitivity: Sensitivity;
  /** The ConfigMap or Secret that holds it. */
  readonly object: ConfigMapName | SecretName;
  /** What it does, with its unit and its default. */
  readonly description: string;
}

export type ConfigMapName = "app-config" | "backend-config" | "frontend-config";
export type SecretName = "db-credentials" | "database-secret" | "api-keys-secret" | "auth-secret";

/**
 * Every environment variable of the application. The ConfigMaps, the Secrets and
 * docs/environment.md are made from this table.
 */
export const environment = [
  {
    name: "NODE_ENV",
    scope: "shared",
    sensitivity: "public",
    object: "app-config",
    description: "Node's mode; `production` in the cluster.",
  },
  {
    name: "LOG_LEVEL",
    scope: "shared",
    sensitivity: "public",
    object: "app-config",
    description: "The least severe line that is logged: debug, info (default), warn or error.",
  },
  {
    name: "HEALTH_CHECK_INTERVAL",
    scope: "shared",
    sensitivity: "public",
    object: "app-config",
    description: "Time between health checks, with its unit; default `30s`.",
  },
  {
    name: "ALLOWED_ORIGINS",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Other web origins that may call the API, separated by commas; default none.",
  },
  {
    name: "OPENAI_BASE_URL",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Address of an OpenAI-compatible API; default that of OpenAI.",
  },
  {
    name: "OPENAI_MODEL",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Model that answers; the backend's own default when empty.",
  },
  {
    name: "DATABASE_URL",
    scope: "backend",
    sensitivity: "secret",
    object: "database-secret",
    description: "Connection string of Postgres, `postgresql://user:password@host:port/database`.",
  },
  {
    name: "OPENAI_API_KEY",
    scope: "backend",
    sensitivity: "secret",
    object: "api-keys-secret",
    description: "Key of that API; without it the built-in agent answers.",
  },
  {
    name: "JWT_SECRET_KEY",
    scope: "backend",
    sensitivity: "secret",
    object: "auth-secret",
    description: "Key that signs the sign-in tokens (HS256), at least 32 characters.",
  },
  {
    name: "JWT_SECRET_KEY_PREVIOUS",
    scope: "backend",
    sensitivity: "secret",
    object: "auth-secret",
    description: "The key before the last rotation: still accepted, signs nothing.",
  },
  {
    name: "API_URL",
    scope: "frontend",
    sensitivity: "public",
    object: "frontend-config",
    description: "Where the frontend passes `/api` on to; default the backend's Service.",
  },
  {
    name: "POSTGRES_USER",
    scope: "backend",
    sensitivity: "protected",
    object: "db-credentials",
    description: "User of the bundled Postgres.",
  },
  {
    name: "POSTGRES_DB",
    scope: "backend",
    sensitivity: "protected",
    object: "db-credentials",
    description: "Database of the bundled Postgres.",
  },
  {
    name: "POSTGRES_PASSWORD",
    scope: "backend",
    sensitivity: "secret",
    object: "db-credentials",
    description: "Password of that user; generated.",
  },
] as const satisfies readonly Variable[];

type Entry = (typeof environment)[number];

/** The names of the variables that one ConfigMap or Secret holds. */
export type VariablesOf<Object extends Entry["object"]> = Extract<
  Entry,
  { object: Object }
>["name"];

/** The values of one ConfigMap or Secret: all of its variables and no other, checked by the compiler. */
export type ValuesOf<Object extends Entry["object"], Value> = Readonly<
  Record<VariablesOf<Object>, Value>
>;
