/** A mail server, and what mails from it say. */
export interface SmtpConfig {
  readonly host: string;
  /** Default 587, with implicit TLS 465. */
  readonly port: number;
  /** `starttls` is required, not only used if offered; default. `none` is for relays nearby. */
  readonly tls: TlsMode;
  /** Both or neither. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Address, with or without a name: `Todo <todo@example.com>`. */
  readonly from: string;
  /** CA bundle (PEM) of the server; undefined for the public CAs. */
  readonly caCertificate: string | undefined;
  /** URL of the web UI for links, without a slash at its end. */
  readonly publicUrl: string;
}

const tlsModes = ["starttls", "implicit", "none"] as const;
type TlsMode = (typeof tlsModes)[number];

/** How `readConfig` reads variables. */
export interface Reader {
  /** The text of a variable; undefined if it is unset or empty. */
  readonly read: (name: string) => string | undefined;
  /** Parses a variable; records a fault if `parser` returns undefined. */
  readonly parse: <T>(
    name: string,
    fallback: T,
    wanted: string,
    parser: (text: string) => T | undefined,
  ) => T;
  readonly faults: string[];
}

/** An address or `Name <address>`; no line breaks, which would end the header. */
const sender = /^(?:[^\s@<>,;]+@[^\s@<>,;]+|[^<>\p{Cc}]+ <[^\s@<>,;]+@[^\s@<>,;]+>)$/u;

/** The mail server; undefined without SMTP_HOST. */
export function readSmtp(
  { read, parse, faults }: Reader,
  parsePort: (text: string) => number | undefined,
  parseUrl: (text: string) => string | undefined,
): SmtpConfig | undefined {
  const host = read("SMTP_HOST");
  if (host === undefined) {
    for (const name of ["SMTP_PORT", "SMTP_TLS", "SMTP_USER", "SMTP_FROM", "SMTP_CA_CERTIFICATE"]) {
      if (read(name) !== undefined) {
        faults.push(`${name} is set, but SMTP_HOST is not. Set the host of the mail server.`);
      }
    }
    return undefined;
  }
  const tls = parse("SMTP_TLS", "starttls", `one of ${tlsModes.join(", ")}`, (text) =>
    tlsModes.find((mode) => mode === text),
  );
  const port = parse(
    "SMTP_PORT",
    tls === "implicit" ? 465 : 587,
    "a whole number from 1 to 65535 (default 587, with SMTP_TLS=implicit 465)",
    parsePort,
  );
  const [user, password] = [read("SMTP_USER"), read("SMTP_PASSWORD")];
  if ((user === undefined) !== (password === undefined)) {
    const [set, missing] =
      user === undefined ? ["SMTP_PASSWORD", "SMTP_USER"] : ["SMTP_USER", "SMTP_PASSWORD"];
    faults.push(`${missing} is not set, but ${set} is. Set both, or neither.`);
  }
  if (tls === "none" && password !== undefined) {
    faults.push(
      "SMTP_TLS is none, which would send SMTP_PASSWORD in clear text. Set starttls or implicit.",
    );
  }
  const from = parse("SMTP_FROM", "", "an address, like Todo <todo@example.com>", (text) =>
    sender.test(text) ? text : undefined,
  );
  const wantedUrl = "the http or https URL of the web UI, like https://todo.example.com";
  const publicUrl = parse("PUBLIC_URL", "", wantedUrl, parseUrl);
  for (const [name, wanted] of [
    ["SMTP_FROM", "the address that mails come from"],
    ["PUBLIC_URL", "the URL of the web UI, for links in mails"],
  ] as const) {
    if (read(name) !== undefined) continue;
    faults.push(`${name} is not set, but SMTP_HOST is. Set ${wanted}.`);
  }
  const caCertificate = read("SMTP_CA_CERTIFICATE");
  return { host, port, tls, user, password, from, caCertificate, publicUrl };
}
