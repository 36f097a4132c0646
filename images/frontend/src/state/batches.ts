/** Changes of several tasks at once. */
import type { Task } from "../api/types.ts";

/** Requests that are sent at the same time for several tasks. */
const together = 4;

/** Rejects with the last failure, after all have been tried. */
export async function fewAtOnce<T>(items: readonly T[], run: (item: T) => Promise<unknown>) {
  const waiting = [...items];
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await run(item).catch((error: unknown) => (failure = { error }));
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  if (failure !== undefined) throw failure.error;
}

/** A task's title, or how many they are. */
export function nameOf(tasks: readonly Task[]): string {
  const [first] = tasks;
  return tasks.length === 1 && first !== undefined ? `“${first.title}”` : `${tasks.length} tasks`;
}
