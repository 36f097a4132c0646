// Mocha's spec reporter, which also says at once why a test failed, not only when all have ended, and appends
// its counts to the file TODO_TEST_REPORT, one line of JSON per run, for the summary of the whole test command.
const { appendFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    const failed = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      const reason = String(error?.message ?? error)
        .replaceAll(/\s+/g, " ")
        .slice(0, 300);
      failed.push(`${test.fullTitle()} (${reason})`);
      reporters.Base.consoleLog(reporters.Base.color("fail", `      ${reason}`));
    });
    runner.on(Runner.constants.EVENT_RUN_END, () => {
      const counted = { passed: runner.stats.passes, failed, skipped };
      if (process.env.TODO_TEST_REPORT) {
        appendFileSync(process.env.TODO_TEST_REPORT, `${JSON.stringify(counted)}\n`);
      }
    });
  }
};
