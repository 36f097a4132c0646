/**
 * What the browser keeps between visits. Storage can be full, blocked or hold outdated values, so
 * nothing here throws: the page then just forgets.
 */
const prefix = "todo-chatbot:";

/** The stored value, if any; only this page writes it, so the caller knows its type. */
export function readStored(name: string): unknown {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** Stores a value; undefined removes it. */
export function writeStored(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Storage is full or blocked.
  }
}

/** Calls back when another tab changes a value; returns the unsubscribe function. */
export function watchStored(name: string, changed: () => void): () => void {
  const listener = (event: StorageEvent) => {
    if (event.key === prefix + name || event.key === null) changed();
  };
  addEventListener("storage", listener);
  return () => {
    removeEventListener("storage", listener);
  };
}
