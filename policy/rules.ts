import type { Rule } from "./model.ts";
import { clusterRules } from "./rules/cluster.ts";
import { imageRules } from "./rules/images.ts";
import { podRules } from "./rules/pods.ts";
import { releaseRules } from "./rules/release.ts";
import { secretRules } from "./rules/secrets.ts";

/** All rules, for the policy pack, `todo preview --policies` and the tests. */
export const rules: readonly Rule[] = [
  ...podRules,
  ...imageRules,
  ...secretRules,
  ...clusterRules,
  ...releaseRules,
];
