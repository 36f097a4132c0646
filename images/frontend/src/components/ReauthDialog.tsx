import { useEffect, useRef } from "react";

import type { User } from "../api/types.ts";
import type { Session } from "../state/session.ts";
import { AuthForm } from "./AuthForm.tsx";

export interface ReauthDialogProps {
  readonly session: Session;
  readonly user: User;
}

/** A dialog over the page when the session has expired, so that nothing on it is lost. */
export function ReauthDialog({ session, user }: ReauthDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { connection } = session;

  useEffect(() => {
    dialog.current?.showModal();
    // It would have focused the address, which can't be changed.
    dialog.current?.querySelector<HTMLElement>("input:not([readonly])")?.focus();
    // Reloads what failed without a session.
    return () => {
      connection.retry();
    };
  }, [connection]);

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby="reauth-title"
      onCancel={(event) => {
        event.preventDefault();
      }}
    >
      <h2 id="reauth-title">Sign in again</h2>
      <p>Your session has expired. What you typed is still here.</p>
      <AuthForm session={session} mode="login" email={user.email} />
      <p className="welcome-switch">
        <button type="button" className="link-button" onClick={session.signOut}>
          Use another account
        </button>
      </p>
    </dialog>
  );
}
