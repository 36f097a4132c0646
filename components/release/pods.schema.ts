import * as z from "zod";

import {
  annotations,
  labelKey,
  labels,
  labelValue,
  listOf,
  objectName,
  oneOf,
  text,
  whole,
} from "../../lib/fields.ts";

const toleration = z.strictObject({
  key: labelKey.optional(),
  operator: oneOf(["Equal", "Exists"]).optional(),
  value: labelValue.optional(),
  effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
  tolerationSeconds: whole(0, 1_000_000).optional(),
});

/** Keys that the chart refuses. */
const ownAnnotation = /^(checksum|todo-chatbot)\/|^helm\.sh\/hook/;

const affinities = "nodeAffinity, podAffinity or podAntiAffinity, as in Kubernetes";
const affinity = z
  .record(
    text(affinities, /^(node|pod|podAnti)Affinity$/),
    z.record(z.string(), z.unknown(), { error: "an object, as in Kubernetes" }),
    { error: affinities },
  )
  .meta({ accepted: affinities });

const podAnnotations = annotations.refine(
  (value) => !Object.keys(value).some((key) => ownAnnotation.test(key)),
  {
    error:
      "annotations, none of checksum/…, todo-chatbot/… and helm.sh/hook…, which the chart sets",
  },
);

const scheduling = {
  annotations: podAnnotations.optional().describe("Annotations of the pods."),
  nodeSelector: labels.optional().describe("Labels of the nodes that the pods run on."),
  tolerations: listOf(toleration, "tolerations, as in Kubernetes")
    .optional()
    .describe("Taints of nodes that the pods tolerate."),
  affinity: affinity
    .optional()
    .describe("Affinity of the pods; backend and frontend are spread over the nodes anyway."),
  priorityClassName: objectName("the name of a PriorityClass")
    .optional()
    .describe("PriorityClass of the pods."),
};

export const podsSchema = z
  .strictObject({
    healthCheckInterval: text("whole seconds from 5s to 300s", /^([5-9]|[1-9]\d|[12]\d\d|300)s$/)
      .default("30s")
      .describe("Interval of liveness probes, and of the frontend's checks of the backend."),
    readyTimeout: text("whole seconds from 30s to 1800s", /^([3-9]\d|[1-9]\d\d|1[0-7]\d\d|1800)s$/)
      .default("180s")
      .describe(
        "Time in which new pods must be ready, or the update is rolled back; raise it where images are pulled slowly.",
      ),
    ...scheduling,
  })
  .describe(
    "All pods, those of backups and monitoring too. What backend.pods, frontend.pods or database.pods sets takes precedence.",
  );

/** The pods of one workload. */
export const workloadPods = z.strictObject(scheduling).prefault({});

/** Where pods run, and their annotations. */
export type PodSettings = z.output<typeof workloadPods>;
export type PodsSettings = z.output<typeof podsSchema>;
