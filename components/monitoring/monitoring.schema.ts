import * as z from "zod";

import {
  defaultMode,
  email,
  labels,
  namespace,
  secret,
  secretUrl,
  text,
  whole,
} from "../../lib/fields.ts";

const thresholds = z
  .strictObject({
    cpuPercent: whole(1, 100)
      .default(90)
      .describe("CPU usage of a container, in percent of its limit."),
    memoryLeftPercent: whole(1, 99)
      .default(10)
      .describe("Free memory of a container, in percent of its limit."),
    restarts: whole(1, 100).default(3).describe("Restarts of a container within 15 minutes."),
    volumeLeftPercent: whole(1, 99)
      .default(15)
      .describe("Free space on a volume, in percent of its size."),
    errorPercent: whole(1, 100)
      .default(5)
      .describe("Requests with a 5xx status within 5 minutes, in percent."),
    slowMilliseconds: whole(10, 30_000)
      .default(1_000)
      .describe("95th-percentile latency, in milliseconds."),
    backupHours: whole(1, 720).default(36).describe("Age of the newest backup, in hours."),
    proofHours: whole(1, 720)
      .default(60)
      .describe("Time since the drill last restored a backup and found every row, in hours."),
    scanDays: whole(1, 90)
      .default(7)
      .describe("Age of the vulnerability database of the latest scan of images, in days."),
  })
  .prefault({})
  .describe("Alert thresholds; docs/runbooks has a page for each alert.");

const receivers = z
  .strictObject({
    webhook: z
      .strictObject({ url: secretUrl.describe("URL that alerts are posted to.") })
      .optional(),
    slack: z
      .strictObject({
        url: secretUrl.describe("URL of the incoming webhook."),
        channel: text("a channel, like #alerts", /^[#@]?[\w-]+$/).describe("Channel."),
      })
      .optional(),
    email: z
      .strictObject({
        to: email.describe("Recipient."),
        from: email.describe("Sender."),
        smarthost: text(
          "a mail server with its port, like smtp.example.org:587",
          /^[\w.-]+:\d+$/,
        ).describe("SMTP server and port."),
        username: text("a user name", /^/).describe("User name for the SMTP server."),
        password: secret(text("a password, encrypted")).describe("Password for the SMTP server."),
      })
      .optional(),
  })
  .prefault({})
  .describe("Who is notified of alerts; default: nobody.");

const common = {
  thresholds,
  alertForPercent: whole(1, 1_000)
    .default(100)
    .describe("Time before an alert fires, in percent of its default: 50 halves it."),
  labels: labels
    .default({ release: "kube-prometheus-stack" })
    .describe("Labels by which the operator's Prometheus selects its objects."),
  prometheusNamespace: namespace
    .default("monitoring")
    .describe("Namespace of the operator's Prometheus."),
};

export const monitoringSchema = z
  .discriminatedUnion("mode", [
    z.strictObject({
      mode: defaultMode("bundled").describe(
        "A small Prometheus and Alertmanager in the application's namespace",
      ),
      receivers,
      ...common,
    }),
    z.strictObject({
      mode: z.literal("operator").describe("Objects for an installed Prometheus Operator"),
      ...common,
    }),
    z.strictObject({ mode: z.literal("off").describe("Only the /metrics endpoints"), ...common }),
  ])
  .describe("Metrics and alerts.");

export type MonitoringSettings = z.output<typeof monitoringSchema>;
export type ReceiverSettings = z.output<typeof receivers>;
export type Thresholds = z.output<typeof thresholds>;
