import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** Which backups are kept. */
export interface Retention {
  /** Number of newest ones. */
  readonly last: number;
  /** Days, of each of which the last of the older ones is kept too. */
  readonly daily: number;
  /** The same of weeks, from Monday to Sunday. */
  readonly weekly: number;
  /** The same of months. */
  readonly monthly: number;
}

const backup = /^todo-(\d{4})(\d{2})(\d{2})T\d{6}Z\.dump$/;

export const isBackup = (name: string): boolean => backup.test(name);

/** Those that are dated in the future come last: the clock was wrong when they were made. */
export function newestFirst(names: readonly string[]): string[] {
  const { present, future } = byDate(names);
  return [...present, ...future];
}

function byDate(names: readonly string[]) {
  const soon = new Date(Date.now() + 3_600_000).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const isLater = (name: string) => name > `todo-${soon}.dump`;
  const backups = names.filter(isBackup).sort((a, b) => (a < b ? 1 : -1));
  return {
    present: backups.filter((name) => !isLater(name)),
    future: backups.filter(isLater),
  };
}

/** Days since 1970, which began on a Thursday. */
function dayOf(name: string): number {
  const [, year, month, day] = backup.exec(name) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
}
const weekOf = (name: string) => Math.floor((dayOf(name) + 3) / 7);
const monthOf = (name: string) => name.slice(0, "todo-202611".length);

/**
 * Which of some backups are kept. Other names are ignored.
 *
 * Days, weeks and months are of the older ones alone, so that the newest, made while the clock is ahead, take the
 * place of no earlier month. While one is dated in the future, the clock may be wrong now, or was then: backups go
 * one at a time, those first.
 *
 * @param proven the one that was last restored by the drill; always kept
 */
export function kept(
  names: readonly string[],
  { last, daily, weekly, monthly }: Retention,
  proven = "",
): ReadonlySet<string> {
  const { present, future } = byDate(names);
  const backups = [...present, ...future];
  const lastOfEach = (number: number, periodOf: (name: string) => number | string): string[] => {
    const first = new Map<number | string, string>();
    for (const name of backups.slice(last)) {
      if (!first.has(periodOf(name))) first.set(periodOf(name), name);
    }
    return [...first.values()].slice(0, number);
  };
  const keep = new Set([
    ...backups.slice(0, last),
    ...backups.filter((name) => name === proven),
    ...lastOfEach(daily, dayOf),
    ...lastOfEach(weekly, weekOf),
    ...lastOfEach(monthly, monthOf),
  ]);
  if (future.length === 0) return keep;
  const goes = backups.findLast((name) => !keep.has(name));
  return new Set(backups.filter((name) => name !== goes));
}

/** Name of the backup in a folder that the drill has restored last; empty if there is none. */
export async function provenIn(folder: string): Promise<string> {
  const text = await readFile(join(folder, "proven"), "utf8").catch(() => "");
  return text.trim();
}

/** Removes the backups in a folder that are not kept. */
export async function prune(
  folder: string,
  retention: Retention,
  say: (text: string) => void,
): Promise<void> {
  const names = newestFirst(await readdir(folder));
  const keep = kept(names, retention, await provenIn(folder));
  for (const name of names.filter((each) => !keep.has(each))) {
    for (const end of ["", ".sha256", ".age.sha256", ".unrecorded"]) {
      await rm(join(folder, name + end), { force: true });
    }
    say(`removed: ${name}`);
  }
}
