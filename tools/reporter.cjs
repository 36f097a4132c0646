// Mocha's spec reporter, which also says at once why a test failed, not only when all have ended, and appends
// its counts to the file TODO_TEST_REPORT, one line of JSON per run, for the summary of the whole test command.
const { appendFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

/** Printed lines "skipped: <reason>": of the last test or hook, and while the files were loaded. */
let reason;
const loaded = [];
let isLoading = true;
const { log } = console;
console.log = (...words) => {
  const printed = /^\s*skipped: (.*)$/m.exec(String(words[0]))?.[1];
  if (printed !== undefined && isLoading) loaded.push(printed);
  else reason = printed ?? reason;
  log(...words);
};

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
    const events = Runner.constants;
    const forget = () => (reason = undefined);
    runner.on(events.EVENT_RUN_BEGIN, () => (isLoading = false));
    runner.on(events.EVENT_TEST_PASS, forget);
    runner.on(events.EVENT_SUITE_END, forget);
    runner.on(events.EVENT_TEST_PENDING, (test) => {
      const because = reason ?? loaded.join("; ");
      skipped.push(because === "" ? test.fullTitle() : `${test.fullTitle()} (${because})`);
    });
    runner.on(events.EVENT_TEST_FAIL, (test, error) => {
      forget();
      const message = short(String(error?.message ?? error));
      failed.push(`${test.fullTitle()} (${message})`);
      reporters.Base.consoleLog(reporters.Base.color("fail", `      ${message}`));
    });
    runner.on(events.EVENT_RUN_END, () => {
      const counted = { passed: runner.stats.passes, failed, skipped };
      if (process.env.TODO_TEST_REPORT) {
        appendFileSync(process.env.TODO_TEST_REPORT, `${JSON.stringify(counted)}\n`);
      }
    });
  }
};
