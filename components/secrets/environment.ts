/** Who reads a variable; shared: backend and frontend. */
export type Scope =
  "shared" | "backend" | "frontend" | "database" | "backup" | "monitoring" | "test";

/** public: anyone may see it; protected: operators only; secret: only in Secrets. */
export type Sensitivity = "public" | "protected" | "secret";

/** One environment variable of the containers. */
export interface Variable {
  readonly name: string;
  readonly scope: Scope;
  readonly sensitivity: Sensitivity;
  /** Where it is set: a ConfigMap, a Secret, the pod spec; none: its default applies. */
  readonly object: ConfigMapName | SecretName | OptionalSecretName | "pod" | "none";
  /** Whether its Secret may lack it. */
  readonly optional?: true;
  /** What it does, with its unit and its default. */
  readonly description: string;
}

export type ConfigMapName = "app-config" | "backend-config" | "frontend-config";
export type SecretName = "db-credentials" | "database-secret" | "api-keys-secret" | "auth-secret";
/** Secrets that only exist with the setting that needs them. */
export type OptionalSecretName = "backup-bucket-secret" | "proxy-secret";

/**
 * Every environment variable of the containers. The ConfigMaps, the Secrets, the chart's
 * files/environment.yaml and docs/environment.md are generated from this table; a test compares it with what
 * the containers are given and read.
 */
