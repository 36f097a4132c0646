// Mocha's spec reporter, which also says at once why a test failed, not only when all have ended, and appends
// its counts to the file TODO_TEST_REPORT, one line of JSON per run, for the summary of the whole test command.
const { appendFileSync } = require("node:fs");
const { relative } = require("node:path");
const { reporters, Runner } = require("mocha");

/** The beginning and the end: what commands print about a failure comes last. */
function short(text) {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 400 ? line : `${line.slice(0, 100)} … ${line.slice(-300)}`;
}

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    const failed = [];
    /** Passed and skipped tests of each file. */
    const files = new Map();
    const fileOf = ({ file }) => {
      const path = relative(process.cwd(), file);
      if (!files.has(path)) files.set(path, { passed: 0, skipped: 0 });
      return files.get(path);
    };
    const events = Runner.constants;
    runner.on(events.EVENT_TEST_PASS, (test) => (fileOf(test).passed += 1));
    runner.on(events.EVENT_TEST_PENDING, (test) => {
      fileOf(test).skipped += 1;
      skipped.push(test.fullTitle());
    });
    runner.on(events.EVENT_TEST_FAIL, (test, error) => {
      const message = short(String(error?.message ?? error));
      failed.push(`${test.fullTitle()} (${message})`);
      reporters.Base.consoleLog(reporters.Base.color("fail", `      ${message}`));
    });
    runner.on(events.EVENT_RUN_END, () => {
      const whole = [...files].filter(([, { skipped }]) => skipped === 0);
      const counted = {
        passed: runner.stats.passes,
        ...{ failed, skipped },
        whole: Object.fromEntries(whole.map(([file, { passed }]) => [file, passed])),
      };
      if (process.env.TODO_TEST_REPORT) {
        appendFileSync(process.env.TODO_TEST_REPORT, `${JSON.stringify(counted)}\n`);
      }
    });
  }
};
