import { CoreV1Api } from "@kubernetes/client-node";

import type { ListedClaim } from "../../lib/pvc.ts";
import { claimTroubles, listClaims } from "../../lib/pvc.ts";
import { openCommand } from "../../lib/clusters.ts";
import { dockerProblem, inspectImage } from "../../lib/docker.ts";
import { kubeconfigOf } from "../../lib/kube-client.ts";
import { connect } from "../../lib/kubernetes.ts";
import type { Settings } from "../../config/index.ts";
import { clusterTarget } from "../../config/target.ts";
import { ensureOwner } from "../kubernetes/ownership.ts";
import { terminating } from "../../lib/ownership.ts";
import { project } from "../../lib/project.ts";
import { stackContent } from "../../render/stack-manifests.ts";
import { ensureCluster } from "../kubernetes/local-cluster.ts";
import { ensureApprovable, isApproved } from "../pulumi/approval.ts";
import { recover, unlock } from "../pulumi/recovery.ts";
import { ensureStack, onStack, outputsOf, showPulumi, stateOf } from "../pulumi/stack.ts";
import type { StackState } from "../pulumi/stack.ts";
import { digestOf, reviewedParts, unreviewed } from "../preview/digest.ts";
import { bold, green, step, yellow } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { ensureTool } from "../toolchain.ts";
import { PodWatch } from "../kubernetes/pod-watch.ts";
import type { Unreachable } from "../kubernetes/reachable.ts";
import { unreachable } from "../kubernetes/reachable.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import { openWorkspace, showBackend } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand, stackFile, todoCommand } from "../stacks.ts";
import { recordScans, scanNotice } from "../scans.ts";
import { ensureNoWatch } from "../watch/lock.ts";
import { endKilledWatch } from "../watch/release.ts";
import { mayTry, trial } from "./trial.ts";

export interface UpOptions {
  readonly stack: Stack;
  /** NodePort of the web UI. */
  readonly port?: number | undefined;
  /** Settings by path below `todo-chatbot:`. */
  readonly set: Readonly<Record<string, string>>;
  /** Deploy or fail; default: run a trial if this machine can't deploy and never has. */
  readonly cluster?: boolean | undefined;
  /** Whether to skip confirmation, which a remote cluster needs. */
  readonly yes?: boolean | undefined;
  /** Digest of the reviewed stack; anything else is refused. */
  readonly reviewed?: string | undefined;
  /** The review's file of digests, to name what differs. */
  readonly digests?: string | undefined;
}

/**
 * @param env added to Pulumi's environment
 * @returns whether the stack was deployed
 */
export async function up(
  options: UpOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const { stack, port, set } = options;
  const changes = { ...set, ...(port !== undefined && { "network.nodePort": String(port) }) };
  const workspace = await openWorkspace(stack, changes);
  const isDeployed = await deploy(workspace, options, env);
  if (isDeployed === undefined && Object.keys(changes).length > 0) {
    step(`The new settings are kept: ${workspace.configFile}`);
  }
  return isDeployed ?? false;
}

/**
 * Deploys the settings of a workspace, as {@link up} does.
 *
 * @returns whether the stack was deployed; undefined when the plan was not approved
 */
export async function deploy(
  workspace: Workspace,
  { port, yes, reviewed, digests, cluster = reviewed !== undefined }: Omit<UpOptions, "set">,
  env: Readonly<Record<string, string>> = {},
): Promise<boolean | undefined> {
  const { stack, settings } = workspace;
  const target = clusterTarget(settings.cluster);
  ensureApprovable(target, yes);
  ensureNoWatch(stack);
  if (reviewed !== undefined) await ensureReviewed(workspace, reviewed, digests);
  const missing = await missingHere(settings);
  if (missing !== undefined) {
    if (cluster || !(await mayTry(workspace))) throw new Problem(missing);
    await trial(workspace, missing, port);
    return false;
  }

  const { nodePort, exposure } = settings.network;
  await ensureCluster(target, nodePort, exposure === "nodePort");
  const [{ uid }, known] = await Promise.all([
    connect(target),
    stateOf(workspace).catch(() => undefined),
  ]);

  showBackend(workspace);
  if (known === undefined) await ensureStack(workspace);
  const state = known ?? (await stateOf(workspace));
  const found = await ensureOwner(workspace, target, state);
  const claims = await listClaims(target.context, settings.cluster.namespace);
  const troubles = claimTroubles(claims ?? [], stack);
  if (troubles.length > 0) throw new Problem(["Nothing was changed.", ...troubles].join("\n"));
  if (found?.isTerminating)
    throw new Problem(terminating(settings.cluster.namespace, target.context));
  const isUnsure =
    (await unlock(workspace)) && (await recover(workspace, target.context, state, found));
  const recovery = await recoveryArguments(state, workspace, uid, claims);
  if (isUnsure) recovery.push("--refresh");
  const plan = ["preview", ...recovery];
  const consequence = `deploys stack ${stack} to`;
  if (!(await isApproved(workspace, target, { plan, consequence, yes }))) return undefined;

  await endKilledWatch(target, settings.cluster.namespace);
  step(`Deploying stack ${stack} to ${target.context}`);
  const core = kubeconfigOf(target.context).makeApiClient(CoreV1Api);
  const watch = new PodWatch(core, settings.cluster.namespace);
  const code = await showPulumi(
    { ...workspace, env: { ...workspace.env, ...env } },
    onStack(workspace, "up", "--yes", "--skip-preview", ...recovery),
  );
  const notReady = watch.stop();
  if (code !== 0) {
    for (const trouble of notReady) step(`Not ready: ${trouble}`);
    throw new Problem(
      `pulumi up failed (exit code ${code}); see the output above. Fix the cause and run ${npmCommand("start", stack)} again; it resumes where it stopped. npm run todo -- doctor checks the prerequisites.`,
    );
  }

  const { url, scans: byPart = {} } = await outputsOf(workspace);
  const scans = Object.values(byPart);
  await recordScans(settings, scans, () => Promise.resolve(target));
  const open = openCommand(target, settings.cluster.namespace, "frontend-service");
  const problem = await unreachable(url);
  const notice = scanNotice(scans, settings.images.scan, stack);
  if (problem?.kind === "no answer") {
    throw new Problem(
      `Everything is deployed, but ${url} is unreachable from this machine (${problem.cause}). Open it with: ${open}`,
    );
  }
  console.log(
    [
      "",
      green(`The Todo chatbot is running: ${bold(url)}`),
      ...(problem === undefined ? [] : [notOpenedHere(problem, url, open)]),
      ...(notice === undefined ? [] : [yellow(notice)]),
      "Open it, choose “Create account”, enter any email address and a password, and type: add buy milk tomorrow",
      `Take it down: ${npmCommand("run down", stack)}   Check it: npm run todo -- doctor`,
    ].join("\n"),
  );
  return true;
}