export const environment = [
  {
    name: "NODE_ENV",
    scope: "shared",
    sensitivity: "public",
    object: "app-config",
    description: "Mode of Node.js; `production` in the cluster.",
  },
  {
    name: "LOG_LEVEL",
    scope: "shared",
    sensitivity: "public",
    object: "app-config",
    description: "Minimum log level: debug, info (default), warn or error.",
  },
  {
    name: "HEALTH_CHECK_INTERVAL",
    scope: "shared",
    sensitivity: "public",
    object: "app-config",
    description: "Interval of health checks, with its unit; default: `30s`.",
  },
  {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    scope: "shared",
    sensitivity: "public",
    object: "app-config",
    description:
      "URL of an OpenTelemetry collector (OTLP over HTTP, JSON); default: no traces. `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` and the other standard variables apply too.",
  },
  {
    name: "ALLOWED_ORIGINS",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Comma-separated CORS origins that may call the API; default: none.",
  },
  {
    name: "OPENAI_BASE_URL",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Base URL of an OpenAI-compatible API; default: OpenAI's.",
  },
  {
    name: "OPENAI_MODEL",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Model to use; empty: the backend's default.",
  },
  {
    name: "OPENAI_FIRST_BYTE_TIMEOUT",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description:
      "Timeout for the first byte of the model's response, with its unit, up to `5m`; default: `60s`.",
  },
  {
    name: "DATABASE_POOL_SIZE",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description:
      "Maximum database connections per pod for requests, 1 to 100; one more listens for changes; default: `10`.",
  },
  {
    name: "DATABASE_REPLICA_HOST",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description:
      "Host of the database's replicas, which answer reads while the host in `DATABASE_URL` does not; default: none.",
  },
  {
    name: "PUBLIC_URL",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "URL of the web UI, for links in mails; required with `SMTP_HOST`.",
  },
  {
    name: "SMTP_HOST",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description:
      "Mail server for links to reset passwords; default: none, and an administrator creates the links.",
  },
  {
    name: "SMTP_PORT",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Port of that server; default: `587`, with `SMTP_TLS=implicit` `465`.",
  },
  {
    name: "SMTP_TLS",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description:
      "`starttls` (default; required of the server), `implicit`, or `none` for a relay without sign-in.",
  },
  {
    name: "SMTP_USER",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "User of that server; default: no sign-in.",
  },
  {
    name: "SMTP_FROM",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "Sender of mails, such as `Todo <todo@example.org>`; required with `SMTP_HOST`.",
  },
  {
    name: "SMTP_CA_CERTIFICATE",
    scope: "backend",
    sensitivity: "public",
    object: "backend-config",
    description: "CA bundle (PEM) of that server; default: the public CAs.",
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
    optional: true,
    description: "Key of that API; without it, the built-in agent answers.",
  },
  {
    name: "SMTP_PASSWORD",
    scope: "backend",
    sensitivity: "secret",
    object: "api-keys-secret",
    optional: true,
    description: "Password of `SMTP_USER`.",
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
    optional: true,
    description: "Signing key before the last rotation; its tokens are still accepted.",
  },
  {
    name: "HTTPS_PROXY",
    scope: "backend",
    sensitivity: "secret",
    object: "proxy-secret",
    description: "Proxy for requests over https; backups read it too. Default: none.",
  },
  {
    name: "HTTP_PROXY",
    scope: "backend",
    sensitivity: "secret",
    object: "proxy-secret",
    description: "Proxy for requests over http; backups read it too. Default: none.",
  },
  {
    name: "NO_PROXY",
    scope: "backend",
    sensitivity: "public",
    object: "pod",
    description: "Comma-separated hosts that are reached without the proxy.",
  },
  {
    name: "API_URL",
    scope: "frontend",
    sensitivity: "public",
    object: "frontend-config",
    description: "URL that the frontend proxies `/api` to; default: the backend's Service.",
  },
  {
    name: "POSTGRES_USER",
    scope: "database",
    sensitivity: "protected",
    object: "db-credentials",
    description: "User of the bundled Postgres.",
  },
  {
    name: "POSTGRES_DB",
    scope: "database",
    sensitivity: "protected",
    object: "db-credentials",
    description: "Database of the bundled Postgres.",
  },
  {
    name: "POSTGRES_PASSWORD",
    scope: "database",
    sensitivity: "secret",
    object: "db-credentials",
    description: "Password of that user; generated.",
  },
  {
    name: "PORT",
    scope: "shared",
    sensitivity: "public",
    object: "pod",
    description: "TCP port to listen on; default: `8000` (backend), `3000` (frontend).",
  },
  {
    name: "HOST",
    scope: "shared",
    sensitivity: "public",
    object: "none",
    description: "Address to listen on; default: all, IPv4 and IPv6.",
  },
  {
    name: "PGSSLROOTCERT",
    scope: "backend",
    sensitivity: "public",
    object: "pod",
    description:
      "File with the database's CA bundle, for sslmode=verify-full; default: the system's.",
  },
  {
    name: "DATA_DIR",
    scope: "backend",
    sensitivity: "public",
    object: "none",
    description:
      "Directory of the embedded database, used without `DATABASE_URL`; default: `./data`.",
  },
  {
    name: "API_PODS_URL",
    scope: "frontend",
    sensitivity: "public",
    object: "pod",
    description:
      "URL that resolves to all backend pods, for load balancing across them; default: `API_URL`.",
  },
  {
    name: "METRICS_PORT",
    scope: "frontend",
    sensitivity: "public",
    object: "pod",
    description: "Separate port for `/metrics`; default: `PORT`.",
  },
  {
    name: "TRUST_PROXY",
    scope: "frontend",
    sensitivity: "public",
    object: "frontend-config",
    description:
      "Number of proxies in front whose `X-Forwarded-*` headers are trusted; default: `0`, with an Ingress or a Gateway `1`.",
  },
  {
    name: "SHUTDOWN_DRAIN",
    scope: "frontend",
    sensitivity: "public",
    object: "none",
    description: "How long requests are served after SIGTERM, with its unit; default: `5s`.",
  },
  {
    name: "PGDATA",
    scope: "database",
    sensitivity: "public",
    object: "pod",
    description: "Directory of the database's files on its volume.",
  },
  {
    name: "MINIMUM_FREE_MIB",
    scope: "database",
    sensitivity: "public",
    object: "pod",
    description: "Free space in MiB below which the database becomes read-only.",
  },
  {
    name: "POSTGRES_HOST_AUTH_METHOD",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description:
      "How the throwaway database of the drill, which only its pod reaches, checks users.",
  },
  {
    name: "FOLDER",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "Directory that backups are written to.",
  },
  {
    name: "KEEP",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "Number of newest backups to keep.",
  },
  {
    name: "KEEP_DAILY",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "Days, of each of which the last of the older backups is kept too. Default: 0.",
  },
  {
    name: "KEEP_WEEKLY",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "The same of weeks. Default: 0.",
  },
  {
    name: "KEEP_MONTHLY",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "The same of months. Default: 0.",
  },
  {
    name: "HOME",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "Home directory for psql; must be writable.",
  },
  {
    name: "S3_ENDPOINT",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "URL of the S3-compatible server that backups are copied to.",
  },
  {
    name: "S3_BUCKET",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "Name of the bucket.",
  },
  {
    name: "S3_PREFIX",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "Key prefix of the copies; may be empty.",
  },
  {
    name: "S3_REGION",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "Region of the bucket.",
  },
  {
    name: "S3_CA_CERTIFICATE",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description: "CA bundle (PEM) of the server; empty for the system's.",
  },
  {
    name: "AGE_RECIPIENTS",
    scope: "backup",
    sensitivity: "public",
    object: "pod",
    description:
      "Public keys that copies are encrypted for, separated by commas. Default: they are not encrypted.",
  },
  {
    name: "S3_ACCESS_KEY_ID",
    scope: "backup",
    sensitivity: "secret",
    object: "backup-bucket-secret",
    description: "Access key ID of the bucket.",
  },
  {
    name: "S3_SECRET_ACCESS_KEY",
    scope: "backup",
    sensitivity: "secret",
    object: "backup-bucket-secret",
    description: "Secret access key of the bucket.",
  },
  {
    name: "GOMEMLIMIT",
    scope: "monitoring",
    sensitivity: "public",
    object: "pod",
    description: "Soft memory limit of the Go runtime of Prometheus and Alertmanager.",
  },
  {
    name: "BACKEND_URL",
    scope: "test",
    sensitivity: "public",
    object: "pod",
    description: "URL of the backend for `helm test`.",
  },
  {
    name: "FRONTEND_URL",
    scope: "test",
    sensitivity: "public",
    object: "pod",
    description: "URL of the frontend for `helm test`.",
  },
] as const satisfies readonly Variable[];

type Entry = (typeof environment)[number];

/** The names of the variables that one ConfigMap or Secret holds. */
export type VariablesOf<Object extends Entry["object"]> = Extract<
  Entry,
  { object: Object }
>["name"];

/** The values of one ConfigMap or Secret; the compiler checks that none is missing or unknown. */
export type ValuesOf<Object extends Entry["object"], Value> = Readonly<
  Record<VariablesOf<Object>, Value>
>;
