import { randomUUID } from "node:crypto";

import { jwtVerify, SignJWT, type JWTPayload } from "jose";

const issuer = "todo-chatbot";
const audience = "todo-chatbot-api";

const deviceAudience = "todo-chatbot-device";

/** How long a token is valid, in seconds: a day. */
export const tokenLifetimeSeconds = 24 * 60 * 60;

/** How long a session lasts without being used, in seconds: 30 days. Till then its tokens can be renewed. */
export const sessionLifetimeSeconds = 30 * 24 * 60 * 60;

/** How long a device is recognized, in seconds: a year. */
const deviceLifetimeSeconds = 365 * 24 * 60 * 60;

/** Contents of a verified token. */
export interface Claims {
  readonly userId: string;
  /** Undefined in tokens of releases without sessions, and of sign-ins to a read-only database. */
  readonly sessionId: string | undefined;
  /** In seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresMs: number;
}

/** Longest token to verify, in characters; valid ones have about 300. */
const maximumLength = 1024;

/** How many verified tokens are cached, to save a signature check per request. */
const remembered = 1000;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * How long after a rotation the previous key still signs, in seconds: longer than a rollout, because
 * pods from before it refuse the new key.
 */
export const handoverSeconds = 10 * 60;

/**
 * Signs and verifies tokens: JWT, only HS256, with expiry, issuer and audience. After a rotation both
 * keys verify, and the new one signs once every pod knows it.
 */
export class TokenAuthority {
  readonly #current: Uint8Array;
  readonly #previous: Uint8Array | undefined;
  readonly #accepted: readonly Uint8Array[];
  readonly #keyAge: () => Promise<number>;
  /** When the current key began or begins to sign, in milliseconds since 1970. */
  #signsFrom: number | undefined;
  readonly #verified = new Map<string, Claims>();

  /**
   * @param previous key before the last rotation, if any
   * @param keyAge seconds since a pod first used the current key; Infinity when there was none before
   */
  constructor(
    current: string,
    previous: string | undefined,
    keyAge: () => Promise<number> = () => Promise.resolve(Infinity),
  ) {
    const encoder = new TextEncoder();
    this.#current = encoder.encode(current);
    this.#previous = previous === undefined ? undefined : encoder.encode(previous);
    this.#accepted = this.#previous ? [this.#current, this.#previous] : [this.#current];
    this.#keyAge = keyAge;
  }

  async sign(userId: string, sessionId?: string): Promise<string> {
    const claims: Record<string, string> = sessionId === undefined ? {} : { sid: sessionId };
    return this.#sign(userId, audience, tokenLifetimeSeconds, claims);
  }

  /** Signs proof that a device has signed in to an account. It gives no access. */
  async signDevice(userId: string): Promise<string> {
    return this.#sign(userId, deviceAudience, deviceLifetimeSeconds, { jti: randomUUID() });
  }

  /** Returns the id of a device of the user; undefined if the proof is of another, or invalid. */
  async verifyDevice(proof: string, userId: string): Promise<string | undefined> {
    const payload = await this.#verify(proof, deviceAudience);
    return payload?.sub === userId ? payload.jti : undefined;
  }

  async #sign(
    userId: string,
    audience: string,
    lifetimeSeconds: number,
    claims: Record<string, string>,
  ): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(userId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(await this.#signingKey());
  }

  async #signingKey(): Promise<Uint8Array> {
    if (this.#previous === undefined) return this.#current;
    this.#signsFrom ??= Date.now() + (handoverSeconds - (await this.#keyAge())) * 1000;
    return Date.now() < this.#signsFrom ? this.#previous : this.#current;
  }

  /** Returns the token's claims; undefined if the token is invalid or expired. */
  async verify(token: string): Promise<Claims | undefined> {
    const known = this.#verified.get(token);
    if (known !== undefined) {
      if (known.expiresMs > Date.now()) return known;
      this.#verified.delete(token);
      return undefined;
    }
    const claims = claimsOf(await this.#verify(token, audience));
    if (claims === undefined) return undefined;
    const [oldest] = this.#verified.keys();
    if (this.#verified.size >= remembered && oldest !== undefined) this.#verified.delete(oldest);
    this.#verified.set(token, claims);
    return claims;
  }

  /** Like `verify`, also for a token that expired while its session may go on. */
  async verifyForRenewal(token: string): Promise<Claims | undefined> {
    const claims = claimsOf(await this.#verify(token, audience, sessionLifetimeSeconds));
    const isExpired = claims !== undefined && claims.expiresMs <= Date.now();
    return isExpired && claims.sessionId === undefined ? undefined : claims;
  }

  async #verify(
    token: string,
    audience: string,
    clockTolerance = 0,
  ): Promise<JWTPayload | undefined> {
    if (token.length > maximumLength) return undefined;
    for (const key of this.#accepted) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ["HS256"],
          issuer,
          audience,
          requiredClaims: ["exp", "sub"],
          clockTolerance,
        });
        return payload;
      } catch {
        // Of another key, or invalid.
      }
    }
    return undefined;
  }
}

function claimsOf(payload: JWTPayload | undefined): Claims | undefined {
  const { sub = "", exp = 0, iat = 0, sid } = payload ?? {};
  const sessionId = typeof sid === "string" && uuid.test(sid) ? sid : undefined;
  if (!uuid.test(sub) || (sid !== undefined && sessionId === undefined)) return undefined;
  return { userId: sub, sessionId, issuedAt: iat, expiresMs: exp * 1000 };
}
