/**
 * Skips a test, or in a hook the tests that it is for, and puts the reason behind their titles: these are all that
 * a reporter gets from the processes of a parallel run.
 */
export function skip(context: Mocha.Context, reason: string): never {
  const { test, currentTest } = context;
  const explain = (skipped: Mocha.Runnable | undefined): void => {
    if (skipped !== undefined) skipped.title += ` (${reason})`;
  };
  if (test?.title.startsWith('"before all" hook')) test.parent?.eachTest(explain);
  else explain(test?.title.startsWith('"before each" hook') ? currentTest : test);
  return context.skip();
}
