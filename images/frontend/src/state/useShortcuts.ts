import { useEffect, useRef } from "react";

import { shortcutOf, takesKeys, type ShortcutId } from "../lib/shortcuts.ts";
import { readStored, writeStored } from "../lib/storage.ts";

/** Time for the second key of two. */
const sequenceMs = 1500;
const storedAs = "shortcuts";

/** Single keys can be turned off: speech input and trembling hands press them by mistake. */
export function areShortcutsOn(): boolean {
  return readStored(storedAs) !== "off";
}

export function setShortcuts(isOn: boolean): void {
  writeStored(storedAs, isOn ? undefined : "off");
}

/** @param handlers return false if there is nothing to do. */
export function useShortcuts(handlers: Partial<Record<ShortcutId, () => unknown>>): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    let before: { readonly key: string; readonly at: number } | undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      const isAlone = !event.ctrlKey && !event.metaKey;
      if (event.defaultPrevented || takesKeys(event.target as Element)) return;
      if (isAlone && !areShortcutsOn()) return;
      const isRecent = before !== undefined && event.timeStamp - before.at < sequenceMs;
      const shortcut = shortcutOf(event, isRecent ? before?.key : undefined);
      before = { key: event.key, at: event.timeStamp };
      const handle = shortcut && latest.current[shortcut];
      if (handle && handle() !== false) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
    };
  }, []);
}
