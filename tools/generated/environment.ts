import { stringify } from "yaml";

import type { Variable } from "../../components/secrets/environment.ts";
import { environment } from "../../components/secrets/environment.ts";
import { table } from "./markdown.ts";

const variables: readonly Variable[] = environment;
const places: Readonly<Record<string, string>> = { pod: "the pod", none: "nothing: its default" };

/** The reference page of the environment variables. */
export function environmentPage(): string {
  const rows = variables.map(({ name, scope, sensitivity, object, description }) => [
    `\`${name}\``,
    scope,
    sensitivity,
    places[object] ?? `\`${object}\``,
    description,
  ]);
  return `# Environment variables

Generated from \`components/secrets/environment.ts\` by \`npm run generate\`. Secret values are only ever in Secrets.

${table(["name", "read by", "sensitivity", "set in", "description"], rows)}
`;
}

/** The chart's file: the variables of its own ConfigMaps and Secrets. */
export function chartEnvironment(): string {
  const own = variables
    .filter(
      ({ object }) => !["pod", "none", "backup-bucket-secret", "proxy-secret"].includes(object),
    )
    .map(({ name, scope, sensitivity, object, optional }) => ({
      ...{ name, scope, sensitivity, object },
      ...(optional && { optional }),
    }));
  return `# Generated from components/secrets/environment.ts by npm run generate; don't edit.
# The templates read it to fill pods from Secrets and to refuse secret variables in ConfigMaps.
${stringify({ variables: own })}`;
}
