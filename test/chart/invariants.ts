/** What must hold of every object that the chart renders, whatever the values. */

import type { V1Container, V1CronJob, V1PodSpec } from "@kubernetes/client-node";

import type { Manifest } from "./helm.ts";

interface Workload extends Manifest {
  readonly spec: V1PodSpec & { readonly template?: { readonly spec: V1PodSpec } };
}

/** One sentence for each rule that an object breaks. */
export function faultsOf(manifest: Manifest): string[] {
  const name = `${manifest.kind}/${manifest.metadata.name}`;
  const faults: string[] = [];
  if (manifest.metadata.namespace === undefined) faults.push("names no namespace");
  if (manifest.kind === "Deployment" || manifest.kind === "Pod") {
    const { spec } = manifest as Workload;
    faults.push(...podFaults(spec.template?.spec ?? spec, manifest.kind === "Deployment"));
  }
  if (manifest.kind === "CronJob") {
    const { spec } = manifest as unknown as V1CronJob;
    faults.push(...podFaults(spec.jobTemplate.spec!.template.spec!, false));
  }
  return faults.map((fault) => `${name} ${fault}`);
}

function podFaults(pod: V1PodSpec, isLasting: boolean): string[] {
  const { securityContext: security } = pod;
  const faults = [
    ...(security?.runAsNonRoot === true ? [] : ["may run as root"]),
    ...((security?.runAsUser ?? 0) > 0 ? [] : ["has no numeric user"]),
    ...(security?.seccompProfile?.type === "RuntimeDefault" ? [] : ["has no seccomp profile"]),
    ...(pod.automountServiceAccountToken === false ? [] : ["mounts a token it does not need"]),
    ...(pod.enableServiceLinks === false ? [] : ["takes the namespace's Services as variables"]),
    ...(pod.hostNetwork || pod.hostPID || pod.hostIPC ? ["shares a namespace of the node"] : []),
    ...(pod.volumes ?? [])
      .filter(({ emptyDir, persistentVolumeClaim, configMap, secret }) =>
        emptyDir ? !emptyDir.sizeLimit : !persistentVolumeClaim && !configMap && !secret,
      )
      .map(({ name }) => `has a volume ${name} without a bound`),
  ];
  const running = pod.containers.flatMap((container) => [
    ...containerFaults(container),
    ...(isLasting &&
    !(container.startupProbe && container.readinessProbe && container.livenessProbe)
      ? [`has a container ${container.name} without its three probes`]
      : []),
  ]);
  return [...faults, ...running, ...(pod.initContainers ?? []).flatMap(containerFaults)];
}

function containerFaults({ name, image, securityContext, resources, env = [] }: V1Container) {
  return [
    ...(securityContext?.allowPrivilegeEscalation === false ? [] : ["may gain privileges"]),
    ...(securityContext?.readOnlyRootFilesystem === true ? [] : ["may write to its image"]),
    ...(securityContext?.capabilities?.drop?.includes("ALL") ? [] : ["keeps capabilities"]),
    ...(securityContext?.capabilities?.add ? ["adds capabilities"] : []),
    ...(resources?.limits?.cpu && resources.limits.memory ? [] : ["has no limits"]),
    ...(resources?.requests?.cpu && resources.requests.memory ? [] : ["has no requests"]),
    ...(/[:@][^/]+$/.test(image ?? "") && !/:latest$/.test(image ?? "")
      ? []
      : ["has a moving tag"]),
    ...env
      .filter((each) => /PASSWORD|SECRET|API_KEY|DATABASE_URL/.test(each.name) && each.value)
      .map((each) => `has ${each.name} in plain text`),
  ].map((fault) => `has a container ${name} that ${fault}`);
}
