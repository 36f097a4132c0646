import { execFile } from "node:child_process";

import type { Alert } from "../../components/monitoring/alerts.ts";
import { ruleFile } from "../../components/monitoring/rules.ts";
import { Folder } from "../unit/folder.ts";

/** Samples by series, 15 seconds apart, in promtool's notation: `1x8 0x4` is nine ones and five zeros. */
export type Series = Readonly<Record<string, string>>;

/** What fires at some time, like `pod-down backend`, in the order of the alphabet. */
export type Expectation = Readonly<Record<string, readonly string[]>>;

/**
 * Lets Prometheus' own engine evaluate alerts over made-up samples.
 *
 * @param expected by time, like `2m30s`: the alerts that fire then, and no other
 * @returns what promtool finds wrong; empty when all is as expected
 */
export async function faultsOf(
  alerts: readonly Alert[],
  series: Series,
  expected: Expectation,
): Promise<string> {
  const tests = [
    {
      interval: "15s",
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: Object.entries(expected).map(([time, names]) => ({
        eval_time: time,
        expr: firingBySubject,
        exp_samples: names.map((name) => {
          const [alertname, subject] = name.split(" ");
          return {
            labels: `{alertname="${alertname}"${subject === undefined ? "" : `, subject="${subject}"`}}`,
            value: 1,
          };
        }),
      })),
    },
  ];
  return await promtool(alerts, tests);
}

/** What fires, with the part, container or claim that it is about in place of all other labels. */
const firing = ["component", "persistentvolumeclaim", "container"].reduce(
  (inner, label) => `label_replace(${inner}, "subject", "$1", "${label}", "(.+)")`,
  `ALERTS{alertstate="firing"}`,
);
const firingBySubject = `count by (alertname, subject) (${firing})`;

/** What promtool finds wrong with the texts of one alert. */
export async function textFaultsOf(
  alerts: readonly Alert[],
  series: Series,
  time: string,
  alert: string,
  expected: { readonly labels: object; readonly summary: string; readonly description: string },
): Promise<string> {
  const { labels, summary, description } = expected;
  return await promtool(alerts, [
    {
      interval: "15s",
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        {
          eval_time: time,
          alertname: alert,
          exp_alerts: [
            {
              exp_labels: labels,
              exp_annotations: { summary, description, runbook: `docs/runbooks/${alert}.md` },
            },
          ],
        },
      ],
    },
  ]);
}

async function promtool(alerts: readonly Alert[], tests: readonly object[]): Promise<string> {
  return await complaintsOf("promtool", ["test", "rules", "test.json"], {
    "rules.json": JSON.stringify(ruleFile(alerts)),
    "test.json": JSON.stringify({ rule_files: ["rules.json"], evaluation_interval: "15s", tests }),
  });
}

/** What a tool says that refuses some files, which it finds where it runs; empty when it takes them. */
export async function complaintsOf(
  tool: string,
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<string> {
  using folder = new Folder(files);
  return await new Promise((resolve) => {
    execFile(tool, args, { cwd: folder.path }, (error, stdout, stderr) => {
      resolve(error === null ? "" : `${stdout}${stderr}` || error.message);
    });
  });
}
