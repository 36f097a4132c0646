import { createTransport } from "nodemailer";

import type { Mail, MailServer } from "./outbox.ts";
import type { SmtpConfig } from "./smtp-config.ts";

/** A mail server that is silent for longer has failed, in milliseconds. */
export interface SmtpTimes {
  /** To connect, and until its greeting; default 10 000. */
  readonly connectMs: number;
  /** Between two responses; default 20 000. */
  readonly silenceMs: number;
}

/** A mail server by SMTP, on a new connection for each mail. */
export function smtpServer(
  { host, port, tls, user, password, from, caCertificate }: SmtpConfig,
  { connectMs, silenceMs }: SmtpTimes = { connectMs: 10_000, silenceMs: 20_000 },
): MailServer {
  const transport = createTransport(
    {
      host,
      port,
      secure: tls === "implicit",
      // Otherwise anybody between could strip STARTTLS from the greeting and read the link.
      requireTLS: tls === "starttls",
      ignoreTLS: tls === "none",
      tls: { minVersion: "TLSv1.2", ...(caCertificate && { ca: caCertificate }) },
      ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      dnsTimeout: connectMs,
      socketTimeout: silenceMs,
    },
    {
      from,
      disableFileAccess: true,
      disableUrlAccess: true,
      // Keeps out-of-office replies away (RFC 3834).
      headers: { "Auto-Submitted": "auto-generated" },
    },
  );
  return {
    check: async () => {
      await transport.verify();
    },
    send: async ({ to, subject, text }: Mail) => {
      // As an object: a string would be parsed as a list of addresses.
      await transport.sendMail({ to: { name: "", address: to }, subject, text });
    },
  };
}
