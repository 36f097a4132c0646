import { type ReactNode, useRef, useState } from "react";

import type { Api } from "../api/client.ts";
import type { User } from "../api/types.ts";
import { describeClient } from "../lib/clients.ts";
import { describeMoment } from "../lib/dates.ts";
import type { Session } from "../state/session.ts";
import { useEndable } from "../state/useEndable.ts";
import { useForm } from "../state/useForm.ts";
import { reasonOf } from "../state/useTasks.ts";
import { AccessTokens } from "./AccessTokens.tsx";
import { CalendarFeed } from "./CalendarFeed.tsx";
import { ConnectedApps } from "./ConnectedApps.tsx";
import { Dialog } from "./Dialog.tsx";
import { PasswordField } from "./PasswordField.tsx";

export interface AccountDialogProps {
  readonly session: Session;
  readonly user: User;
  readonly onClose: () => void;
}

/** What can be done with the account: sessions, password, export, deletion. */
export function AccountDialog({ session, user, onClose }: AccountDialogProps) {
  const { api } = session;
  return (
    <Dialog title="Account" className="account" onClose={onClose}>
      <p className="account-email">{user.email}</p>
      <Sessions api={api} />
      <Part title="Change the password">
        <ChangePassword api={api} email={user.email} />
      </Part>
      <Part title="Connected apps">
        <ConnectedApps api={api} />
      </Part>
      <Part title="Access tokens">
        <AccessTokens api={api} />
      </Part>
      <Part title="Calendar feed">
        <CalendarFeed api={api} />
      </Part>
      <Part title="Export your data">
        <Export api={api} />
      </Part>
      <Part title="Delete the account">
        <Deletion api={api} email={user.email} onDeleted={session.signOut} />
      </Part>
    </Dialog>
  );
}

/** A part that is loaded when it is first opened. */
function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const [isShown, setShown] = useState(false);
  return (
    <details
      className="account-part"
      onToggle={() => {
        setShown(true);
      }}
    >
      <summary>{title}</summary>
      {isShown && children}
    </details>
  );
}

function Sessions({ api }: { readonly api: Api }) {
  const sessions = useEndable(api.sessions);
  const { list, failure } = sessions;
  const heading = useRef<HTMLHeadingElement>(null);

  function end(ended: Promise<void>): void {
    sessions.end(ended);
    // The button goes away.
    heading.current?.focus();
  }

  const others = list?.filter(({ isThis }) => !isThis) ?? [];
  return (
    <section aria-labelledby="sessions-title">
      <h3 id="sessions-title" ref={heading} tabIndex={-1}>
        Where you are signed in
      </h3>
      {list === undefined && failure === undefined && <p className="quiet">Loading…</p>}
      <ul className="account-sessions">
        {list?.map(({ id, client, lastUsedAt, isThis }) => (
          <li key={id}>
            <span title={client}>
              {describeClient(client)}
              <small>{isThis ? "This browser" : `Last used ${describeMoment(lastUsedAt)}`}</small>
            </span>
            {!isThis && (
              <button
                type="button"
                className="button button-small"
                aria-label={`Sign out ${describeClient(client)}`}
                onClick={() => {
                  end(api.endSession(id));
                }}
              >
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 1 && (
        <button
          type="button"
          className="link-button"
          onClick={() => {
            end(api.endOtherSessions());
          }}
        >
          Sign out everywhere else
        </button>
      )}
      <p className="failure" role="alert">
        {failure}
      </p>
    </section>
  );
}

interface FormProps {
  readonly api: Api;
  readonly email: string;
}

function ChangePassword({ api, email }: FormProps) {
  const [password, setPassword] = useState("");
  const [newPassword, setNewPassword] = useState("");
  const { busy, failure, done, submit } = useForm(async () => {
    await api.changePassword(password, newPassword);
    setPassword("");
    setNewPassword("");
  });
  return (
    <form className="form" onSubmit={submit}>
      <UserName email={email} />
      <PasswordField
        label="Current password"
        value={password}
        onChange={setPassword}
        isNew={false}
      />
      <PasswordField label="New password" value={newPassword} onChange={setNewPassword} isNew />
      <p className="failure" role="alert">
        {failure}
      </p>
      <p role="status">
        {done && "Changed. All other sessions have ended; connected apps and tokens have not."}
      </p>
      <div className="form-actions">
        <button type="submit" className="button button-primary" disabled={busy}>
          Change
        </button>
      </div>
    </form>
  );
}

function Export({ api }: { readonly api: Api }) {
  const [failure, setFailure] = useState<string>();
  const save = (format: "json" | "ics") => {
    setFailure(undefined);
    api.exportData(format).then(
      (data) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(data);
        link.download = `todo-chatbot.${format}`;
        link.click();
        URL.revokeObjectURL(link.href);
      },
      (error: unknown) => {
        setFailure(reasonOf(error));
      },
    );
  };
  return (
    <>
      <p className="quiet">Everything as JSON, or only the tasks for a calendar.</p>
      <div className="form-actions">
        <button
          type="button"
          className="button"
          onClick={() => {
            save("ics");
          }}
        >
          Tasks (ICS)
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            save("json");
          }}
        >
          Everything (JSON)
        </button>
      </div>
      <p className="failure" role="alert">
        {failure}
      </p>
    </>
  );
}

function Deletion({ api, email, onDeleted }: FormProps & { readonly onDeleted: () => void }) {
  const [password, setPassword] = useState("");
  const { busy, failure, submit } = useForm(async () => {
    await api.deleteAccount(password);
    onDeleted();
  });
  return (
    <form className="form" onSubmit={submit}>
      <p className="quiet">All your tasks and conversations are deleted with it, for good.</p>
      <UserName email={email} />
      <PasswordField label="Your password" value={password} onChange={setPassword} isNew={false} />
      <p className="failure" role="alert">
        {failure}
      </p>
      <div className="form-actions">
        <button type="submit" className="button button-danger" disabled={busy}>
          Delete my account
        </button>
      </div>
    </form>
  );
}

/** Tells password managers whose password it is. */
function UserName({ email }: { readonly email: string }) {
  return <input hidden readOnly type="email" autoComplete="username" value={email} />;
}
