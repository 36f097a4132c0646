import type { Content, Fault, Rule, RuleConfig } from "./model.ts";
import { rules } from "./rules.ts";

/** A fault, and the rule that it breaks. */
export interface Violation extends Fault {
  readonly rule: string;
}

/** Settings of the rules by their names, as in the file of `--policy-pack-config`. */
export type PolicyConfig = Readonly<Record<string, RuleSettings | undefined>>;
type RuleSettings = RuleConfig | { readonly enforcementLevel: "disabled" | "mandatory" };

/** What breaks a rule, in the order of the rules. */
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

/** A rule's settings: what is given, over its defaults. */
export function configOf({ config = {} }: Rule, given: RuleConfig = {}): RuleConfig {
  return { ...config, ...given };
}
