import { useEffect, useState, useSyncExternalStore } from "react";

import type { Connection } from "../state/connection.ts";
import { Icon } from "./Icon.tsx";

/** Shown while the server is unreachable, with a countdown to the next retry. */
export function ConnectionBanner({ connection }: { readonly connection: Connection }) {
  const { status, nextTryAt } = useSyncExternalStore(connection.subscribe, connection.state);
  return (
    <div className="banner-region" role="status">
      {status !== "ok" && (
        <div className="banner">
          <Icon name="cloud" />
          <span>
            <strong>
              {status === "offline" ? "You are offline." : "The server is unreachable."}
            </strong>{" "}
            What you type is saved.
          </span>
          <Countdown until={nextTryAt} />
          <button type="button" className="button button-small" onClick={connection.retry}>
            Retry now
          </button>
        </div>
      )}
    </div>
  );
}

/** Hidden from screen readers, which would announce it every second. */
function Countdown({ until }: { readonly until: number | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 500);
    return () => {
      clearInterval(timer);
    };
  }, []);
  const seconds = until === undefined ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <span className="countdown" aria-hidden="true">
      {seconds > 0 ? `Retrying in ${seconds} s` : "Retrying…"}
    </span>
  );
}
