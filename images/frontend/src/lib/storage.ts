/**
 * What the browser keeps between visits. Storage can be full, blocked or hold something old, so
 * nothing here ever fails: the page then only forgets.
 */
const prefix = "todo-chatbot:";

/** What was kept under a name, if anything; only this page writes there, so the caller knows its type. */
export function readStored(name: string): unknown {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** Keeps a value; undefined removes it. */
export function writeStored(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Nothing to do about a full or blocked storage.
  }
}

/** Calls back when another tab changes a value. */
export function watchStored(name: string, changed: () => void): () => void {
  const listener = (event: StorageEvent) => {
    if (event.key === prefix + name || event.key === null) changed();
  };
  addEventListener("storage", listener);
  return () => {
    removeEventListener("storage", listener);
  };
}
