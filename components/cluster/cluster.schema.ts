import * as z from "zod";

import { contradict, defaultMode, text } from "../../lib/fields.ts";

const namespace = text(
  "a namespace of its own: lowercase letters, digits and dashes, neither default nor kube-…",
  /^(?!default$|kube-)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
)
  .default("todo-chatbot-namespace")
  .describe("Namespace of all objects; each instance needs its own.");

const context = (accepted: string, pattern?: RegExp) =>
  text(accepted, pattern).describe("Context in the kubeconfig.");

export const clusterSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: defaultMode("kind").describe("A kind cluster on this machine"),
      context: context(
        "the context of a kind cluster, kind-…; for others, set cluster.kind to minikube or remote",
        /^kind-./,
      )
        .optional()
        .describe("Context in the kubeconfig; default: kind-todo-chatbot."),
      namespace,
    }),
    z
      .strictObject({
        kind: z.literal("minikube").describe("A minikube cluster on this machine"),
        context: context(
          "the context of a minikube profile; for kind-… set cluster.kind to kind",
          /^(?!kind-)./,
        )
          .optional()
          .describe("Context in the kubeconfig; default: the profile's name."),
        profile: text("a minikube profile, like minikube", /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
          .optional()
          .describe("minikube profile; default: minikube."),
        namespace,
      })
      .superRefine(({ context: name, profile }, issues) => {
        if (name === undefined || profile === undefined || name === profile) return;
        contradict(
          issues,
          ["profile"],
          `is "${profile}", but cluster.context is "${name}"; minikube names the context after the profile. Remove one of them.`,
        );
      }),
    z.strictObject({
      kind: z.literal("remote").describe("Any other cluster"),
      context: context(
        "the context of a remote cluster, neither kind-… nor minikube (kubectl config get-contexts lists them)",
        /^(?!kind-|minikube$)./,
      ),
      namespace,
    }),
  ])
  .describe("The cluster that the stack is deployed to.");

export type ClusterSettings = z.output<typeof clusterSchema>;
