import { join } from "node:path";

import type { PolicyResource, ReportViolation } from "@pulumi/policy";
import { PolicyPack } from "@pulumi/policy";

import { renderRelease } from "../render/chart.ts";
import { RunError } from "../lib/exec.ts";
import type { Manifest } from "../lib/manifest.ts";
import { isObject, objectOf } from "../render/stack-manifests.ts";
import { configOf } from "./check.ts";
import type { Content, Resource, Rule, RuleConfig } from "./model.ts";
import { rules } from "./rules.ts";

// The rules as a policy pack, for `pulumi up --policy-pack policy`. It also checks the objects of Helm
// releases, which it renders from chart and values; the engine does not know them.
new PolicyPack("todo-chatbot", {
  enforcementLevel: "mandatory",
  policies: rules.map((rule) => {
    const { name, description } = rule;
    const configSchema = schemaOf(rule);
    return rule.scope === "resource"
      ? {
          name,
          description,
          configSchema,
          validateResource: async (args, report) =>
            reportFaults(rule, await contentOf([args]), args.getConfig(), report),
        }
      : {
          name,
          description,
          configSchema,
          validateStack: async (args, report) =>
            reportFaults(rule, await contentOf(args.resources), args.getConfig(), report),
        };
  }),
});

function reportFaults(
  rule: Rule,
  content: Content,
  config: RuleConfig,
  report: ReportViolation,
): void {
  for (const { subject, message } of rule.check(content, configOf(rule, config))) {
    report(`${subject}: ${message}`);
  }
}

/** Schema of a rule's settings, for the engine. */
function schemaOf({ config }: Rule) {
  if (config === undefined) return undefined;
  const properties = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "number"
      ? { type: "number" as const, default: value }
      : { type: "array" as const, items: { type: "string" as const }, default: [...value] },
  ]);
  return { properties: Object.fromEntries(properties) as Record<string, object> };
}

type Given = Pick<PolicyResource, "type" | "name" | "urn" | "opts" | "provider"> & {
  readonly props: Readonly<Record<string, unknown>>;
};

async function contentOf(given: readonly Given[]): Promise<Content> {
  const resources = given.map(resourceOf);
  const objects = resources.filter(isObject).map(objectOf);
  const releases = given.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
  const installed = await Promise.all(releases.map(rendered));
  const provider: unknown = given
    .map((each): unknown => each.provider?.props["clusterIdentifier"])
    .find(Boolean);
  return {
    resources,
    objects: [...objects, ...installed.flat()],
    cluster: typeof provider === "string" ? provider : "",
  };
}

function resourceOf({ type, name, props, opts, provider }: Given): Resource {
  return {
    type,
    name,
    inputs: known(props) as Resource["inputs"],
    provider: provider?.name ?? "",
    protect: opts.protect,
    secrets: [],
  };
}

/** The value with `[unknown]` in place of unknown values, which throw when read. */
function known(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const read = (key: string) => {
    try {
      return known((value as Record<string, unknown>)[key]);
    } catch {
      return "[unknown]";
    }
  };
  return Array.isArray(value)
    ? value.map((_, index) => read(String(index)))
    : Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
}

const renderings = new Map<string, Promise<Manifest[]>>();

/** The objects of a release, cached for all rules. */
function rendered(release: Given): Promise<Manifest[]> {
  const { inputs } = resourceOf(release);
  const key = JSON.stringify(inputs);
  const known = renderings.get(key) ?? render(inputs, release.props);
  renderings.set(key, known);
  return known;
}

async function render(inputs: Resource["inputs"], props: Given["props"]): Promise<Manifest[]> {
  try {
    return await renderRelease(join(import.meta.dirname, ".."), inputs);
  } catch (error) {
    if (error instanceof RunError && error.missing) {
      throw new Error(
        "helm is not on PATH; without it, policies can't check releases. Install helm.",
        { cause: error },
      );
    }
    // The chart may need values that are still unknown. Reading one makes the engine skip the policy
    // with a message; the update itself checks it again.
    JSON.stringify(props);
    throw error;
  }
}
