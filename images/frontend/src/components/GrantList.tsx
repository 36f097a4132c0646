import { useRef } from "react";

import { describeMoment } from "../lib/dates.ts";
import { useEndable } from "../state/useEndable.ts";

export interface GrantListProps<T> {
  readonly load: () => Promise<readonly T[]>;
  /** Lists again when it changes. */
  readonly version?: unknown;
  readonly describe: (grant: T) => { readonly name: string; readonly details: string };
  readonly revoke: (id: string) => Promise<unknown>;
  /** Shown for an empty list. */
  readonly none: string;
}

/** What others were given access by, and a button to revoke each. */
export function GrantList<T extends { readonly id: string }>(props: GrantListProps<T>) {
  const { load, version, describe, revoke, none } = props;
  const { list, failure, end } = useEndable(load, version);
  const top = useRef<HTMLDivElement>(null);

  return (
    <div ref={top} tabIndex={-1}>
      {list === undefined && failure === undefined && <p className="quiet">Loading…</p>}
      {list?.length === 0 && <p className="quiet">{none}</p>}
      <ul className="account-sessions">
        {list?.map((grant) => {
          const { name, details } = describe(grant);
          return (
            <li key={grant.id}>
              <span>
                {name}
                <small>{details}</small>
              </span>
              <button
                type="button"
                className="button button-small"
                aria-label={`Revoke ${name}`}
                onClick={() => {
                  end(revoke(grant.id));
                  // The button goes away.
                  top.current?.focus();
                }}
              >
                Revoke
              </button>
            </li>
          );
        })}
      </ul>
      <p className="failure" role="alert">
        {failure}
      </p>
    </div>
  );
}

/** When something was last used, e.g. "never used". */
export function describeUse(lastUsedAt: string | null): string {
  return lastUsedAt === null ? "never used" : `last used ${describeMoment(lastUsedAt)}`;
}
