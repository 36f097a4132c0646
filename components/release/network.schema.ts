import * as z from "zod";

import { defaultMode, flag, host, objectName, oneOf, whole } from "../../lib/fields.ts";

const page = host.describe("Host name of the page.");

const common = {
  policies: flag
    .default(true)
    .describe("NetworkPolicies that deny everything but what the application needs."),
  // Kept in every mode, so that a stack may change its exposure and back.
  nodePort: whole(30000, 32767)
    .default(30080)
    .describe("Port of the nodes, and on kind of this machine, with exposure nodePort."),
  mesh: oneOf(["none", "istio", "linkerd"])
    .default("none")
    .describe("Service mesh that the pods join."),
};

export const networkSchema = z
  .discriminatedUnion("exposure", [
    z.strictObject({
      exposure: defaultMode("nodePort").describe("A port of the nodes"),
      host: page.optional(),
      ...common,
    }),
    z.strictObject({
      exposure: z.literal("loadBalancer").describe("The cluster's load balancer"),
      host: page.optional(),
      ...common,
    }),
    z.strictObject({
      exposure: z.literal("ingress").describe("An Ingress"),
      host: page,
      ingressClassName: objectName("the name of an IngressClass")
        .optional()
        .describe("IngressClass; default the cluster's."),
      tlsSecretName: objectName("the name of a Secret")
        .optional()
        .describe("Secret with the certificate for host; default plain HTTP."),
      ...common,
    }),
    z.strictObject({
      exposure: z.literal("gateway").describe("An HTTPRoute (Gateway API)"),
      host: page,
      gatewayName: objectName("the name of a Gateway").describe(
        "Gateway that the route attaches to.",
      ),
      ...common,
    }),
  ])
  .describe("How the page is reached, and what may reach what.");

export type NetworkSettings = z.output<typeof networkSchema>;
