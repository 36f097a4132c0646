import type { Alert } from "./alerts.ts";

/** A file of alerting rules, as Prometheus reads it; the operator's PrometheusRule has the same in its spec. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string; readonly component?: string };
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook", string>>;
}

/** The table of alerts as Prometheus rules. */
export function ruleFile(alerts: readonly Alert[]): RuleFile {
  return {
    groups: [
      {
        name: "todo-chatbot",
        rules: alerts.map((alert) => ({
          alert: alert.name,
          expr: alert.expr,
          for: `${alert.forSeconds}s`,
          labels: {
            severity: alert.severity,
            ...(alert.component !== undefined && { component: alert.component }),
          },
          annotations: {
            summary: alert.summary,
            description: alert.description,
            runbook: `docs/runbooks/${alert.name}.md`,
          },
        })),
      },
    ],
  };
}
