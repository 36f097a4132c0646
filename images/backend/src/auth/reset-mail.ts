import type { Mail } from "../mail/outbox.ts";
import { validMinutes } from "./password-resets.ts";

/** The mail with a link to set a new password. @param publicUrl of the web UI. */
export function resetMail(email: string, token: string, publicUrl: string): Mail {
  return {
    to: email,
    subject: "Set a new password",
    text: `Somebody, probably you, asked for a link to set a new password for the account ${email} of the Todo chatbot:

${publicUrl}/#reset=${token}

The link can be used once, within ${validMinutes} minutes. If you didn't ask for it, ignore this mail: your password stays as it is.
`,
  };
}
