import { HttpProblem } from "../http/problem.ts";
import { commonPasswords } from "./common-passwords.ts";

/**
 * Refuses a password that is guessed first.
 *
 * @param path of the field in the request, for the error.
 * @throws HttpProblem 400
 */
export function requireUncommon(password: string, email: string, path = "body.password"): void {
  const fault = faultOf(password.normalize("NFKC").toLowerCase(), email.toLowerCase());
  if (fault === undefined) return;
  const message = `${fault}; choose another`;
  throw new HttpProblem(400, `The request is not valid. ${path}: ${message}.`, {
    errors: [{ path, message }],
  });
}

function faultOf(password: string, email: string): string | undefined {
  const [name = ""] = email.split("@");
  if (password.trim() === "") return "must not be blank";
  if (new Set(password).size < 3) return "must have at least 3 different characters";
  if (commonPasswords.has(password)) return "is one of the commonest passwords";
  if (password === email || password === name) return "must not be the e-mail address";
  return undefined;
}
