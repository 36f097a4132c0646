import { jwtVerify, SignJWT } from "jose";

const issuer = "todo-chatbot";
const audience = "todo-chatbot-api";

/** How long a token is valid, in seconds: a day. */
export const tokenLifetimeSeconds = 24 * 60 * 60;

/** Longest token that is looked at, in characters; ours have about 300. */
const maximumLength = 1024;

/** Verified tokens that are remembered, to spare the signature check of every request. */
const remembered = 1000;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Signs and checks tokens: JWT with HS256 and nothing else, with expiry, issuer and audience.
 * Two keys overlap while one is rotated: the current one signs, both are accepted.
 */
export class TokenAuthority {
  readonly #signing: Uint8Array;
  readonly #accepted: readonly Uint8Array[];
  readonly #verified = new Map<string, { readonly userId: string; readonly expiresMs: number }>();

  /** @param current key that signs. @param previous key that was replaced, if a rotation goes on. */
  constructor(current: string, previous: string | undefined) {
    const encoder = new TextEncoder();
    this.#signing = encoder.encode(current);
    this.#accepted =
      previous === undefined ? [this.#signing] : [this.#signing, encoder.encode(previous)];
  }

  async sign(userId: string): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: "HS256", typ: "JWT" })
      .setSubject(userId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${tokenLifetimeSeconds}s`)
      .sign(this.#signing);
  }

  /** The id of the person whom the token names; undefined for any token that isn't valid now. */
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
