import { useEffect, useId, useRef, useState } from "react";

import type { Session } from "../state/session.ts";
import { useForm } from "../state/useForm.ts";
import { explain } from "./AuthForm.tsx";

export interface ForgotPasswordProps {
  readonly session: Session;
  readonly onDone: () => void;
}

/** Asks for a mail with a link to set a new password. */
export function ForgotPassword({ session, onDone }: ForgotPasswordProps) {
  const [email, setEmail] = useState("");
  const { busy, done, failure, submit } = useForm(
    () => session.api.forgotPassword(email.trim()),
    explain,
  );
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);

  const back = (
    <p className="welcome-switch">
      <button type="button" className="link-button" onClick={onDone}>
        Back to sign-in
      </button>
    </p>
  );
  if (done) {
    return (
      <>
        <p role="status">
          If there is an account for {email.trim()}, a link is on its way. It works once, within an
          hour. Look in the spam folder too.
        </p>
        {back}
      </>
    );
  }
  return (
    <>
      <form className="form" onSubmit={submit} aria-describedby={`${id}-failure`}>
        <label className="field">
          <span>E-mail</span>
          <input
            ref={field}
            type="email"
            autoComplete="username"
            required
            maxLength={254}
            value={email}
            onChange={(event) => {
              setEmail(event.target.value);
            }}
          />
        </label>
        <p className="failure" id={`${id}-failure`} role="alert">
          {failure}
        </p>
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? "One moment…" : "Send a link"}
        </button>
      </form>
      {back}
    </>
  );
}

/** Whether the server sends such mails; undefined until that is known. */
export function useResetByMail({ api }: Session): boolean | undefined {
  const [byMail, setByMail] = useState<boolean>();
  useEffect(() => {
    api.authOptions().then(
      ({ resetByMail }) => {
        setByMail(resetByMail);
      },
      () => {
        setByMail(false);
      },
    );
  }, [api]);
  return byMail;
}
