import type * as pulumi from "@pulumi/pulumi";

/** What each part of the monitoring is made with. */
export interface PartArgs {
  /** Name of the component that the part belongs to; its objects' names begin with it. */
  readonly logical: string;
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  /** Whether a NetworkPolicy guards it. */
  readonly policies: boolean;
  /** Parent and provider of its objects. */
  readonly options: pulumi.CustomResourceOptions;
}

/** Labels of a part's pods, which its Service, Deployment and policy select. */
export const labelsOf = (part: string) => ({
  "app.kubernetes.io/name": part,
  "app.kubernetes.io/component": part,
  "app.kubernetes.io/part-of": "todo-chatbot",
});

/** User `nobody`, which both official images run as. */
export const nobody = 65534;

/** Prometheus and Alertmanager answer the same paths, on their port named http. */
export const probes = {
  startupProbe: probe("/-/ready", { periodSeconds: 1, failureThreshold: 60 }),
  readinessProbe: probe("/-/ready", { periodSeconds: 5 }),
  livenessProbe: probe("/-/healthy", { periodSeconds: 30 }),
};

function probe(path: string, timing: { periodSeconds: number; failureThreshold?: number }) {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 3, ...timing };
}
