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

/** What the Pod Security Standard `restricted` says of a pod as a whole. */
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
      yield `sets the sysctl ${name}, which reaches beyond the pod. Remove it.`;
    }
  }
});

/** And of each container, whose own settings are stronger than the pod's. */
const restrictedContainer = eachContainer(function* ({ spec, container }) {
  const pod = spec.securityContext;
  const own = container.securityContext;
  if ((own?.runAsNonRoot ?? pod?.runAsNonRoot) !== true) {
    yield "may run as root. Set runAsNonRoot: true.";
  }
  if ((own?.runAsUser ?? pod?.runAsUser) === 0) yield "runs as user 0, which is root.";
  const seccomp = (own?.seccompProfile ?? pod?.seccompProfile)?.type;
  if (seccomp === undefined || !seccompTypes.includes(seccomp)) {
    yield `has the seccomp profile ${seccomp ?? "of the node, which may be none"}; it must be ${seccompTypes.join(" or ")}.`;
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
    if (host) yield `has a ${name} that asks the host ${host}; it must ask the pod itself.`;
  }
});

function probesOf(container: PlacedContainer["container"]): [string, V1Probe][] {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  return Object.entries({ startupProbe, readinessProbe, livenessProbe }).filter(
    (entry): entry is [string, V1Probe] => entry[1] !== undefined,
  );
}

/** A memory or CPU amount as a number: bytes, or cores; NaN when it is none. */
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
    description: "Every pod fulfils the Pod Security Standard `restricted`.",
    scope: "resource",
    *check(content, config) {
      yield* restrictedPod(content, config);
      yield* restrictedContainer(content, config);
    },
  },
  {
    name: "numeric-user",
    description: "Every container runs as a user that the pod names by number.",
    scope: "resource",
    check: eachContainer(function* ({ spec, container }) {
      const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
      if (user === undefined) {
        yield "has no runAsUser: with an image whose user has a name only, it would not start. Give a number above 0.";
      }
    }),
  },
  {
    name: "read-only-root",
    description: "No container writes to its image.",
    scope: "resource",
    check: eachContainer(function* ({ container }) {
      if (container.securityContext?.readOnlyRootFilesystem !== true) {
        yield "may write to its image. Set readOnlyRootFilesystem: true, and mount a volume where it writes.";
      }
    }),
  },
  {
    name: "limits-and-requests",
    description: "Every container requests CPU and memory and has a limit on both.",
    scope: "resource",
    check: eachContainer(function* ({ container }) {
      const requests = container.resources?.requests ?? {};
      const limits = container.resources?.limits ?? {};
      for (const what of ["cpu", "memory"] as const) {
        if (!(amount(requests[what]) > 0)) {
          yield `has no request for ${what}. Give resources.requests.${what}.`;
        }
        if (!(amount(limits[what]) > 0)) {
          yield `has no limit on ${what}. Give resources.limits.${what}.`;
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
          yield `has an emptyDir ${name} without a bound. Give it a sizeLimit.`;
        }
      }
    }),
  },
  {
    name: "probes",
    description:
      "Every lasting container but a sidecar without a port has a startup, a readiness and a liveness probe, and a pod that is not ready is not killed for it.",
    scope: "resource",
    check: eachContainer(function* ({ spec, container, isLasting }) {
      // A sidecar that nobody connects to is started again when it ends, and is ready for no one.
      const isMute = spec.initContainers?.includes(container) && !container.ports?.length;
      if (!isLasting || isMute) return;
      for (const name of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
        if (container[name] === undefined) yield `has no ${name}. Give it one.`;
      }
      const ready = container.readinessProbe?.httpGet?.path;
      if (ready !== undefined && ready === container.livenessProbe?.httpGet?.path) {
        yield `is asked for the same path, ${ready}, whether it is ready and whether it lives: when what it depends on is away, it would be restarted for it. Give liveness a path of its own.`;
      }
    }),
  },
  {
    name: "no-service-links",
    description: "No pod gets the namespace's Services as environment variables.",
    scope: "resource",
    check: eachPod(function* ({ spec }) {
      if (spec.enableServiceLinks !== false) {
        yield "gets variables for every Service, which may take the place of its own settings. Set enableServiceLinks: false.";
      }
    }),
  },
];
