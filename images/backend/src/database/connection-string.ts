/**
 * Validates a connection string, which must work for the backend, psql and pg_dump. Each returned
 * fault continues a sentence that starts with "DATABASE_URL". Faults quote only names of keys and
 * the sslmode.
 *
 * @param hasCaFile whether there is a CA bundle to verify the server with.
 */
export function connectionStringFaults(text: string, hasCaFile: boolean): readonly string[] {
  if (!/^postgres(?:ql)?:\/\//.test(text)) {
    return [`is not a connection string; it must look like ${example}.`];
  }
  const [, user = "", host = "", path = "", query = ""] = shape.exec(text) ?? [];
  if (host.includes(",")) {
    return [
      "names several hosts; it must name one: the primary, or an address that follows the primary.",
    ];
  }
  if (host === "" || ![user, path, ...query.split(/[&=]/)].every(isEncoded)) {
    return [
      `can't be parsed; it must look like ${example}. Reserved characters must be ` +
        "percent-encoded in user and password: # is %23, % is %25, / is %2F, ? is %3F, @ is %40.",
    ];
  }
  if (URL.canParse(text) && new URL(text).port !== "0") return queryFaults(query, hasCaFile);
  return ["has no valid host or port; the port must be a whole number from 1 to 65535."];
}

const example =
  "postgres://user:password@host:5432/database, with special characters of the password percent-encoded";

const shape =
  /^postgres(?:ql)?:\/\/(?:([^@/?#\s]*)@)?([^@/?#\s]*)(?:\/([^@/?#\s]*))?(?:\?([^@#\s]*))?$/;

function isEncoded(text: string): boolean {
  try {
    return !decodeURIComponent(text).includes("\0");
  } catch {
    return false;
  }
}

/**
 * Keys of libpq that mean the same to pg, or don't matter for the connection's target and security.
 * User, host and the like go before the "?"; keys that name files would find none in a container.
 */
export const connectionKeys: readonly string[] = [
  "application_name",
  "channel_binding",
  "client_encoding",
  "connect_timeout",
  "fallback_application_name",
  "gssencmode",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "load_balance_hosts",
  "options",
  "sslcompression",
  "sslmode",
  "sslnegotiation",
  "sslrootcert",
  "sslsni",
  "target_session_attrs",
  "tcp_user_timeout",
];

const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

const remove = "remove it";
const before = 'write it before the "?"';
/** How to fix keys that only other programs accept, or that belong elsewhere. */
const advice: Readonly<Record<string, string>> = {
  host: before,
  port: before,
  user: before,
  password: before,
  dbname: before,
  pgbouncer: "remove it: poolers are detected automatically",
  schema: "remove it: the tables have their own schema",
  ssl: "use sslmode=require to encrypt, or sslmode=verify-full to verify the certificate too",
};

function queryFaults(query: string, hasCaFile: boolean): readonly string[] {
  const pairs = query === "" ? [] : query.split("&").map((pair) => pair.split("="));
  if (!pairs.every(({ length }) => length === 2)) {
    return [
      'has a part after the "?" that is not key=value; within a value, = is %3D and & is %26.',
    ];
  }
  const given = new Map(pairs.map(([key = "", value = ""]) => [decodeURIComponent(key), value]));
  const faults = [...given.keys()]
    .filter((key) => !connectionKeys.includes(key))
    .map(
      (key) =>
        `has the key ${JSON.stringify(key)}, which psql, pg_dump and the backend don't all ` +
        `accept; ${advice[key] ?? remove}. Accepted keys: ${connectionKeys.join(", ")}.`,
    );
  const mode = given.get("sslmode");
  const ca = given.get("sslrootcert");
  if (mode !== undefined && !sslModes.includes(mode)) {
    faults.push(
      `has the sslmode ${JSON.stringify(mode)}; it must be one of ${sslModes.join(", ")}.`,
    );
  } else if (ca === "system" && mode !== undefined && mode !== "verify-full") {
    faults.push(`has sslrootcert=system with sslmode=${mode}; it requires sslmode=verify-full.`);
  } else if (mode === "verify-ca" && ca === undefined && !hasCaFile) {
    faults.push(
      "has sslmode=verify-ca, but there is no CA bundle; set PGSSLROOTCERT to the file of " +
        "one, or use sslmode=verify-full to verify against the public CAs.",
    );
  }
  return faults;
}
