import * as z from "zod";

import {
  defaultMode,
  email,
  labelKey,
  labelValue,
  namespace,
  secret,
  secretUrl,
  text,
  whole,
} from "../../lib/fields.ts";

const thresholds = z
  .strictObject({
    cpuPercent: whole(1, 100).default(90).describe("CPU of a container, in percent of its limit."),
    memoryLeftPercent: whole(1, 99)
      .default(10)
      .describe("Memory left to a container, in percent of its limit."),
    restarts: whole(1, 100).default(3).describe("Restarts of a container within 15 minutes."),
    volumeLeftPercent: whole(1, 99)
      .default(15)
      .describe("Space left on a volume, in percent of its size."),
    errorPercent: whole(1, 100)
      .default(5)
      .describe("Requests answered with 5xx within 5 minutes, in percent."),
    slowMilliseconds: whole(10, 30_000)
      .default(1_000)
      .describe("95th-percentile latency, in milliseconds."),
    backupHours: whole(1, 720).default(36).describe("Age of the newest backup, in hours."),
  })
  .prefault({})
  .describe("Bounds beyond which an alert fires; docs/runbooks has one page per alert.");

const receivers = z
  .strictObject({
    webhook: z
      .strictObject({ url: secretUrl.describe("Address that alerts are posted to.") })
      .optional(),
    slack: z
      .strictObject({
        url: secretUrl.describe("Address of the incoming webhook."),
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
        ).describe("Mail server with its port."),
        username: text("the name to sign in with", /^/).describe("Name to sign in with."),
        password: secret(text("a password, encrypted")).describe("Password to sign in with."),
      })
      .optional(),
  })
  .prefault({})
  .describe("Who is notified of alerts; default nobody, they are only shown.");

const common = {
  thresholds,
  alertForPercent: whole(1, 1_000)
    .default(100)
    .describe("How long a condition holds before its alert fires: 50 is half as long as usual."),
  labels: z
    .record(labelKey, labelValue)
    .default({ release: "kube-prometheus-stack" })
    .describe("Labels by which the operator's Prometheus selects what it reads."),
  prometheusNamespace: namespace
    .default("monitoring")
    .describe("Namespace of the operator's Prometheus."),
};

export const monitoringSchema = z
  .discriminatedUnion("mode", [
    z.strictObject({
      mode: defaultMode("bundled").describe(
        "A small Prometheus and Alertmanager beside the application",
      ),
      receivers,
      ...common,
    }),
    z.strictObject({
      mode: z.literal("operator").describe("Objects for an installed Prometheus Operator"),
      ...common,
    }),
    z.strictObject({ mode: z.literal("off").describe("Only /metrics"), ...common }),
  ])
  .describe("Metrics and alerts.");

export type MonitoringSettings = z.output<typeof monitoringSchema>;
export type ReceiverSettings = z.output<typeof receivers>;
export type Thresholds = z.output<typeof thresholds>;
