import { useCallback, useEffect, useState } from "react";

import { reasonOf } from "./useTasks.ts";

export interface Endable<T> {
  /** Undefined until it is loaded. */
  readonly list: readonly T[] | undefined;
  /** Why it could not be loaded, or the last one not ended. */
  readonly failure: string | undefined;
  /** Lists again once a request that ends one is answered. */
  readonly end: (ended: Promise<unknown>) => void;
}

/**
 * A list of what gives access, such as sessions, each of which can be ended.
 *
 * @param version lists again when it changes.
 */
export function useEndable<T>(load: () => Promise<readonly T[]>, version?: unknown): Endable<T> {
  const [list, setList] = useState<readonly T[]>();
  const [failure, setFailure] = useState<string>();
  const reload = useCallback(() => {
    load().then(setList, (error: unknown) => {
      setFailure(reasonOf(error));
    });
  }, [load]);
  useEffect(reload, [reload, version]);

  function end(ended: Promise<unknown>): void {
    setFailure(undefined);
    ended
      .catch((error: unknown) => {
        setFailure(reasonOf(error));
      })
      .finally(reload);
  }
  return { list, failure, end };
}
