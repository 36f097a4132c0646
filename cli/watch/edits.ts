import { messageOf } from "../../lib/problem.ts";
import { red } from "../terminal.ts";
import type { Build } from "./builds.ts";
import { savePauseMs, watchSources } from "./sources.ts";
import type { Code } from "./supervisor.ts";
import type { TypeCheck } from "./type-check.ts";

/** Receives code that was built without errors. `since`: when it was edited, by `performance.now()`. */
export type OnCode = (build: Build, code: Code, since: number) => void;

/**
 * Builds an app's part now and after each edit of its sources. Errors are printed.
 *
 * @param signal ends it
 */
export async function followEdits(
  build: Build,
  types: TypeCheck,
  signal: AbortSignal,
  onCode: OnCode,
): Promise<void> {
  let edits: string[] = [];
  let isDue = true;
  let isBusy = false;
  const work = async () => {
    if (isBusy) return;
    isBusy = true;
    while (isDue) {
      const since = performance.now();
      await new Promise((resolve) => setTimeout(resolve, savePauseMs));
      const now = edits;
      edits = [];
      isDue = false;
      await refresh(build, types, now, (code) => {
        if (!signal.aborted) onCode(build, code, since);
      });
    }
    isBusy = false;
  };
  const close = watchSources(build.sources, (file) => {
    edits.push(file);
    isDue = true;
    void work();
  });
  signal.addEventListener("abort", close, { once: true });
  await work();
}

async function refresh(
  build: Build,
  types: TypeCheck,
  edits: readonly string[],
  onCode: (code: Code) => void,
): Promise<void> {
  const [checked, built] = await Promise.allSettled([types.errors(build, edits), build.build()]);
  // The compiler reports syntax errors too; the bundler, also missing packages.
  const errors = reasonOf(checked) ?? (valueOf(checked) || reasonOf(built));
  if (errors !== undefined) {
    console.log(red(`✗ ${build.name}: the code from before keeps running\n${errors.trimEnd()}`));
  } else if (built.status === "fulfilled") onCode(built.value);
}

const reasonOf = (result: PromiseSettledResult<unknown>): string | undefined =>
  result.status === "rejected" ? messageOf(result.reason) : undefined;

const valueOf = <T>(result: PromiseSettledResult<T>): T | undefined =>
  result.status === "fulfilled" ? result.value : undefined;
