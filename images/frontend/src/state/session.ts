/** The signed-in user; stored by the browser, shared by all tabs. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { type Api, createApi } from "../api/client.ts";
import type { SignedIn, User } from "../api/types.ts";
import { readStored, watchStored, writeStored } from "../lib/storage.ts";
import { type Connection, createConnection } from "./connection.ts";

// In localStorage, so that it survives a closed tab and is shared by all tabs, as people expect of
// a to-do list. A script that could read it could also act in the page; the content security policy
// is the defence against scripts. The token expires; signing out removes it in all tabs.
const storedAs = "session";

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

  const [connection] = useState(() => createConnection(() => navigator.onLine, window));
  const [api] = useState(() =>
    createApi({
      fetch: (...request) => fetch(...request),
      token: () => token.current,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      onExpired: () => {
        setExpired(true);
      },
      onReach: connection.report,
    }),
  );

  const adopt = useCallback((next: SignedIn | undefined) => {
    token.current = next?.token;
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
    (next: SignedIn) => {
      writeStored(storedAs, next);
      adopt(next);
    },
    [adopt],
  );
  const userId = signedIn?.user.id;
  const signOut = useCallback(() => {
    writeStored(storedAs, undefined);
    if (userId !== undefined) forgetTyped(userId);
    location.hash = "";
    adopt(undefined);
  }, [adopt, userId]);

  const user = signedIn?.user;
  return useMemo(
    () => ({ user, expired, api, connection, signIn, signOut }),
    [user, expired, api, connection, signIn, signOut],
  );
}

/** Input that has not been sent yet. */
export interface Typed {
  readonly draft: string;
  /** Messages that the server never received. */
  readonly unsent: string;
}

const typedAs = (userId: string) => `typed:${userId}`;

/** The input from before the last reload, unsent messages first. */
export function recallTyped(userId: string): string {
  const { draft = "", unsent = "" } = (readStored(typedAs(userId)) ?? {}) as Partial<Typed>;
  return [unsent, draft].filter((text) => text !== "").join("\n");
}

export function keepTyped(userId: string, typed: Typed): void {
  const empty = typed.draft === "" && typed.unsent === "";
  writeStored(typedAs(userId), empty ? undefined : typed);
}

function forgetTyped(userId: string): void {
  writeStored(typedAs(userId), undefined);
}
