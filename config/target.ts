import type { ClusterSettings } from "../components/cluster/cluster.schema.ts";
import type { ClusterTarget } from "../lib/clusters.ts";

/** The cluster to deploy to; the default context is that of its CLI. */
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
