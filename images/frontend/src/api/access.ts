/** What gives others access: part of the client of the backend's API. */

export type Scope = "read" | "write";

/** A personal access token, without the token itself. */
export interface AccessToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Null before the first use. */
  readonly lastUsedAt: string | null;
  readonly expiresAt: string;
}

export interface NewAccessToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** After how many it expires. */
  readonly days: number;
}

/** Sends a request and parses the response; undefined if there is none. */
export type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>;

export function createAccessApi(call: Call) {
  const id = encodeURIComponent;
  return {
    accessTokens: () => call<AccessToken[]>("GET", "/auth/tokens"),
    /** The token is in this response only. */
    createAccessToken: (token: NewAccessToken) =>
      call<AccessToken & { readonly token: string }>("POST", "/auth/tokens", token),
    revokeAccessToken: (token: string) => call<undefined>("DELETE", `/auth/tokens/${id(token)}`),
  };
}
