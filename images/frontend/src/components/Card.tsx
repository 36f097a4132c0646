import type { ReactNode } from "react";

import { Logo } from "./Icon.tsx";

/** A page with a single card, for what has to be decided first. */
export function Card({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="welcome">
      <main className="welcome-card">
        <p className="brand">
          <Logo /> Todo chatbot
        </p>
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}
