import { useEffect, useState } from "react";

import type { ReadLine, TaskLine } from "../api/types.ts";

/** Pause in typing after which the line is read. */
const pauseMs = 200;

export interface Preview {
  /** What was read last; of an earlier text while a new one is being read. */
  readonly read: ReadLine | undefined;
  /** Whether it is of this line. */
  readonly isCurrent: boolean;
}

/** Shows what the server reads in a line. Without a connection there is nothing to show. */
export function usePreview(
  { text, keep }: TaskLine,
  load: (line: TaskLine, signal: AbortSignal) => Promise<ReadLine>,
): Preview {
  const [last, setLast] = useState<{ line: string; read: ReadLine }>();
  const line = text.trim() === "" ? "" : JSON.stringify({ text: text.trim(), keep });
  useEffect(() => {
    if (line === "") {
      setLast(undefined);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      load(JSON.parse(line) as TaskLine, stop.signal).then(
        (read) => {
          if (!stop.signal.aborted) setLast({ line, read });
        },
        () => undefined,
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [line, load]);
  return { read: last?.read, isCurrent: last?.line === line };
}
