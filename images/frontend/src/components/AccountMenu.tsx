import { useState } from "react";

import { Icon } from "./Icon.tsx";
import { Popover } from "./Popover.tsx";

export interface AccountMenuProps {
  readonly email: string;
  readonly onSettings: () => void;
  readonly onAccount: () => void;
  readonly onHelp: () => void;
  readonly onSignOut: () => void;
}

/** The button with the address in the bar, and what it opens. */
export function AccountMenu(props: AccountMenuProps) {
  const { email, onSettings, onAccount, onHelp, onSignOut } = props;
  const [anchor, setAnchor] = useState<HTMLElement>();
  const items = [
    ["Settings", onSettings],
    ["Account", onAccount],
    ["Keyboard shortcuts", onHelp],
    ["Sign out", onSignOut],
  ] as const;
  return (
    <>
      <button
        type="button"
        className="text-button topbar-account"
        title={email}
        aria-haspopup="dialog"
        onClick={(event) => {
          setAnchor(event.currentTarget);
        }}
      >
        <Icon name="user" />
        <span className="visually-hidden">Menu of </span>
        <span className="topbar-user">{email}</span>
      </button>
      {anchor !== undefined && (
        <Popover
          anchor={anchor}
          label={`Menu of ${email}`}
          onClose={() => {
            setAnchor(undefined);
          }}
        >
          {(close) =>
            items.map(([label, act]) => (
              <button
                key={label}
                type="button"
                className="popover-item"
                onClick={() => {
                  close();
                  act();
                }}
              >
                {label}
              </button>
            ))
          }
        </Popover>
      )}
    </>
  );
}
