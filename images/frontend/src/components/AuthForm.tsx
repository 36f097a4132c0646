import { useEffect, useId, useRef, useState } from "react";

import { ApiError } from "../api/client.ts";
import { useForm } from "../state/useForm.ts";
import { reasonOf } from "../state/useTasks.ts";
import { deviceOf, type Session } from "../state/session.ts";
import { PasswordField } from "./PasswordField.tsx";

export type AuthMode = "login" | "register";

export interface AuthFormProps {
  readonly session: Session;
  readonly mode: AuthMode;
  /** Set to allow only this account. */
  readonly email?: string;
}

/** Asks for an e-mail address and a password, and keeps the input on failure. */
export function AuthForm({ session, mode, email: fixedEmail }: AuthFormProps) {
  const [email, setEmail] = useState(fixedEmail ?? "");
  const [password, setPassword] = useState("");
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const registering = mode === "register";

  useEffect(() => {
    first.current?.focus();
  }, []);
  const { busy, failure, submit, clear } = useForm(async () => {
    const credentials = { email: email.trim(), password };
    session.signIn(
      registering
        ? await session.api.register(credentials)
        : await session.api.login({ ...credentials, device: deviceOf(email) }),
    );
  }, explain);
  useEffect(clear, [clear, mode]);

  return (
    <form className="form" onSubmit={submit} aria-describedby={`${id}-failure`}>
      <label className="field">
        <span>E-mail</span>
        <input
          ref={fixedEmail === undefined ? first : undefined}
          type="email"
          autoComplete="username"
          required
          maxLength={254}
          readOnly={fixedEmail !== undefined}
          value={email}
          onChange={(event) => {
            setEmail(event.target.value);
          }}
        />
      </label>
      <PasswordField
        label="Password"
        value={password}
        onChange={setPassword}
        isNew={registering}
        inputRef={fixedEmail === undefined ? undefined : first}
      />
      <p className="failure" id={`${id}-failure`} role="alert">
        {failure}
      </p>
      <button type="submit" className="button button-primary" disabled={busy}>
        {busy ? "One moment…" : registering ? "Create account" : "Sign in"}
      </button>
    </form>
  );
}

/** The cause of a failure to sign in. */
export function explain(error: unknown): string {
  if (error instanceof ApiError && error.isUnavailable) {
    return navigator.onLine
      ? "The server can’t be reached right now. Nothing is lost: try again in a moment."
      : "You are offline. Try again when you have a connection.";
  }
  // Here 401 means a wrong password, not an expired session.
  return error instanceof ApiError && error.status === 401 ? error.message : reasonOf(error);
}
