import { jwtVerify, SignJWT } from "jose";

const issuer = "todo-chatbot";
const audience = "todo-chatbot-api";

/** How long a token is valid, in seconds: a day. */
export const tokenLifetimeSeconds = 24 * 60 * 60;

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
  readonly #verified = new Map<string, { readonly userId: string; readonly expiresMs: number }>();

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

  async sign(userId: string): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(userId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${tokenLifetimeSeconds}s`)
      .sign(await this.#signingKey());
  }

  async #signingKey(): Promise<Uint8Array> {
    if (this.#previous === undefined) return this.#current;
    this.#signsFrom ??= Date.now() + (handoverSeconds - (await this.#keyAge())) * 1000;
    return Date.now() < this.#signsFrom ? this.#previous : this.#current;
  }

  /** Returns the token's user id; undefined if the token is invalid or expired. */
  async verify(token: string): Promise<string | undefined> {
    if (token.length > maximumLength) return undefined;
    const known = this.#verified.get(token);
    if (known !== undefined) {
      if (known.expiresMs > Date.now()) return known.userId;
      this.#verified.delete(token);
      return undefined;
    }
    for (const key of this.#accepted) {
      const claims = await this.#claims(token, key);
      if (claims === undefined) continue;
      const [oldest] = this.#verified.keys();
      if (this.#verified.size >= remembered && oldest !== undefined) this.#verified.delete(oldest);
      this.#verified.set(token, claims);
      return claims.userId;
    }
    return undefined;
  }

  async #claims(token: string, key: Uint8Array) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ["HS256"],
        issuer,
        audience,
        requiredClaims: ["exp", "sub"],
      });
      const { sub = "", exp = 0 } = payload;
      return uuid.test(sub) ? { userId: sub, expiresMs: exp * 1000 } : undefined;
    } catch {
      return undefined;
    }
  }
}
