import type { WithSecrets } from "../../lib/fields.ts";
import { portOf } from "../../lib/url.ts";
import type { ReceiverSettings } from "./monitoring.schema.ts";

/** Who is notified of alerts; without receivers, alerts are only shown. */
export type Receivers = WithSecrets<ReceiverSettings, string>;

/** Alertmanager's own configuration, as YAML; JSON is YAML too. It holds the receivers' secrets. */
export function alertmanagerConfiguration({ webhook, slack, email }: Receivers): string {
  const notifyOptions = { send_resolved: true };
  return JSON.stringify({
    route: {
      receiver: "everyone",
      group_by: ["alertname", "namespace", "component"],
      // Long enough to group alerts with one cause, short enough to be timely.
      group_wait: "10s",
      group_interval: "30s",
      repeat_interval: "4h",
    },
    receivers: [
      {
        name: "everyone",
        ...(webhook && { webhook_configs: [{ ...notifyOptions, url: webhook.url }] }),
        ...(slack && {
          slack_configs: [
            {
              ...notifyOptions,
              api_url: slack.url,
              channel: slack.channel,
              title: "{{ .Status | toUpper }} {{ .CommonLabels.alertname }}",
              text: "{{ range .Alerts }}{{ .Annotations.description }} ({{ .Annotations.runbook }})\n{{ end }}",
            },
          ],
        }),
        ...(email && {
          email_configs: [
            {
              ...notifyOptions,
              to: email.to,
              from: email.from,
              smarthost: email.smarthost,
              auth_username: email.username,
              auth_password: email.password,
            },
          ],
        }),
      },
    ],
    // Without the database, requests fail too.
    inhibit_rules: [
      {
        source_matchers: ['alertname="database-away"'],
        target_matchers: ['alertname=~"error-rate|slow-answers"'],
        equal: ["namespace"],
      },
    ],
  });
}

/** Ports that the receivers listen on, ascending; no secret. */
export function receiverPorts({ webhook, slack, email }: Receivers): number[] {
  const ports = [
    ...(webhook ? [portOf(webhook.url)] : []),
    ...(slack ? [portOf(slack.url)] : []),
    ...(email ? [Number(email.smarthost.split(":").at(-1))] : []),
  ];
  return [...new Set(ports)].sort((a, b) => a - b);
}
