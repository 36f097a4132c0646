import type { ClusterSettings } from "../components/cluster/cluster.schema.ts";
import type { ClusterTarget } from "../lib/clusters.ts";

/** Where the stack goes; without a context, the one that the cluster's own program makes. */
export function clusterTarget(cluster: ClusterSettings): ClusterTarget {
  const { kind, context } = cluster;
  switch (kind) {
    case "kind":
      return { kind, context: context ?? "kind-todo-chatbot" };
    case "minikube":
      return { kind, context: context ?? cluster.profile ?? "minikube" };
    case "remote":
      return { kind, context };
  }
}
