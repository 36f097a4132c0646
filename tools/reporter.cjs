// Mocha's spec reporter, which also appends its counts to the file TODO_TEST_REPORT, one line of JSON per
// run, for the summary of the whole test command.
const { appendFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    let hookFailures = 0;
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.on(Runner.constants.EVENT_TEST_FAIL, (failed) => {
      if (failed.type === "hook") hookFailures += 1;
    });
    runner.on(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = runner.stats;
      const counted = { passed: passes, failed: Math.max(failures, hookFailures), skipped };
      if (process.env.TODO_TEST_REPORT) {
        appendFileSync(process.env.TODO_TEST_REPORT, `${JSON.stringify(counted)}\n`);
      }
    });
  }
};
