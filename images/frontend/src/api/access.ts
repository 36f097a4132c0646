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

/** The address at which calendars read due dates, without the address itself. */
export interface CalendarFeed {
  /** Null if there is none. */
  readonly createdAt: string | null;
  /** Null before the first use. */
  readonly lastUsedAt: string | null;
}

/** An app that the user has connected. */
export interface ConnectedApp {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

/** Parameters with which an app sends the user here (OAuth 2.1). */
export type AuthorizationRequest = Readonly<Record<string, string>>;

/** What an app asks for. */
export interface Authorization {
  /** As the app calls itself. */
  readonly name: string;
  /** Where the user is sent afterwards. */
  readonly redirectHost: string;
  /** Whether that is the user's own computer. */
  readonly isLocal: boolean;
  readonly scopes: readonly Scope[];
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
    calendarFeed: () => call<CalendarFeed>("GET", "/account/calendar"),
    /** The address is in this response only; the one before stops to work. */
    renewCalendarFeed: () =>
      call<CalendarFeed & { readonly url: string }>("POST", "/account/calendar"),
    revokeCalendarFeed: () => call<undefined>("DELETE", "/account/calendar"),
    connectedApps: () => call<ConnectedApp[]>("GET", "/oauth/apps"),
    disconnectApp: (app: string) => call<undefined>("DELETE", `/oauth/apps/${id(app)}`),
    authorization: (request: AuthorizationRequest) =>
      call<Authorization>("GET", `/oauth/authorization?${new URLSearchParams(request)}`),
    /** @param scopes what the user allows; none to deny it. */
    authorize: (request: AuthorizationRequest, scopes: readonly Scope[]) =>
      call<{ readonly redirectTo: string }>("POST", "/oauth/authorization", { request, scopes }),
  };
}
