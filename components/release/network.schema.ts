import * as z from "zod";

import type { WithSecrets } from "../../lib/fields.ts";
import {
  annotations,
  contradict,
  defaultMode,
  flag,
  host,
  httpUrl,
  listOf,
  namespace,
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
  ipFamilyPolicy: oneOf(["SingleStack", "PreferDualStack", "RequireDualStack"])
    .optional()
    .describe("IPv4, IPv6 or both for the application's Services; default: the cluster's."),
  ipFamilies: listOf(oneOf(["IPv4", "IPv6"]), "IPv4, IPv6 or both")
    .min(1, "IPv4, IPv6 or both")
    .refine((families) => new Set(families).size === families.length, "IPv4, IPv6 or both")
    .optional()
    .describe(
      "IP families of these Services, the preferred one first, which can't be changed later; default: the cluster's.",
    ),
  publicUrl: httpUrl
    .optional()
    .describe(
      "URL of the web UI for links in mails; default with an Ingress or a Gateway: that of network.host.",
    ),
  trustedProxies: whole(0, 9)
    .optional()
    .describe(
      "Proxies in front of the web UI whose X-Forwarded-* headers are trusted, for rate limits by address; default: 1 with an Ingress or a Gateway, else 0.",
    ),
  mesh: oneOf(["none", "istio", "istio-ambient", "linkerd"])
    .default("none")
    .describe("Service mesh that the pods join; istio: with sidecars."),
  meshMutualTls: oneOf(["permissive", "strict"])
    .default("permissive")
    .describe(
      "strict: pods refuse connections that don't come through the mesh, except to the web UI.",
    ),
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

const issuer = objectName("the name of an issuer");
const certificate = {
  tlsSecretName: objectName("the name of a Secret")
    .optional()
    .describe("Secret with the TLS certificate for host; default: plain HTTP, or frontend-tls."),
  clusterIssuer: issuer
    .optional()
    .describe("ClusterIssuer of cert-manager that issues the certificate into tlsSecretName."),
  issuer: issuer
    .optional()
    .describe("Issuer of cert-manager in the stack's namespace, in place of clusterIssuer."),
};

type Certificate = z.output<z.ZodObject<typeof certificate>>;

function checkIssuer({ clusterIssuer, issuer: own }: Certificate, issues: z.core.$RefinementCtx) {
  if (clusterIssuer === undefined || own === undefined) return;
  contradict(
    issues,
    ["issuer"],
    `is "${own}", but network.clusterIssuer is set too. Remove one of them.`,
  );
}

/** Settings of a Gateway that exists, and of one that the chart creates. */
const ofExisting = ["gatewayNamespace", "sectionName", "redirectSectionName"] as const;
const ofCreated = ["tlsSecretName", "clusterIssuer", "issuer"] as const;

export const networkSchema = z
  .discriminatedUnion("exposure", [
    z.strictObject({
      exposure: defaultMode("nodePort").describe("A port of the nodes"),
      allowNodePort: flag
        .default(false)
        .describe("Accept a port on every node of a remote cluster."),
      host: page.optional(),
      ...common,
    }),
    z.strictObject({
      exposure: z.literal("loadBalancer").describe("The cluster's load balancer"),
      host: page.optional(),
      ...common,
    }),
    z
      .strictObject({
        exposure: z.literal("ingress").describe("An Ingress"),
        host: page,
        ingressClassName: objectName("the name of an IngressClass")
          .optional()
          .describe("IngressClass; default: the cluster's."),
        ingressAnnotations: annotations
          .optional()
          .describe("Annotations of the Ingress, such as those of its controller."),
        ...certificate,
        ...common,
      })
      .superRefine(checkIssuer),
    z
      .strictObject({
        exposure: z.literal("gateway").describe("An HTTPRoute (Gateway API)"),
        host: page,
        gatewayName: objectName("the name of a Gateway")
          .optional()
          .describe("Existing Gateway that the route attaches to."),
        gatewayNamespace: namespace
          .optional()
          .describe("Namespace of that Gateway; default: the stack's."),
        sectionName: objectName("the name of a listener")
          .optional()
          .describe("Listener of that Gateway for the web UI; default: all that fit."),
        redirectSectionName: objectName("the name of a listener")
          .optional()
          .describe("HTTP listener of that Gateway whose requests are redirected to HTTPS."),
        https: flag
          .default(false)
          .describe("Whether the listener of that Gateway serves HTTPS, for the URL."),
        gatewayClassName: objectName("the name of a GatewayClass")
          .optional()
          .describe("GatewayClass of a Gateway that is created, in place of gatewayName."),
        ...certificate,
        ...common,
      })
      .superRefine((network, issues) => {
        checkIssuer(network, issues);
        const { gatewayName, gatewayClassName, sectionName, redirectSectionName, https } = network;
        if (gatewayName === undefined && gatewayClassName === undefined) {
          contradict(
            issues,
            ["gatewayName"],
            "is missing, but network.exposure is gateway. Set it to the name of a Gateway, or set network.gatewayClassName to create one.",
          );
          return;
        }
        if (gatewayName !== undefined && gatewayClassName !== undefined) {
          contradict(
            issues,
            ["gatewayClassName"],
            `is "${gatewayClassName}", but network.gatewayName is set too. Remove the first to use the existing Gateway, or the second to create one.`,
          );
          return;
        }
        if (gatewayName === undefined) {
          for (const key of [...ofExisting, ...(https ? (["https"] as const) : [])]) {
            if (network[key] === undefined) continue;
            contradict(
              issues,
              [key],
              "is set, but network.gatewayClassName creates a Gateway with listeners of its own. Remove it.",
            );
          }
          return;
        }
        for (const key of ofCreated) {
          if (network[key] === undefined) continue;
          contradict(
            issues,
            [key],
            "is set, but the certificate belongs to the listener of the existing Gateway. Remove it, and set network.https if that serves HTTPS.",
          );
        }
        if (redirectSectionName === undefined) return;
        if (!https || sectionName === undefined || sectionName === redirectSectionName) {
          contradict(
            issues,
            ["redirectSectionName"],
            `is "${redirectSectionName}", which needs another listener to redirect to. Set network.https to true and network.sectionName to the HTTPS listener, or remove it.`,
          );
        }
      }),
  ])
  .superRefine(({ ipFamilyPolicy, ipFamilies = [] }, issues) => {
    if (ipFamilyPolicy !== "SingleStack" || ipFamilies.length < 2) return;
    contradict(
      issues,
      ["ipFamilyPolicy"],
      "is SingleStack, but network.ipFamilies has two. Remove one of them, or set the policy to PreferDualStack or RequireDualStack.",
    );
  })
  .describe("Exposure of the web UI, network policies, and a proxy for outgoing requests.");

/** The settings; the URL of a proxy is an Input. */
export type NetworkSettings = WithSecrets<z.output<typeof networkSchema>>;
