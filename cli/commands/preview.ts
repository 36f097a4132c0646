import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

import { messageOf, Problem } from "../../lib/problem.ts";
import type { PolicyConfig } from "../../policy/check.ts";
import { check } from "../../policy/check.ts";
import { contentForPolicies } from "../../policy/model.ts";
import { rules } from "../../policy/rules.ts";
import { writeObjects } from "../../render/files.ts";
import { mask } from "../../render/mask.ts";
import type { StackContent } from "../../render/stack-manifests.ts";
import { stackContent } from "../../render/stack-manifests.ts";
import { UsageError } from "../command-line.ts";
import { checkOut, workTree } from "../preview/checkout.ts";
import { comparisonText } from "../preview/comparison-text.ts";
import { compareStacks } from "../preview/comparison.ts";
import type { StackDigest } from "../preview/digest.ts";
import { digestFile, digestOf } from "../preview/digest.ts";
import { baseContent, digestsIn, isGreen, review, reviewMarkdown } from "../preview/report.ts";
import { ensureScanner } from "../scanner.ts";
import { stacksIn } from "../stacks.ts";
import { green, red, step } from "../terminal.ts";
import { ensureTool } from "../toolchain.ts";

export interface PreviewOptions {
  /** Default: all. */
  readonly stack?: readonly string[] | undefined;
  readonly policies?: boolean | undefined;
  readonly policyConfig?: string | undefined;
  /** Folder to write the objects to. */
  readonly render?: string | undefined;
  /** A git revision, or two separated by `..`. */
  readonly against?: string | undefined;
  /** File to write the comment to. */
  readonly report?: string | undefined;
  /** Whether to scan the images for the comment. */
  readonly scan?: boolean | undefined;
  /** Whether the report's plan starts from the state of each stack that can be read here. */
  readonly state?: boolean | undefined;
  /** File to write the digests to. */
  readonly digests?: string | undefined;
}

export async function preview(options: PreviewOptions): Promise<void> {
  const { against, render, report, digests: digestsFile } = options;
  if (report !== undefined && against === undefined) {
    throw new UsageError("--report needs --against <ref>, the revision to compare with.");
  }
  if (options.state === true && report === undefined) {
    throw new UsageError("--state needs --report <file>, which has the plan.");
  }
  if (options.scan === true && report === undefined) {
    throw new UsageError("--scan needs --report <file>, which has what is found.");
  }
  const config = policyConfig(options.policyConfig);
  await ensureTool("helm");
  const [from, to] = against?.split("..") ?? [];
  await using before = from === undefined ? undefined : await checkOut(from);
  await using after = to === undefined ? workTree : await checkOut(to);

  const chosen = options.stack ?? stacksIn(after.path);
  const compares = before !== undefined && report === undefined;
  const checks = options.policies ?? [against, render, digestsFile].every(isUndefined);
  // A report has them already.
  const digests: StackDigest[] = [];
  const needsDigests = digestsFile !== undefined && report === undefined;
  for (const stack of render !== undefined || compares || checks || needsDigests ? chosen : []) {
    const content = await stackContent(after.path, stack);
    if (render !== undefined) await writeFiles(join(resolve(render), stack), content);
    if (compares) {
      console.log(comparisonText(compareStacks(await baseContent(before, stack), content)));
    }
    if (checks) showPolicies(content, config);
    if (needsDigests) digests.push(digestOf(content));
  }
  if (report === undefined || before === undefined) {
    if (digestsFile !== undefined) await writeDigests(digestsFile, digests);
    return;
  }
  await ensureTool("pulumi");
  // The rest of the report does not depend on it.
  if (options.scan === true)
    await ensureScanner().catch((error: unknown) => step(messageOf(error)));
  const result = await review(before, after, chosen, { state: options.state });
  await write(report, reviewMarkdown(result), "the report");
  if (digestsFile !== undefined) await writeDigests(digestsFile, digestsIn(result));
  if (!isGreen(result)) throw new Problem("Not ready to merge; see the report.");
}

const isUndefined = (value: unknown) => value === undefined;

async function writeDigests(file: string, digests: readonly StackDigest[]): Promise<void> {
  await write(file, digestFile(digests), "the digests");
  for (const { stack, digest } of digests) console.log(`stack ${stack}: ${digest}`);
}

async function write(file: string, text: string, what: string): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(file, text);
  step(`Wrote ${what} to ${relative(process.cwd(), file)}`);
}

function policyConfig(file: string | undefined): PolicyConfig {
  if (file === undefined) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PolicyConfig;
  } catch (error) {
    throw new UsageError(`--policy-config ${file} can't be read as JSON: ${String(error)}`);
  }
}

/** Writes the objects of a stack to files, secrets masked. */
export async function writeFiles(
  folder: string,
  { stack, objects, secrets }: StackContent,
): Promise<void> {
  await writeObjects(
    folder,
    objects.map((object) => mask(object, secrets)),
  );
  step(`Wrote ${objects.length} objects of stack ${stack} to ${relative(process.cwd(), folder)}`);
}

function showPolicies(content: StackContent, config: PolicyConfig): void {
  const violations = check(contentForPolicies(content), config);
  const { stack, objects, resources } = content;
  const size = `${objects.length} objects, ${resources.length} resources, ${rules.length} policies`;
  if (violations.length === 0) {
    console.log(green(`✓ stack ${stack}: no violations (${size})`));
    return;
  }
  process.exitCode = 1;
  console.log(red(`✗ stack ${stack}: ${violations.length} violation(s) (${size})`));
  for (const { rule, subject, message } of violations) {
    console.log(`  ${rule}: ${subject} ${message}`);
  }
}
