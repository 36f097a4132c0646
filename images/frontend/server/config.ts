/** Reads and validates the server's environment variables. */

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export interface ServerConfig {
  /** Address to listen on; default empty, for all, IPv6 and IPv4. */
  readonly host: string;
  /** TCP port; default 3000; 0 lets the system choose. */
  readonly port: number;
  /** Separate port for `/metrics`; default `port`. */
  readonly metricsPort: number | undefined;
  readonly logLevel: (typeof logLevels)[number];
  /** Origin of the backend, such as `http://backend-service`; default `http://127.0.0.1:8000`. */
  readonly apiUrl: URL;
  /**
   * Origin whose name resolves to all backend pods, such as `http://backend-pods:8000`, for round
   * robin over them; by default requests go to `apiUrl`.
   */
  readonly apiPodsUrl: URL | undefined;
  /** Interval of the backend health check for the metrics, in milliseconds; default 30 s. */
  readonly healthCheckIntervalMs: number;
  /**
   * How long requests are still served after SIGTERM, in milliseconds; default 5 s if NODE_ENV is
   * `production`, else 0.
   */
  readonly drainMs: number;
  /**
   * Number of proxies in front whose forwarded headers are trusted, such as 1 for an Ingress. Default
   * 0: they are dropped, because clients could use them to evade rate limits by address.
   */
  readonly trustedProxies: number;
}

/** The environment is invalid; `message` has one line per fault. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the configuration from environment variables. An empty value counts as unset.
 *
 * @throws ConfigError with every invalid variable, its value and what is allowed.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ServerConfig {
  const faults: string[] = [];

  function read<T>(
    name: string,
    fallback: T,
    parse: (text: string) => T | undefined,
    allowed: string,
  ): T {
    const text = env[name]?.trim();
    if (text === undefined || text === "") return fallback;
    const value = parse(text);
    if (value !== undefined) return value;
    faults.push(
      `${name} is ${JSON.stringify(withoutUser(text.slice(0, 80)))}; it must be ${allowed}.`,
    );
    return fallback;
  }
  const integer = (min: number, max: number) => (text: string) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
  const duration = (minMs: number, maxMs: number) => (text: string) => {
    const [, amount, unit = "s"] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? [];
    const ms = Number(amount) * (unitMs[unit] ?? Number.NaN);
    return ms >= minMs && ms <= maxMs ? ms : undefined;
  };
  const port = "a port number from 0 to 65535";
  const bareOrigin =
    "an http or https URL with a host and optional port, without user, path or query, such as ";

  const config: ServerConfig = {
    host: read("HOST", "", hostName, "an IP address or a host name without a port"),
    port: read("PORT", 3000, integer(0, 65_535), port),
    metricsPort: read<number | undefined>("METRICS_PORT", undefined, integer(0, 65_535), port),
    logLevel: read(
      "LOG_LEVEL",
      "info",
      (text) => logLevels.find((level) => level === text.toLowerCase()),
      `one of ${logLevels.join(", ")}`,
    ),
    apiUrl: read(
      "API_URL",
      new URL("http://127.0.0.1:8000"),
      origin,
      `${bareOrigin}http://backend-service`,
    ),
    apiPodsUrl: read<URL | undefined>(
      "API_PODS_URL",
      undefined,
      origin,
      `${bareOrigin}http://backend-pods:8000`,
    ),
    healthCheckIntervalMs: read(
      "HEALTH_CHECK_INTERVAL",
      30_000,
      duration(1000, 3_600_000),
      "a duration from 1s to 1h, such as 30s or 2m",
    ),
    drainMs: read(
      "SHUTDOWN_DRAIN",
      env.NODE_ENV?.trim() === "production" ? 5000 : 0,
      duration(0, 60_000),
      "a duration from 0s to 60s, such as 5s",
    ),
    trustedProxies: read(
      "TRUST_PROXY",
      0,
      (text) => ({ true: 1, false: 0 })[text] ?? integer(0, 9)(text),
      "a number of proxies from 0 to 9, true (1) or false (0)",
    ),
  };
  const { apiUrl, apiPodsUrl } = config;
  if (apiPodsUrl !== undefined && apiPodsUrl.protocol !== apiUrl.protocol) {
    faults.push(
      `API_PODS_URL starts with ${apiPodsUrl.protocol}//, API_URL with ${apiUrl.protocol}//; both must use the same scheme.`,
    );
  }
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return config;
}

function hostName(text: string): string | undefined {
  return /^[\w.:-]+$/.test(text) && !/^[^:]+:\d+$/.test(text) ? text : undefined;
}

function origin(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  const bare = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return bare && url.pathname === "/" ? url : undefined;
}

/** Removes a URL's user and password, which must not be logged. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//…@");
}
