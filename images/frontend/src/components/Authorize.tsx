import { useEffect, useState } from "react";

import type { Authorization, AuthorizationRequest } from "../api/access.ts";
import type { User } from "../api/types.ts";
import type { Session } from "../state/session.ts";
import { useForm } from "../state/useForm.ts";
import { reasonOf } from "../state/useTasks.ts";
import { AuthForm } from "./AuthForm.tsx";
import { Card } from "./Card.tsx";

/** Parameters of an authorization request; an app may send others, which mean nothing here. */
const parameters = [
  "client_id",
  "redirect_uri",
  "response_type",
  "code_challenge",
  "code_challenge_method",
  "scope",
  "state",
  "resource",
];

function requestOf(search: string): AuthorizationRequest {
  const given = new URLSearchParams(search);
  return Object.fromEntries(
    parameters.flatMap((name) => (given.has(name) ? [[name, given.get(name) ?? ""]] : [])),
  );
}

/** For somebody whom an app sent here and who is not signed in. */
export function SignInFirst({ session }: { readonly session: Session }) {
  return (
    <Card title="Sign in to connect an app">
      <AuthForm session={session} mode="login" />
      <p className="welcome-switch">
        No account yet? <a href="/">Create one</a>, then connect the app again.
      </p>
    </Card>
  );
}

export interface AuthorizeProps {
  readonly session: Session;
  readonly user: User;
}

/** Asks whether an app may act on the user's list. */
export function Authorize({ session, user }: AuthorizeProps) {
  const { api, expired } = session;
  const [request] = useState(() => requestOf(location.search));
  const [asked, setAsked] = useState<Authorization>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (expired) return;
    setFailure(undefined);
    api.authorization(request).then(setAsked, (error: unknown) => {
      setFailure(reasonOf(error));
    });
  }, [api, request, expired]);

  if (asked === undefined) {
    return (
      <Card title="Connect an app">
        {failure === undefined && <p className="quiet">One moment…</p>}
        <p className="failure" role="alert">
          {failure}
        </p>
        <p className="welcome-switch">
          <a href="/">Go to your tasks</a>
        </p>
      </Card>
    );
  }
  return <Consent session={session} user={user} request={request} asked={asked} />;
}

interface ConsentProps extends AuthorizeProps {
  readonly request: AuthorizationRequest;
  readonly asked: Authorization;
}

function Consent({ session, user, request, asked }: ConsentProps) {
  const { name, redirectHost, isLocal, scopes } = asked;
  const [canWrite, setCanWrite] = useState(scopes.includes("write"));
  async function decide(allowed: Authorization["scopes"]): Promise<void> {
    const { redirectTo } = await session.api.authorize(request, allowed);
    // The server has checked it; a script must never get in this way.
    if (/^https?:\/\//.test(redirectTo)) location.assign(redirectTo);
  }
  const allow = useForm(() => decide(canWrite ? ["read", "write"] : ["read"]));
  const deny = useForm(() => decide([]));
  const busy = allow.busy || deny.busy;
  return (
    <Card title={`Connect ${name}?`}>
      <p>
        <strong>{name}</strong> asks for access to the account {user.email}:
      </p>
      <ul className="consent">
        <li>see your tasks and conversations</li>
        {scopes.includes("write") && (
          <li>
            <label className="check">
              <input
                type="checkbox"
                checked={canWrite}
                onChange={(event) => {
                  setCanWrite(event.target.checked);
                }}
              />
              add, change and delete them
            </label>
          </li>
        )}
      </ul>
      <p className="quiet">
        It chose its name itself. Allow it only if you have just asked for this. You will be sent to{" "}
        <strong>{isLocal ? `an app on this computer (${redirectHost})` : redirectHost}</strong>.
      </p>
      <p className="failure" role="alert">
        {allow.failure ?? deny.failure}
      </p>
      <div className="form-actions">
        <form onSubmit={deny.submit}>
          <button type="submit" className="button" disabled={busy}>
            Deny
          </button>
        </form>
        <form onSubmit={allow.submit}>
          <button type="submit" className="button button-primary" disabled={busy}>
            Allow
          </button>
        </form>
      </div>
      <p className="welcome-switch">
        <button type="button" className="link-button" onClick={session.signOut}>
          Use another account
        </button>
      </p>
    </Card>
  );
}
