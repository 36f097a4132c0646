import { createHash, randomBytes } from "node:crypto";

/** Prefixes of tokens, so that people and secret scanners recognize them. */
const prefixes = {
  personal: "todo_pat_",
  access: "todo_at_",
  refresh: "todo_rt_",
  code: "todo_code_",
  calendar: "todo_cal_",
} as const;

/** Whether a bearer token is one of a grant, not of a session. */
export function isGrantToken(token: string): boolean {
  return token.startsWith(prefixes.personal) || token.startsWith(prefixes.access);
}

/** 256 random bits, in letters and digits only, which a double click selects. */
export function newToken(kind: keyof typeof prefixes): string {
  const random = BigInt(`0x${randomBytes(32).toString("hex")}`);
  return `${prefixes[kind]}${random.toString(36).padStart(50, "0")}`;
}

/** Without a salt: a token is too long to be guessed. */
export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
