import type { Violation } from "../../policy/check.ts";
import { check } from "../../policy/check.ts";
import { rules } from "../../policy/rules.ts";
import { dockerProblem } from "../../lib/docker.ts";
import type { StackComparison } from "./comparison.ts";
import { compareStacks } from "./comparison.ts";
import { comparisonBlocks } from "./comparison-text.ts";
import { readDeployed } from "./deployed-state.ts";
import type { StackDigest } from "./digest.ts";
import { digestOf } from "./digest.ts";
import type { ImagePair } from "./image-blocks.ts";
import { imageBlocks } from "./image-blocks.ts";
import { imageContents } from "./image-contents.ts";
import type { Section } from "./markdown.ts";
import { code, comment, escape, folded, table } from "./markdown.ts";
import type { StackContent } from "../../render/stack-manifests.ts";
import { contentForPolicies } from "../../policy/model.ts";
import { noContent, stackContent } from "../../render/stack-manifests.ts";
import { stacksIn } from "../stacks.ts";
import type { Plan } from "./plan.ts";
import { lossesIn, planStack } from "./plan.ts";
import type { Revision } from "./checkout.ts";
import { messageOf } from "../../lib/problem.ts";

/** A result of a review, or why there is none. */
export type Result<T> = { readonly value: T } | { readonly problem: string };

/** What a pull request would change, and whether it is ready to merge. */
export interface Review {
  readonly base: string;
  readonly stacks: readonly StackReview[];
  readonly images: Result<ImagePair>;
}

export interface StackReview {
  readonly stack: string;
  readonly plan: Result<Plan>;
  readonly violations: Result<readonly Violation[]>;
  readonly comparison: Result<StackComparison>;
  readonly digest: Result<StackDigest>;
}

export interface ReviewOptions {
  /** Whether to plan from the state of each stack that can be read here; default: from empty ones. */
  readonly state?: boolean | undefined;
}

/** Compares two revisions. A failure in one part does not stop the others. */
export async function review(
  base: Revision,
  head: Revision,
  stacks: readonly string[],
  { state = false }: ReviewOptions = {},
): Promise<Review> {
  const reviews: StackReview[] = [];
  let measured: Result<{ before: StackContent; after: StackContent }> | undefined;
  for (const stack of stacks) {
    const after = await resultOf(() => stackContent(head.path, stack));
    const before = await resultOf(() => baseContent(base, stack));
    const contents = both(before, after);
    // All stacks build the same images.
    measured ??= contents;
    reviews.push({
      stack,
      plan: await resultOf(async () =>
        planStack(head.path, stack, state ? await readDeployed(head.path, stack) : {}),
      ),
      violations: map(after, (content) => check(contentForPolicies(content))),
      comparison: map(contents, (pair) => compareStacks(pair.before, pair.after)),
      digest: map(after, digestOf),
    });
  }
  const images = await examine(base, head, measured ?? { problem: "no stack" });
  return { base: base.commit, stacks: reviews, images };
}

/** The digests of all stacks that can be rendered. */
export const digestsIn = ({ stacks }: Review): StackDigest[] =>
  stacks.flatMap(({ digest }) => ("value" in digest ? [digest.value] : []));

/** What a stack deploys at the base; nothing if the stack is new. */
export async function baseContent({ path }: Revision, stack: string): Promise<StackContent> {
  return stacksIn(path).includes(stack) ? stackContent(path, stack) : noContent(stack);
}

async function examine(
  base: Revision,
  head: Revision,
  contents: Result<{ before: StackContent; after: StackContent }>,
): Promise<Review["images"]> {
  const docker = await dockerProblem();
  if (docker !== undefined) return { problem: docker };
  if ("problem" in contents) return contents;
  const { before, after } = contents.value;
  return resultOf(async () => ({
    before: await imageContents(base.path, before.resources),
    after: await imageContents(head.path, after.resources),
  }));
}

async function resultOf<T>(ask: () => Promise<T>): Promise<Result<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

const map = <T, U>(of: Result<T>, change: (value: T) => U): Result<U> =>
  "problem" in of ? of : { value: change(of.value) };

function both<T>(before: Result<T>, after: Result<T>): Result<{ before: T; after: T }> {
  if ("problem" in after) return after;
  if ("problem" in before) return { problem: `The base can't be compared. ${before.problem}` };
  return { value: { before: before.value, after: after.value } };
}

/** Whether the change is ready to merge: every stack's preview succeeds and no policy is violated. */
export function isGreen({ stacks }: Review): boolean {
  return stacks.every(
    ({ plan, violations }) =>
      "value" in plan &&
      plan.value.code === 0 &&
      "value" in violations &&
      violations.value.length === 0,
  );
}

