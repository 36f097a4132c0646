import type { Content, Fault, Rule, RuleConfig } from "./model.ts";
import { rules } from "./rules.ts";

/** A violation and its rule. */
export interface Violation extends Fault {
  readonly rule: string;
}

/** Settings by rule, as in a `--policy-pack-config` file. */
export type PolicyConfig = Readonly<Record<string, RuleSettings | undefined>>;
type RuleSettings = RuleConfig | { readonly enforcementLevel: "disabled" | "mandatory" };

/** All violations, in the order of the rules. */
export function check(content: Content, config: PolicyConfig = {}): Violation[] {
  return rules.flatMap((rule) => {
    const { enforcementLevel, ...settings } = { ...config[rule.name] } as RuleConfig & {
      enforcementLevel?: string;
    };
    if (enforcementLevel === "disabled") return [];
    return [...rule.check(content, configOf(rule, settings))].map((fault) => ({
      rule: rule.name,
      ...fault,
    }));
  });
}

/** A rule's settings, with its defaults. */
export function configOf({ config = {} }: Rule, given: RuleConfig = {}): RuleConfig {
  return { ...config, ...given };
}
