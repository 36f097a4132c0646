import { useState } from "react";

import { shortcutGroups } from "../lib/shortcuts.ts";
import { areShortcutsOn, setShortcuts } from "../state/useShortcuts.ts";
import { Dialog } from "./Dialog.tsx";

/** Lists the keyboard shortcuts, and turns them off. */
export function HelpSheet({ onClose }: { readonly onClose: () => void }) {
  const [isOn, setOn] = useState(areShortcutsOn);
  return (
    <Dialog title="Keyboard shortcuts" className="help" onClose={onClose}>
      <label className="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={() => {
            setShortcuts(!isOn);
            setOn(!isOn);
          }}
        />
        Use single keys as shortcuts in this browser
      </label>
      {shortcutGroups.map(({ title, list }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl>
            {list.map(({ keys, does }) => (
              <div key={does}>
                <dt>{does}</dt>
                <dd>
                  {keys.map((key, index) => (
                    <span key={key}>
                      {index > 0 && " or "}
                      {key.split(" ").map((each) => (
                        <kbd key={each}>{each.replace(/^Ctrl\+z$/, "Ctrl+Z")}</kbd>
                      ))}
                    </span>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
