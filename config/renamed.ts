import type { Values } from "./values.ts";
import { isRecord, valueAt } from "./values.ts";

const renamed: ReadonlyMap<string, string> = new Map([
  ["images.platform", "images.platforms"],
  ["storage.className", "storage.storageClassName"],
  ["network.tlsSecret", "network.tlsSecretName"],
  ["monitoring.patiencePercent", "monitoring.alertForPercent"],
  ...["backend", "frontend"].flatMap((app): [string, string][] => [
    [`${app}.autoscaling.min`, `${app}.autoscaling.minReplicas`],
    [`${app}.autoscaling.max`, `${app}.autoscaling.maxReplicas`],
    [`${app}.autoscaling.cpuPercent`, `${app}.autoscaling.targetCPUUtilizationPercentage`],
  ]),
]);

/** The new name of a renamed setting; undefined for others. */
export function newName(path: readonly string[], values: Values): string | undefined {
  const name = path.join(".");
  // It had two meanings.
  if (name === "network.className") {
    const isGateway = valueAt(values, ["network", "exposure"]) === "gateway";
    return `network.${isGateway ? "gatewayName" : "ingressClassName"}`;
  }
  return renamed.get(name);
}

/** The values under their new names; one that is already set under the new name wins. */
export function withNewNames(values: Values): Values {
  const rename = (value: unknown, path: readonly string[]): unknown => {
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([key, field]) => {
      const now = newName([...path, key], values)
        ?.split(".")
        .at(-1);
      // It was one platform.
      const isOne = now === "platforms" && typeof field === "string" && field !== "";
      const fields = isOne ? [field] : rename(field, [...path, key]);
      return { key: now ?? key, isOld: now !== undefined, field: fields };
    });
    const ordered = entries.toSorted((a, b) => Number(b.isOld) - Number(a.isOld));
    return Object.fromEntries(ordered.map(({ key, field }) => [key, field]));
  };
  return rename(values, []) as Values;
}
