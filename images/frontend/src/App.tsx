import { useEffect, useState } from "react";

import { Authorize, SignInFirst } from "./components/Authorize.tsx";
import { ReauthDialog } from "./components/ReauthDialog.tsx";
import { ResetPassword } from "./components/ResetPassword.tsx";
import { Welcome } from "./components/Welcome.tsx";
import { Workspace } from "./components/Workspace.tsx";
import { useSession } from "./state/session.ts";

export function App() {
  const session = useSession();
  const [reset, endReset] = useReset();
  const { user } = session;
  if (reset !== undefined) {
    return <ResetPassword key={reset} session={session} token={reset} onDone={endReset} />;
  }
  const isAuthorizing = location.pathname === "/authorize";
  if (user === undefined) {
    return isAuthorizing ? <SignInFirst session={session} /> : <Welcome session={session} />;
  }
  return (
    <>
      {isAuthorizing ? (
        <Authorize key={user.id} session={session} user={user} />
      ) : (
        <Workspace key={user.id} session={session} user={user} />
      )}
      {session.expired && <ReauthDialog session={session} user={user} />}
    </>
  );
}

const resetOf = (hash: string) => /^#reset=([\w-]+)$/.exec(hash)?.[1];

/** The token of a link to set a new password, which servers never see: it is after the #. */
function useReset(): [token: string | undefined, end: () => void] {
  const [token, setToken] = useState(() => resetOf(location.hash));
  useEffect(() => {
    const onHashChange = () => {
      setToken(resetOf(location.hash));
    };
    window.addEventListener("hashchange", onHashChange);
    return () => {
      window.removeEventListener("hashchange", onHashChange);
    };
  }, []);
  const end = () => {
    // The link must not stay in the history.
    history.replaceState(null, "", location.pathname);
    setToken(undefined);
  };
  return [token, end];
}
