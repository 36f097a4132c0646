import { distance } from "fastest-levenshtein";

/** The keys that libpq reads from a URL's query, but for those that would name another server. */
const libpqKeys = (
  "application_name channel_binding client_encoding connect_timeout fallback_application_name " +
  "gssdelegation gssencmode gsslib keepalives keepalives_count keepalives_idle " +
  "keepalives_interval krbsrvname load_balance_hosts options passfile replication require_auth " +
  "requirepeer service ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode " +
  "sslcompression sslcrl sslcrldir sslkey sslmode sslnegotiation sslpassword sslrootcert sslsni " +
  "target_session_attrs tcp_user_timeout"
).split(" ");

const sslModes = "disable allow prefer require verify-ca verify-full".split(" ");

/** Keys of other clients that providers put into the URLs they show. */
const foreignKeys = (
  "pgbouncer connection_limit pool_timeout pool_size max_pool_size schema currentSchema " +
  "search_path socket_timeout statement_cache_size prepareThreshold prepare_threshold " +
  "prepared_statements uselibpqcompat sslaccept sslidentity ssl timezone encoding charset " +
  "reconnect supa workaround"
).split(" ");

/** Keys that would send some of the clients to another server or user than the URL names. */
const targetKeys = "host hostaddr port user password dbname".split(" ");

/**
 * Why Postgres' own clients or the backend can't use a URL, to be said after the setting's name;
 * undefined when they can. It shows no part of the URL that could be one of a password.
 */
export function postgresUrlFault(value: string): string | undefined {
  if (!/^postgres(ql)?:\/\/\S+$/.test(value)) {
    return "is not what it should be; it must be a postgresql:// URL, encrypted.";
  }
  const authority = /^\w+:\/\/([^/?#]*)/.exec(value)?.[1] ?? "";
  if (authority.slice(authority.lastIndexOf("@") + 1).includes(",")) {
    return "names several hosts; the backend and its backups connect to one. Name the host of the primary.";
  }
  const url = URL.parse(value);
  if (url === null || !isAddress(url) || !isEncoded(url)) return unreadable;
  for (const [key, given] of new URLSearchParams(url.search)) {
    const fault = queryFault(key, given);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const unreadable =
  "can't be taken apart into user, password, host, port and database. Percent-encode special characters in user, password and database (# is %23, % is %25, / is %2F, ? is %3F, @ is %40), and name one host and a port up to 65535.";

/** Whether the host is one that a pod can connect to. */
function isAddress({ hostname, port }: URL): boolean {
  return port !== "0" && /^(\[[\da-f:.]+\]|[\w.-]+)$/i.test(hostname);
}

/** Whether nothing is left that has a meaning of its own in a URL: it was part of a password. */
function isEncoded({ href, username, password, pathname, search, hash }: URL): boolean {
  if (hash !== "" || href.endsWith("#") || /@/.test(pathname + search)) return false;
  if (pathname.slice(1).includes("/")) return false;
  try {
    [username, password, pathname, search].map(decodeURIComponent);
    return true;
  } catch {
    return false;
  }
}

function queryFault(key: string, given: string): string | undefined {
  if (key === "sslmode" && !sslModes.includes(given)) {
    return `has an sslmode that does not exist; it must be one of ${sslModes.join(", ")}.`;
  }
  if (libpqKeys.includes(key)) return undefined;
  if (targetKeys.includes(key)) {
    return `has ${key} in its query, which some clients follow and some don't. Write it before the query: postgresql://user:password@host:port/database.`;
  }
  if (key === "ssl") return "has ssl in its query; write sslmode=require or sslmode=verify-full.";
  if (foreignKeys.includes(key)) {
    return `has ${key} in its query, which Postgres' own clients don't know and refuse, those of backups too. Remove it.`;
  }
  const near = libpqKeys.find((known) => distance(known, key) <= 2);
  const hint = near === undefined ? "Remove it." : `Did you mean ${near}?`;
  return `has a key in its query that Postgres' own clients don't know and refuse, those of backups too. ${hint}`;
}
