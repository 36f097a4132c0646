import { schemaVersionOf } from "../../components/images/schema-version.ts";
import { askSchema } from "../../lib/database-schema.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { parseReference } from "../../lib/image-reference.ts";
import { Problem } from "../../lib/problem.ts";
import { UsageError } from "../command-line.ts";
import type { Build, Verdict } from "../kubernetes/builds.ts";
import { buildsIn, isPresent, judge } from "../kubernetes/builds.ts";
import { KubernetesApi } from "../kubernetes/dynamic-client.ts";
import { ensureOwnerOf } from "../kubernetes/ownership.ts";
import { connected } from "../kubernetes/session.ts";
import { openWorkspace, withChanges } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand, todoCommand } from "../stacks.ts";
import { step } from "../terminal.ts";
import { deploy } from "./up.ts";

export interface RollbackOptions {
  readonly stack: Stack;
  /** Revision of the Helm release whose images to deploy; default: list them. */
  readonly to?: number | undefined;
  /** Whether to skip confirmation. */
  readonly yes?: boolean | undefined;
}

interface Judged {
  readonly build: Build;
  readonly verdict: Verdict;
}

/** Lists the builds that are kept, or deploys one of them. */
export async function rollback({ stack, to, yes }: RollbackOptions): Promise<void> {
  const workspace = await openWorkspace(stack);
  const target = await connected(workspace.settings);
  await ensureOwnerOf(workspace, target);
  const { namespace } = workspace.settings.cluster;
  const builds = await judged(target, namespace);
  if (builds.length === 0) {
    throw new Problem(
      `Helm has no revision of the release in ${namespace} in ${target.context}: nothing was deployed there. Run ${npmCommand("start", stack)}.`,
    );
  }
  if (to === undefined) {
    show(builds, stack);
    return;
  }
  const { images } = chosen(builds, to, stack);
  step(`Going back to the images of revision ${to}; settings and chart are those of this checkout`);
  const changes = {
    "images.mode": "prebuilt",
    "images.prebuilt.backend": images.backend,
    "images.prebuilt.frontend": images.frontend,
  };
  // Not for longer: the next update deploys the sources again.
  const isDeployed = await withChanges(workspace, changes, (changed) =>
    deploy(changed, { stack, yes, cluster: true }),
  );
  if (isDeployed) {
    console.log(`${npmCommand("start", stack)} deploys the sources of this checkout again.`);
  }
}

async function judged(target: ClusterTarget, namespace: string): Promise<Judged[]> {
  const labels = "owner=helm,name=todo-chatbot";
  const [secrets, schema] = await Promise.all([
    new KubernetesApi(target.context).secrets(namespace, labels),
    askSchema(target.context, namespace),
  ]);
  return Promise.all(
    buildsIn(secrets).map(async (recorded) => {
      const { images } = recorded;
      const [backend, frontend, label] = await Promise.all([
        isPresent(target, images.backend),
        isPresent(target, images.frontend),
        recorded.schemaVersion ?? schemaVersionOf(images.backend),
      ]);
      const build = { ...recorded, schemaVersion: label };
      return { build, verdict: judge(build, schema, { backend, frontend }) };
    }),
  );
}

function show(builds: readonly Judged[], stack: Stack): void {
  const row = (
    ...[
      revision = "",
      time = "",
      backend = "",
      frontend = "",
      schema = "",
      verdict = "",
    ]: readonly string[]
  ) =>
    `${revision.padStart(8)}  ${time.padEnd(16)}  ${backend.padEnd(14)}  ${frontend.padEnd(14)}  ${schema.padStart(6)}  ${verdict}`;
  console.log(row("revision", "deployed (UTC)", "backend", "frontend", "schema", "verdict"));
  for (const { build, verdict } of builds) {
    const { revision, deployedAt, images, schemaVersion, isCurrent } = build;
    const time = deployedAt.slice(0, 16).replace("T", " ");
    const words = isCurrent ? "deployed now" : inWords(verdict);
    const version = schemaVersion?.toString() ?? "–";
    const [backend, frontend] = [tagOf(images.backend), tagOf(images.frontend)];
    console.log(row(String(revision), time, backend, frontend, version, words));
  }
  const safe = builds.find(({ build, verdict }) => !build.isCurrent && verdict.kind === "safe");
  if (safe !== undefined) {
    console.log(`Go back: ${todoCommand(`rollback --to ${safe.build.revision}`, stack)}`);
  }
}

function tagOf(image: string): string {
  const { tag, digest } = parseReference(image);
  return (tag || digest.replace("sha256:", "")).slice(0, 14);
}

function inWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case "safe":
      return "safe";
    case "unsure":
      return `unsure: ${verdict.reason}`;
    case "gone":
      return `image gone: ${verdict.image}`;
    case "needs backup":
      return `needs a backup from before ${verdict.since}: ${verdict.backup ?? "none is recorded"}`;
  }
}

/** @throws UsageError, or Problem when it can't be deployed */
function chosen(builds: readonly Judged[], to: number, stack: Stack): Build {
  const found = builds.find(({ build }) => build.revision === to);
  if (found === undefined) {
    const known = builds.map(({ build }) => build.revision).join(", ");
    throw new UsageError(
      `There is no build of revision ${to}; it must be one of ${known}. ${todoCommand("rollback", stack)} lists them.`,
    );
  }
  const { build, verdict } = found;
  if (build.isCurrent) throw new Problem(`Nothing was changed. Revision ${to} is deployed now.`);
  const refused = `Nothing was changed. Revision ${to} can't be deployed: `;
  if (verdict.kind === "gone") {
    throw new Problem(
      `${refused}${verdict.image} exists neither in Docker nor where the nodes get it (images.keep and the registry decide how long it is kept). Check out its sources, and run ${npmCommand("start", stack)}.`,
    );
  }
  if (verdict.kind === "needs backup") {
    throw new Problem(
      `${refused}since ${verdict.since} the schema of the database is too new for it${build.schemaVersion === undefined ? "" : ` (it knows version ${build.schemaVersion})`}. It works with a backup from before: ${verdict.backup ?? "none is recorded"}. docs/production.md (7. Upgrade, and go back) has the commands.`,
    );
  }
  return build;
}
