import type { AlertArgs } from "../../components/monitoring/alerts.ts";
import type { Receivers } from "../../components/monitoring/receivers.ts";
import { parseSettings } from "../../config/settings.ts";

/** An application in the namespace `todo`, with the thresholds that a stack has by default. */
export const alertArgs: AlertArgs = {
  ...parseSettings({}, new Set()).monitoring,
  namespace: "todo",
  replicas: { backend: 2, frontend: 2 },
  volumeBytes: 1e9,
  databaseInstances: 3,
  databaseArchive: true,
  backups: true,
  drills: true,
  scans: true,
};

/** A receiver of each kind. */
export const receivers = {
  webhook: { url: "http://receiver:8080/alerts" },
  slack: { url: "https://hooks.example.org/x", channel: "#alerts" },
  email: {
    to: "ops@example.org",
    from: "todo@example.org",
    smarthost: "smtp.example.org:587",
    username: "todo",
    password: "hunter2",
  },
} as const satisfies Receivers;
