import { useState } from "react";

import { readStored } from "../lib/storage.ts";
import type { Session } from "../state/session.ts";
import { AuthForm, type AuthMode } from "./AuthForm.tsx";
import { ForgotPassword, useResetByMail } from "./ForgotPassword.tsx";
import { Icon, Logo } from "./Icon.tsx";
import { ThemeChoice } from "./ThemeChoice.tsx";

/** The page for signed-out visitors: an introduction and the sign-in form. */
export function Welcome({ session }: { readonly session: Session }) {
  const [mode, setMode] = useState<AuthMode>(
    readStored("returning") === true ? "login" : "register",
  );
  const [forgot, setForgot] = useState(false);
  const resetByMail = useResetByMail(session);
  const registering = mode === "register";
  return (
    <div className="welcome">
      <header className="welcome-corner">
        <ThemeChoice />
      </header>
      <section className="welcome-pitch" aria-label="About">
        <p className="brand">
          <Logo /> Todo chatbot
        </p>
        <p className="welcome-title">Say it. It’s on the list.</p>
        <p className="welcome-lead">
          Tell the chat what you have to do, in your own words. It keeps your list in order.
        </p>
        <Sample />
      </section>
      <main className="welcome-card">
        {forgot ? (
          <>
            <h1>Set a new password</h1>
            <ForgotPassword
              session={session}
              onDone={() => {
                setForgot(false);
              }}
            />
          </>
        ) : (
          <>
            <h1>{registering ? "Create your account" : "Welcome back"}</h1>
            <AuthForm session={session} mode={mode} />
            <p className="welcome-switch">
              {registering ? "Already have an account?" : "New here?"}{" "}
              <button
                type="button"
                className="link-button"
                onClick={() => {
                  setMode(registering ? "login" : "register");
                }}
              >
                {registering ? "Sign in" : "Create an account"}
              </button>
            </p>
            {!registering && resetByMail === false && (
              <p className="welcome-switch">
                Forgot your password? Ask who runs this application for a link to set a new one.
              </p>
            )}
            {!registering && resetByMail && (
              <p className="welcome-switch">
                <button
                  type="button"
                  className="link-button"
                  onClick={() => {
                    setForgot(true);
                  }}
                >
                  Forgot your password?
                </button>
              </p>
            )}
          </>
        )}
      </main>
    </div>
  );
}

/** A sample conversation, hidden from screen readers. */
function Sample() {
  return (
    <div className="sample" aria-hidden="true">
      <p className="bubble">Call grandma on Sunday, and buy milk tomorrow</p>
      <div className="tool-card tool-add">
        <span className="tool-icon">
          <Icon name="add" />
        </span>
        <span className="tool-line">
          <span className="tool-verb">Added</span> <strong>Call grandma</strong>
        </span>
        <span className="mark">
          <Icon name="calendar" /> Sunday
        </span>
      </div>
      <div className="tool-card tool-add">
        <span className="tool-icon">
          <Icon name="add" />
        </span>
        <span className="tool-line">
          <span className="tool-verb">Added</span> <strong>Buy milk</strong>
        </span>
        <span className="mark">
          <Icon name="calendar" /> Tomorrow
        </span>
      </div>
    </div>
  );
}
