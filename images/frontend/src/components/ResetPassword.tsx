import { useEffect, useId, useRef, useState } from "react";

import type { Session } from "../state/session.ts";
import { useForm } from "../state/useForm.ts";
import { explain } from "./AuthForm.tsx";
import { Card } from "./Card.tsx";
import { PasswordField } from "./PasswordField.tsx";

export interface ResetPasswordProps {
  readonly session: Session;
  /** From the link. */
  readonly token: string;
  readonly onDone: () => void;
}

/** Asks for a new password; the link for it came by mail or from an administrator. */
export function ResetPassword({ session, token, onDone }: ResetPasswordProps) {
  const [password, setPassword] = useState("");
  const { busy, failure, submit } = useForm(async () => {
    session.signIn(await session.api.resetPassword(token, password));
    onDone();
  }, explain);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);

  return (
    <Card title="Choose a new password">
      <form className="form" onSubmit={submit} aria-describedby={`${id}-failure`}>
        <PasswordField
          label="New password"
          value={password}
          onChange={setPassword}
          isNew
          inputRef={field}
        />
        <p className="failure" id={`${id}-failure`} role="alert">
          {failure}
        </p>
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? "One moment…" : "Set the password and sign in"}
        </button>
      </form>
      <p className="welcome-switch">
        It signs you out everywhere else.{" "}
        <button type="button" className="link-button" onClick={onDone}>
          Cancel
        </button>
      </p>
    </Card>
  );
}
