/** Says which connections a set of NetworkPolicies allows, as an enforcing cluster would. */

import type { Manifest } from "./helm.ts";

type Labels = Readonly<Record<string, string>>;

/** One end of a connection. */
export interface Endpoint {
  readonly name: string;
  /** Undefined outside the cluster. */
  readonly namespace?: string;
  readonly labels?: Labels;
}

interface Selector {
  readonly matchLabels?: Labels;
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: object;
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
}

interface NetworkPolicy extends Manifest {
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

/** A port that a connection is opened to. */
export interface Port {
  readonly number: number;
  readonly protocol: "TCP" | "UDP";
}

/** Whether `from` may open a connection to `port` of `to`: it may leave, and it may enter. */
export function isAllowed(
  manifests: readonly Manifest[],
  from: Endpoint,
  to: Endpoint,
  port: Port,
): boolean {
  const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy") as NetworkPolicy[];
  const passes = (direction: "Ingress" | "Egress", subject: Endpoint, other: Endpoint): boolean => {
    const selecting = policies.filter(
      ({ metadata, spec }) =>
        metadata.namespace === subject.namespace &&
        spec.policyTypes.includes(direction) &&
        matches(spec.podSelector, subject.labels),
    );
    if (selecting.length === 0) return true;
    return selecting.some(({ metadata, spec }) =>
      (direction === "Ingress" ? (spec.ingress ?? []) : (spec.egress ?? [])).some((rule) => {
        const peers = direction === "Ingress" ? rule.from : rule.to;
        return (
          (!peers || peers.some((peer) => isPeer(peer, other, metadata.namespace))) &&
          (!rule.ports ||
            rule.ports.some((each) => each.port === port.number && each.protocol === port.protocol))
        );
      }),
    );
  };
  return passes("Egress", from, to) && passes("Ingress", to, from);
}

function isPeer(peer: Peer, other: Endpoint, own: string | undefined): boolean {
  // No endpoint has an address.
  if (other.namespace === undefined || peer.ipBlock) return false;
  const inNamespace = peer.namespaceSelector
    ? matches(peer.namespaceSelector, {
        "kubernetes.io/metadata.name": other.namespace,
        ...(other.namespace === "linkerd-viz" && { "linkerd.io/extension": "viz" }),
      })
    : other.namespace === own;
  return inNamespace && (!peer.podSelector || matches(peer.podSelector, other.labels));
}

function matches({ matchLabels = {} }: Selector, labels: Labels = {}): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}
