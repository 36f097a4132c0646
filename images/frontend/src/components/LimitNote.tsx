import type { TaskUsage } from "../api/types.ts";

/** Share of a limit from which on it is told. */
const nearly = 0.9;

/** Tells how near the limits are, before they are reached. */
export function LimitNote({ usage }: { readonly usage: TaskUsage | undefined }) {
  if (usage === undefined) return null;
  const { pending, completed, maximumTasks, textBytes, maximumTextBytes } = usage;
  const tasks = pending + completed;
  const number = (count: number): string => count.toLocaleString("en");
  const full =
    tasks >= nearly * maximumTasks
      ? `You have ${number(tasks)} of at most ${number(maximumTasks)} tasks.`
      : textBytes >= nearly * maximumTextBytes
        ? `Your tasks’ texts take ${Math.floor((textBytes / maximumTextBytes) * 100)} % of their space.`
        : undefined;
  if (full === undefined) return null;
  return (
    <p className="limit-note" role="status">
      {full} Delete some that are done to make room.
    </p>
  );
}
