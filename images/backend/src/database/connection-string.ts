/**
 * What is wrong with a connection string, each fault as what follows "DATABASE_URL". The backend, psql
 * and pg_dump all have to take it. Nothing of the string is in a fault but the names of its keys and
 * its sslmode.
 *
 * @param hasCaFile whether there is a file with the certificates of who signed the server's.
 */
export function connectionStringFaults(text: string, hasCaFile: boolean): readonly string[] {
  if (!/^postgres(?:ql)?:\/\//.test(text)) {
    return [`is no connection string; it must look like ${example}.`];
  }
  const [, user = "", host = "", path = "", query = ""] = shape.exec(text) ?? [];
  if (host.includes(",")) {
    return ["names several hosts; it must name one: the primary, or the address that follows it."];
  }
  if (host === "" || ![user, path, ...query.split(/[&=]/)].every(isEncoded)) {
    return [
      `can't be read; it must look like ${example}. Characters with a meaning have to be ` +
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
 * Keys of libpq that mean the same here, or change nothing about who answers and who listens. Those
 * that say who and where stand before the "?"; those that name other files have none in a container.
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
/** What to do about keys that other programs take, or that have a place of their own. */
const advice: Readonly<Record<string, string>> = {
  host: before,
  port: before,
  user: before,
  password: before,
  dbname: before,
  pgbouncer: "remove it: a pooler is noticed without it",
  schema: "remove it: the tables have a schema of their own",
  ssl: "write sslmode=require to encrypt, or sslmode=verify-full to check the certificate too",
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
        `has the key ${JSON.stringify(key)}, which is none that psql, pg_dump and the backend all ` +
        `take; ${advice[key] ?? remove}. Accepted are ${connectionKeys.join(", ")}.`,
    );
  const mode = given.get("sslmode");
  const ca = given.get("sslrootcert");
  if (mode !== undefined && !sslModes.includes(mode)) {
    faults.push(
      `has the sslmode ${JSON.stringify(mode)}; it must be one of ${sslModes.join(", ")}.`,
    );
  } else if (ca === "system" && mode !== undefined && mode !== "verify-full") {
    faults.push(`has sslrootcert=system with sslmode=${mode}; that goes with verify-full only.`);
  } else if (mode === "verify-ca" && ca === undefined && !hasCaFile) {
    faults.push(
      "has sslmode=verify-ca, and no certificates to check against; set PGSSLROOTCERT to a file of " +
        "them, or write sslmode=verify-full to go by the public authorities.",
    );
  }
  return faults;
}
