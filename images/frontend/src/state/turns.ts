/** Requests that must not overtake each other. */

/** Runs what has the same key one after the other, whether it succeeds or not. */
export type InTurn = <T>(key: string, run: () => Promise<T>) => Promise<T>;

export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, run) => {
    const previous = last.get(key);
    const own = previous === undefined ? run() : previous.then(run, run);
    last.set(key, own);
    try {
      return await own;
    } finally {
      if (last.get(key) === own) last.delete(key);
    }
  };
}
