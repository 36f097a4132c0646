import { distance } from "fastest-levenshtein";

/**
 * The query parameters that psql, pg_dump and the backend all support; a test compares them with the
 * backend's. Left out are host, user and the like, which belong before the query, and files that the
 * containers don't have.
 */
export const queryKeys: readonly string[] = (
  "application_name channel_binding client_encoding connect_timeout fallback_application_name " +
  "gssencmode keepalives keepalives_count keepalives_idle keepalives_interval load_balance_hosts " +
  "options sslcompression sslmode sslnegotiation sslrootcert sslsni target_session_attrs " +
  "tcp_user_timeout"
).split(" ");

const sslModes = "disable allow prefer require verify-ca verify-full".split(" ");

const before = "Write it before the query: postgresql://user:password@host:port/database.";
const remove = "Remove it.";

/**
 * Advice for parameters of other clients, or that providers put into their URLs. Messages name no other
 * parameter: it may be part of a password.
 */
const advice: ReadonlyMap<string, string> = new Map([
  ...["host", "hostaddr", "port", "user", "password", "dbname"].map(
    (key) => [key, before] as const,
  ),
  ...(
    "pgbouncer connection_limit pool_timeout pool_size max_pool_size schema currentSchema " +
    "search_path socket_timeout statement_cache_size prepareThreshold prepare_threshold " +
    "prepared_statements uselibpqcompat sslaccept sslidentity sslcert sslkey sslpassword sslcrl " +
    "sslcertmode passfile service requirepeer require_auth supa workaround timezone encoding"
  )
    .split(" ")
    .map((key) => [key, remove] as const),
  ["ssl", "Write sslmode=require to encrypt, or sslmode=verify-full to check who answers too."],
]);

/**
 * Why Postgres' own clients or the backend can't use a URL, to follow the setting's name; undefined if
 * they can. It shows no part of the URL that could belong to a password.
 */
export function postgresUrlFault(value: string): string | undefined {
  if (!/^postgres(ql)?:\/\/\S+$/.test(value)) {
    return "is invalid; it must be a postgresql:// URL, encrypted.";
  }
  const authority = /^\w+:\/\/([^/?#]*)/.exec(value)?.[1] ?? "";
  if (authority.slice(authority.lastIndexOf("@") + 1).includes(",")) {
    return "names several hosts; the backend and its backups connect to one. Name the host of the primary.";
  }
  const url = URL.parse(value);
  if (url === null || !isAddress(url) || !isEncoded(url)) return unreadable;
  const pairs = url.search.slice(1).split("&").filter(Boolean);
  return pairs.map(queryFault).find(Boolean) ?? systemFault(url.searchParams);
}

const unreadable =
  "can't be parsed into user, password, host, port and database. Percent-encode special characters in user, password and database (# is %23, % is %25, / is %2F, ? is %3F, @ is %40), and name one host and a port up to 65535.";

/** Whether a pod can connect to the host. */
function isAddress({ hostname, port }: URL): boolean {
  return port !== "0" && /^(\[[\da-f:.]+\]|[\w.-]+)$/i.test(hostname);
}

/** Whether no unencoded special characters remain, which would be part of a password. */
function isEncoded({ href, username, password, pathname, search, hash }: URL): boolean {
  if (hash !== "" || href.endsWith("#") || /@/.test(pathname + search)) return false;
  if (pathname.slice(1).includes("/")) return false;
  try {
    return ![username, password, pathname, search].map(decodeURIComponent).join("").includes("\0");
  } catch {
    return false;
  }
}

function queryFault(pair: string): string | undefined {
  const [key = "", value, ...more] = pair.split("=").map(decodeURIComponent);
  if (value === undefined || more.length > 0) {
    return "has a part in its query that is not key=value; within a value, = is %3D and & is %26.";
  }
  if (key === "sslmode" && !sslModes.includes(value)) {
    return `has an unknown sslmode; it must be one of ${sslModes.join(", ")}.`;
  }
  if (queryKeys.includes(key)) return undefined;
  const remedy = advice.get(key);
  if (remedy !== undefined) {
    return `has ${key} in its query, which psql, pg_dump and the backend don't all support. ${remedy}`;
  }
  const near = queryKeys.find((known) => distance(known, key) <= 2);
  const hint = near === undefined ? remove : `Did you mean ${near}?`;
  return `has a key in its query that psql, pg_dump and the backend don't all support. ${hint}`;
}

function systemFault(query: URLSearchParams): string | undefined {
  if (query.get("sslrootcert") !== "system") return undefined;
  if ((query.get("sslmode") ?? "verify-full") === "verify-full") return undefined;
  return "has sslrootcert=system, which requires sslmode=verify-full.";
}
