import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

import { HttpProblem } from "../http/problem.ts";

const derive = promisify(argon2);

/** One of OWASP's equivalent settings for argon2id; the one with 12 MiB suits a small pod. */
const cost = { memory: 12 * 1024, passes: 3, parallelism: 1, tagLength: 32 };

/** Concurrent and queued hashes: they cost CPU and memory before authentication. */
const maxRunning = 2;
const maxWaiting = 20;
let running = 0;
const waiting: (() => void)[] = [];

/**
 * Hashes a password with argon2id, in Unicode's composed form (NFC): keyboards differ in how they
 * compose letters.
 *
 * @returns a PHC string, `$argon2id$v=19$m=12288,t=3,p=1$salt$hash`.
 * @throws HttpProblem 503 if too many others are waiting.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await inTurn(() =>
    derive("argon2id", { ...cost, message: password.normalize("NFC"), nonce: salt }),
  );
  const parameters = `m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`;
  return `$argon2id$v=19$${parameters}$${base64(salt)}$${base64(hash)}`;
}

/**
 * Verifies a password against a hash of {@link hashPassword}, also one of another cost. Without a
 * hash (no such account) it does the same work, against timing attacks.
 *
 * @throws HttpProblem 503 if too many others are waiting.
 */
export async function verifyPassword(password: string, phc: string | undefined): Promise<boolean> {
  const parsed = parse(phc ?? decoy);
  if (parsed === undefined) throw new Error("a stored password hash is not an argon2id PHC string");
  const { hash, salt, memory, passes, parallelism } = parsed;
  const parameters = { memory, passes, parallelism, tagLength: hash.length };
  // Earlier releases hashed what the keyboard sent.
  for (const message of new Set([password.normalize("NFC"), password, password.normalize("NFD")])) {
    const actual = await inTurn(() => derive("argon2id", { ...parameters, message, nonce: salt }));
    if (timingSafeEqual(actual, hash)) return phc !== undefined;
  }
  return false;
}

const decoy =
  `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}` +
  `$${base64(randomBytes(16))}$${base64(randomBytes(cost.tagLength))}`;

function parse(phc: string) {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(phc);
  if (!match) return undefined;
  const [, memory, passes, parallelism, salt = "", hash = ""] = match;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= maxRunning) {
    if (waiting.length >= maxWaiting) {
      throw new HttpProblem(503, "Too many people are signing in right now; try again shortly.", {
        retryAfterSeconds: 5,
      });
    }
    // A finished hash passes its slot on, so `running` stays the same.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