/** The review as a pull request comment. */
export function reviewMarkdown(review: Review): string {
  const { base, stacks, images } = review;
  const sections: Section[] = [
    { title: "Digests", blocks: digestBlocks(digestsIn(review)) },
    { title: "Plan", blocks: planBlocks(stacks) },
    { title: "Policies", blocks: policyBlocks(stacks) },
    { title: "Objects in the cluster", blocks: objectBlocks(stacks) },
    { title: "Images", blocks: builtBlocks(images) },
  ];
  const isFromState = stacks.some(({ plan }) => "value" in plan && plan.value.isFromState);
  const head = `${isGreen(review) ? "✅" : "❌"} What this change would do to the cluster, compared with ${code(base)}. Previewed from the code of the change${isFromState ? " and the state of the stacks" : ", without a cluster"}.`;
  return comment(head, sections, `See all of it: \`npm run todo -- preview --against ${base}\`.`);
}

function digestBlocks(digests: readonly StackDigest[]): string[] {
  const rows = digests.map(({ stack, digest }) => [code(stack), code(digest)]);
  if (rows.length === 0) return ["None: no stack can be rendered."];
  return [
    table(["stack", "digest of what it deploys"], rows),
    "Deploys exactly this, or nothing: `npm start -- --stack <stack> --reviewed <digest>`.",
  ];
}

function planBlocks(stacks: readonly StackReview[]): string[] {
  const rows = stacks.map(({ stack, plan }) => {
    if ("problem" in plan) return [code(stack), "❌", "", escape(plan.problem), ""];
    const { code: exit, stdout, milliseconds, isFromState } = plan.value;
    const from = isFromState ? "its state" : "an empty state";
    const [, changes = ""] = /^Resources:\n\s+(.*)$/m.exec(stdout) ?? [];
    const verdict = exit === 0 ? "✅" : `❌ exit code ${exit}`;
    return [code(stack), verdict, from, escape(changes), `${(milliseconds / 1000).toFixed(1)} s`];
  });
  const failures = stacks.flatMap(({ stack, plan }) =>
    "value" in plan && plan.value.code !== 0
      ? [folded(`pulumi preview of ${stack}`, importantLines(plan.value))]
      : [],
  );
  return [
    table(["stack", "`pulumi preview`", "from", "changes", "time"], rows),
    ...lossBlocks(stacks),
    ...failures,
  ];
}

function lossBlocks(stacks: readonly StackReview[]): string[] {
  const rows = stacks.flatMap(({ stack, plan }) =>
    "problem" in plan
      ? []
      : lossesIn(plan.value).map(({ operation, type, name, because, isProtected }) => [
          code(stack),
          `${operation}${isProtected ? ", but it is protected" : ""}`,
          code(`${type} ${name}`),
          code(because),
        ]),
  );
  if (rows.length === 0) return [];
  return ["⚠️ Deleted or replaced:", table(["stack", "operation", "resource", "because"], rows)];
}

/** The diagnostics of a failed preview, without its progress. */
function importantLines({ stdout, stderr }: Plan): string[] {
  const from = stdout.search(/^(Policies|Diagnostics):/m);
  return `${from === -1 ? stdout : stdout.slice(from)}\n${stderr}`.trim().split("\n");
}

function policyBlocks(stacks: readonly StackReview[]): string[] {
  return stacks.flatMap(({ stack, violations }) => {
    const name = `**Stack \`${stack}\`**`;
    if ("problem" in violations) return [`${name}: ❌ ${escape(violations.problem)}`];
    if (violations.value.length === 0)
      return [`${name}: ✅ no violations of ${rules.length} policies.`];
    const rows = violations.value.map(({ rule, subject, message }) => [
      code(rule),
      code(subject),
      escape(message),
    ]);
    return [`${name}: ❌ ${rows.length} violation(s)`, table(["policy", "where", "what"], rows)];
  });
}

function objectBlocks(stacks: readonly StackReview[]): string[] {
  const shown = new Map<string, string>();
  return stacks.flatMap(({ stack, comparison }) => {
    if ("problem" in comparison)
      return [`**Stack \`${stack}\`**: ❌ ${escape(comparison.problem)}`];
    const blocks = comparisonBlocks(comparison.value);
    // Most changes are the same in every stack.
    const key = blocks.join("\n").replaceAll(`\`${stack}\``, "");
    const same = shown.get(key);
    shown.set(key, same ?? stack);
    const isLong = blocks.length > 1;
    return same !== undefined && isLong
      ? [`**Stack \`${stack}\`**: the same as \`${same}\`.`]
      : blocks;
  });
}

function builtBlocks(images: Review["images"]): string[] {
  if ("problem" in images) return [`Not built: ${escape(images.problem)}`];
  return imageBlocks(images.value);
}