const notOpenedHere = (
  { kind, cause }: NonNullable<Unreachable>,
  url: string,
  open: string,
): string =>
  kind === "unknown name"
    ? `The name ${new URL(url).hostname} does not resolve on this machine yet: add it to your DNS, or wait until it is published there. Until then, open it with: ${open}`
    : `This machine does not trust the certificate of ${url} (${cause}): wait until it is issued, or if its authority is your own, add it to this machine and set NODE_EXTRA_CA_CERTS to its file. Until then, open it with: ${open}`;

/**
 * Compares what would be deployed, with this machine's settings, with what was reviewed.
 *
 * @throws Problem with the first difference
 */
async function ensureReviewed(
  { stack, configFile }: Workspace,
  reviewed: string,
  file: string | undefined,
): Promise<void> {
  await ensureTool("helm");
  const now = digestOf(await stackContent(project, stack, configFile));
  const problem = unreviewed(now, reviewed, await reviewedParts(file, stack, reviewed));
  if (problem !== undefined) throw new Problem(problem);
  step(`Stack ${stack} is what was reviewed: ${reviewed}`);
}

/** What this machine lacks to deploy a stack, with the fix, in one sentence. */
export async function missingHere({ cluster, images }: Settings): Promise<string | undefined> {
  const needsDocker = cluster.kind !== "remote" || images.mode === "build";
  const problem = needsDocker ? await dockerProblem() : undefined;
  if (problem !== undefined) return problem;
  try {
    await ensureTool("pulumi");
    if (images.scan.mode === "enforce") await ensureTool("grype");
    if (images.mode === "prebuilt" && images.verify !== undefined) await ensureTool("cosign");
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/** Arguments that make `pulumi up` notice what it would not notice by itself. */
async function recoveryArguments(
  { resources }: StackState,
  { stack, settings }: Workspace,
  uid: string,
  claims: readonly ListedClaim[] | undefined,
): Promise<string[]> {
  const args: string[] = [];
  const { kind, context } = clusterTarget(settings.cluster);

  const identity = resources.find(({ type }) => type.endsWith(":ClusterIdentity"));
  const known = identity?.outputs?.["uid"];
  if (typeof known === "string" && known !== uid) {
    // A local cluster is recreated every day; a remote one rather is the wrong one.
    if (kind === "remote") {
      throw new Problem(
        `Nothing was changed. The context ${context} leads to another cluster than at the last update (UID of kube-system: ${uid}, was ${known}). Set cluster.context to the right one in ${stackFile(stack)}; if the cluster was recreated, deploy everything again: ${todoCommand("pulumi", stack)} up --refresh`,
      );
    }
    step(
      "The cluster was recreated since the last update: everything is deployed again, with the same secrets",
    );
    args.push("--refresh");
  } else if (claims !== undefined) {
    const gone = resources
      .filter(({ type }) => type.endsWith(":PersistentVolumeClaim"))
      .map(({ outputs }) => (outputs?.["metadata"] as { name: string } | undefined)?.name)
      .filter((name) => name !== undefined && !claims.some((claim) => claim.name === name));
    for (const name of gone) {
      step(`PVC ${name} is gone with its data: creating an empty one`);
    }
    if (gone.length > 0) args.push("--refresh");
  }

  // The nodes of a remote cluster pull from its registry.
  for (const { urn, type, outputs } of kind === "remote" ? [] : resources) {
    const image = outputs?.["imageName"];
    if (type !== "docker:index/image:Image" || typeof image !== "string") continue;
    if ((await inspectImage(image)) === undefined) {
      step(`Docker no longer has ${image}: building it again`);
      args.push("--replace", urn);
    }
  }
  return args;
}
