import * as z from "zod";

import type { WithSecrets } from "../../lib/fields.ts";
import {
  annotations,
  defaultMode,
  flag,
  host,
  objectName,
  oneOf,
  secretUrl,
  text,
  whole,
} from "../../lib/fields.ts";

const page = host.describe("Host name of the web UI.");

const common = {
  policies: flag
    .default(true)
    .describe("Create default-deny NetworkPolicies that allow only required traffic."),
  // Accepted in every mode, so that a stack can change its exposure and back.
  nodePort: whole(30000, 32767)
    .default(30080)
    .describe("Port on the nodes, and on kind also on this machine, with exposure nodePort."),
  serviceAnnotations: annotations
    .optional()
    .describe("Annotations of the web UI's Service, such as those of a cloud's load balancer."),
  mesh: oneOf(["none", "istio", "linkerd"])
    .default("none")
    .describe("Service mesh that the pods join."),
  proxy: z
    .strictObject({
      url: secretUrl.describe("URL of the HTTP proxy, with user and password if it requires them."),
      noProxy: text(
        "host names separated by commas, like models.example.org,.internal",
        /^[\w*:.-]+(,[\w*:.-]+)*$/,
      )
        .optional()
        .describe(
          "Hosts that are reached directly, separated by commas, besides localhost and names that end in .svc or .cluster.local.",
        ),
    })
    .optional()
    .describe(
      "Proxy for requests to the language model and to the bucket for backups; default: none.",
    ),
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
        .describe("IngressClass; default: the cluster's."),
      ingressAnnotations: annotations
        .optional()
        .describe("Annotations of the Ingress, such as those of its controller."),
      tlsSecretName: objectName("the name of a Secret")
        .optional()
        .describe("Secret with the TLS certificate for host; default: plain HTTP."),
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
  .describe("Exposure of the web UI, network policies, and a proxy for outgoing requests.");

/** The settings; the URL of a proxy is an Input. */
export type NetworkSettings = WithSecrets<z.output<typeof networkSchema>>;
