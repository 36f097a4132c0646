import type { V1Probe } from "@kubernetes/client-node";

import type { PlacedContainer, Rule } from "../model.ts";
import { eachContainer, eachPod } from "../model.ts";

const volumeTypes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];
const seccompTypes = ["RuntimeDefault", "Localhost"];

/** Pod-level checks of the Pod Security Standard `restricted`. */
const restrictedPod = eachPod(function* ({ spec }) {
  const { securityContext: security } = spec;
  for (const field of ["hostNetwork", "hostPID", "hostIPC"] as const) {
    if (spec[field] === true) {
      yield `sets ${field}, which shares a namespace of the node. Remove it.`;
    }
  }
  for (const volume of spec.volumes ?? []) {
    const type = Object.keys(volume).find((key) => key !== "name") ?? "emptyDir";
    if (!volumeTypes.includes(type)) {
      yield `has a volume ${volume.name} of type ${type}; it must be one of ${volumeTypes.join(", ")}.`;
    }
  }
  for (const { name } of security?.sysctls ?? []) {
    if (!safeSysctls.includes(name)) {
      yield `sets the sysctl ${name}, which affects more than the pod. Remove it.`;
    }
  }
});

/** Container-level checks; a container's settings override the pod's. */
const restrictedContainer = eachContainer(function* ({ spec, container }) {
  const pod = spec.securityContext;
  const own = container.securityContext;
  if ((own?.runAsNonRoot ?? pod?.runAsNonRoot) !== true) {
    yield "may run as root. Set runAsNonRoot: true.";
  }
  if ((own?.runAsUser ?? pod?.runAsUser) === 0) yield "runs as user 0, which is root.";
  const seccomp = (own?.seccompProfile ?? pod?.seccompProfile)?.type;
  if (seccomp === undefined || !seccompTypes.includes(seccomp)) {
    yield `has the seccomp profile ${seccomp ?? "of the node, which may be unconfined"}; it must be ${seccompTypes.join(" or ")}.`;
  }
  if (own?.allowPrivilegeEscalation !== false) {
    yield "may gain privileges. Set allowPrivilegeEscalation: false.";
  }
  if (own?.privileged === true) yield "is privileged. Remove it.";
  if (own?.capabilities?.drop?.includes("ALL") !== true) {
    yield "keeps capabilities. Set capabilities.drop: [ALL].";
  }
  const added = (own?.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  if (added.length > 0) {
    yield `adds the capabilities ${added.join(", ")}; only NET_BIND_SERVICE may be added.`;
  }
  if ((own?.procMount ?? "Default") !== "Default") yield "unmasks /proc. Remove procMount.";
  const appArmor = (own?.appArmorProfile ?? pod?.appArmorProfile)?.type;
  if (appArmor === "Unconfined") yield "switches AppArmor off. Remove appArmorProfile.";
  const selinux = own?.seLinuxOptions ?? pod?.seLinuxOptions;
  if (selinux?.user || selinux?.role) yield "chooses an SELinux user or role. Remove it.";
  for (const { hostPort } of container.ports ?? []) {
    if (hostPort) yield `takes port ${hostPort} of the node. Use a Service.`;
  }
  for (const [name, probe] of probesOf(container)) {
    const host = probe.httpGet?.host ?? probe.tcpSocket?.host;
    if (host) yield `has a ${name} for the host ${host}; it must probe the pod itself.`;
  }
});

function probesOf(container: PlacedContainer["container"]): [string, V1Probe][] {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  return Object.entries({ startupProbe, readinessProbe, livenessProbe }).filter(
    (entry): entry is [string, V1Probe] => entry[1] !== undefined,
  );
}

/** A quantity as a number, in bytes or cores; NaN if invalid. */
function amount(quantity: string | number | undefined): number {
  const [, digits = "", unit = ""] =
    /^([\d.]+(?:e\d+)?)(m|[kMGTP]|[KMGTP]i)?$/.exec(String(quantity)) ?? [];
  if (unit === "m") return Number(digits) / 1000;
  const power = ["", "k", "m", "g", "t", "p"].indexOf(unit.charAt(0).toLowerCase());
  return digits === "" ? NaN : Number(digits) * (unit.endsWith("i") ? 1024 : 1000) ** power;
}

export const podRules: readonly Rule[] = [
  {
    name: "restricted-pods",
    description: "Every pod meets the Pod Security Standard `restricted`.",
    scope: "resource",
    *check(content, config) {
      yield* restrictedPod(content, config);
      yield* restrictedContainer(content, config);
    },
  },
  {
    name: "numeric-user",
    description: "Every container runs as a numeric user set by the pod.",
    scope: "resource",
    check: eachContainer(function* ({ spec, container }) {
      const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
      if (user === undefined) {
        yield "has no runAsUser: with an image whose user is not numeric, it would not start. Set a number above 0.";
      }
    }),
  },
  {
    name: "read-only-root",
    description: "Every container has a read-only root file system.",
    scope: "resource",
    check: eachContainer(function* ({ container }) {
      if (container.securityContext?.readOnlyRootFilesystem !== true) {
        yield "has a writable root file system. Set readOnlyRootFilesystem: true, and mount a volume where it writes.";
      }
    }),
  },
  {
    name: "limits-and-requests",
    description: "Every container has requests and limits for CPU and memory.",
    scope: "resource",
    check: eachContainer(function* ({ container }) {
      const requests = container.resources?.requests ?? {};
      const limits = container.resources?.limits ?? {};
      for (const what of ["cpu", "memory"] as const) {
        if (!(amount(requests[what]) > 0)) {
          yield `has no request for ${what}. Set resources.requests.${what}.`;
        }
        if (!(amount(limits[what]) > 0)) {
          yield `has no limit on ${what}. Set resources.limits.${what}.`;
        } else if (amount(requests[what]) > amount(limits[what])) {
          yield `requests ${String(requests[what])} of ${what}, above its limit ${String(limits[what])}.`;
        }
      }
    }),
  },
  {
    name: "bounded-volumes",
    description: "Every emptyDir has a size limit, so that no pod fills its node's disk.",
    scope: "resource",
    check: eachPod(function* ({ spec }) {
      for (const { name, emptyDir } of spec.volumes ?? []) {
        if (emptyDir && !emptyDir.sizeLimit) {
          yield `has an emptyDir ${name} without a size limit. Set sizeLimit.`;
        }
      }
    }),
  },
  {
    name: "probes",
    description:
      "Every long-running container, except sidecars without a port, has startup, readiness and liveness probes, and a pod that is not ready is not restarted for it.",
    scope: "resource",
    check: eachContainer(function* ({ spec, container, isLongRunning }) {
      // A sidecar without a port serves nothing, and is restarted when it exits.
      const isMute = spec.initContainers?.includes(container) && !container.ports?.length;
      if (!isLongRunning || isMute) return;
      for (const name of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
        if (container[name] === undefined) yield `has no ${name}. Add one.`;
      }
      const ready = container.readinessProbe?.httpGet?.path;
      if (ready !== undefined && ready === container.livenessProbe?.httpGet?.path) {
        yield `has the same path, ${ready}, for its readiness and liveness probes: it would be restarted when a dependency is unavailable. Use another path for liveness.`;
      }
    }),
  },
  {
    name: "no-service-links",
    description: "No pod gets environment variables for the namespace's Services.",
    scope: "resource",
    check: eachPod(function* ({ spec }) {
      if (spec.enableServiceLinks !== false) {
        yield "gets variables for every Service, which may override its settings. Set enableServiceLinks: false.";
      }
    }),
  },
];
