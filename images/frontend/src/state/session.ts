/** The signed-in user; stored by the browser, shared by all tabs. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { type Api, createApi } from "../api/client.ts";
import type { Credentials, SignedIn, User } from "../api/types.ts";
import { acceptedLanguage, timeZone } from "../lib/preferences.ts";
import { readStored, watchStored, writeStored } from "../lib/storage.ts";
import { type Connection, createConnection } from "./connection.ts";

// In localStorage, so that it survives a closed tab and is shared by all tabs, as people expect of
// a to-do list. A script that could read it could also act in the page; the content security policy
// is the defence against scripts. The token expires; signing out removes it in all tabs.
const storedAs = "session";

/** Kept after signing out; it gives no access. */
const deviceAs = "device";

/** What the server recognizes this browser by when somebody signs in to an account again. */
export function deviceOf(email: string): string | undefined {
  const known = readStored(deviceAs) as Partial<Credentials> | undefined;
  return known?.email === email.trim().toLowerCase() ? known.device : undefined;
}

export interface Session {
  readonly user: User | undefined;
  /** The server refused the token; the page stays as it is until the user signs in again. */
  readonly expired: boolean;
  readonly api: Api;
  readonly connection: Connection;
  readonly signIn: (signedIn: SignedIn) => void;
  readonly signOut: () => void;
}

export function useSession(): Session {
  const [signedIn, setSignedIn] = useState(() => readStored(storedAs) as SignedIn | undefined);
  const [expired, setExpired] = useState(false);
  const token = useRef(signedIn?.token);
  const userOf = useRef(signedIn?.user.id);

  const [connection] = useState(() => createConnection(() => navigator.onLine, window));
  const renewal = useRef<Promise<boolean>>(undefined);
  const [api] = useState(() =>
    createApi({
      fetch: (...request) => fetch(...request),
      token: () => token.current,
      timezone: timeZone,
      language: acceptedLanguage,
      renew: () =>
        (renewal.current ??= renew().finally(() => {
          renewal.current = undefined;
        })),
      onExpired: () => {
        setExpired(true);
      },
      onReach: connection.report,
    }),
  );

  /** Requests that are refused together share one renewal. */
  async function renew(): Promise<boolean> {
    const before = token.current;
    if (before === undefined) return false;
    // Another tab may have renewed it.
    const stored = readStored(storedAs) as SignedIn | undefined;
    if (stored !== undefined && stored.token !== before && stored.user.id === userOf.current) {
      token.current = stored.token;
      return true;
    }
    const response = await api.refresh();
    if (!response.ok || token.current !== before) return false;
    const { token: next, user } = (await response.json()) as SignedIn;
    writeStored(storedAs, { token: next, user });
    token.current = next;
    return true;
  }

  const adopt = useCallback((next: SignedIn | undefined) => {
    token.current = next?.token;
    userOf.current = next?.user.id;
    setSignedIn(next);
    setExpired(false);
  }, []);
  // Signed in or out in another tab.
  useEffect(
    () =>
      watchStored(storedAs, () => {
        adopt(readStored(storedAs) as SignedIn | undefined);
      }),
    [adopt],
  );

  const signIn = useCallback(
    ({ token, user, device }: SignedIn) => {
      writeStored(storedAs, { token, user });
      writeStored(deviceAs, { email: user.email, device });
      adopt({ token, user });
    },
    [adopt],
  );
  const userId = signedIn?.user.id;
  const signOut = useCallback(() => {
    if (token.current !== undefined) api.logout().catch(() => undefined);
    writeStored(storedAs, undefined);
    if (userId !== undefined) forgetTyped(userId);
    location.hash = "";
    adopt(undefined);
  }, [api, adopt, userId]);

  const user = signedIn?.user;
  return useMemo(
    () => ({ user, expired, api, connection, signIn, signOut }),
    [user, expired, api, connection, signIn, signOut],
  );
}

/** A message that the server never received. */
export interface UnsentMessage {
  /** With it, sending again takes effect once. */
  readonly key: string;
  readonly text: string;
  /** Undefined for a new conversation. */
  readonly conversationId?: string | undefined;
}

/** Input that has not been sent yet. */
export interface Typed {
  readonly draft: string;
  readonly unsent: readonly UnsentMessage[];
}

const typedAs = (userId: string) => `typed:${userId}`;

/** The input from before the last reload. */
export function recallTyped(userId: string): Typed {
  const { draft = "", unsent = [] } = (readStored(typedAs(userId)) ?? {}) as Partial<Typed>;
  // Earlier versions kept one text.
  return { draft, unsent: Array.isArray(unsent) ? unsent : [] };
}

/** The open conversation. */
export interface Shown {
  readonly conversationId: string | undefined;
  /** Of all its messages, some of which may be from before it had an id. */
  readonly keys: readonly string[];
}

/** Stores the input; unsent messages of other conversations than the open one stay as they are. */
export function keepTyped(userId: string, { draft, unsent }: Typed, shown: Shown): void {
  const { conversationId, keys } = shown;
  const others = recallTyped(userId).unsent.filter(
    (each) => each.conversationId !== conversationId && !keys.includes(each.key),
  );
  const all = [...others, ...unsent];
  writeStored(
    typedAs(userId),
    draft === "" && all.length === 0 ? undefined : ({ draft, unsent: all } satisfies Typed),
  );
}

function forgetTyped(userId: string): void {
  writeStored(typedAs(userId), undefined);
}
