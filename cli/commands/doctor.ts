import { messageOf } from "../../lib/problem.ts";
import { claimTroublesIn } from "../kubernetes/claims.ts";
import { ensureOwner } from "../kubernetes/ownership.ts";
import { dockerProblem } from "../../lib/docker.ts";
import type { Settings } from "../../config/index.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { askSchema } from "../../lib/database-schema.ts";
import { bytes } from "../../lib/pvc.ts";
import { volumeNotes } from "../../lib/volume-state.ts";
import { sizeText } from "../database/backup-pod.ts";
import { connect, NoCluster } from "../../lib/kubernetes.ts";
import { run } from "../../lib/exec.ts";
import { clusterTarget } from "../../config/target.ts";
import { askPulumi, readState } from "../pulumi/stack.ts";
import { bold, green, red, yellow } from "../terminal.ts";
import { findTool, pinnedVersion } from "../toolchain.ts";
import type { ToolName } from "../toolchain.ts";
import { backendOf, readWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { defaultStack, npmCommand, stacksIn, todoCommand } from "../stacks.ts";

/** optional: npm start downloads it, or only some commands need it. */
type Verdict = "good" | "optional" | "bad";

let bad = 0;
const marks = { good: green("✓"), optional: yellow("–"), bad: red("✗") };

function report(verdict: Verdict, what: string, detail: string): void {
  if (verdict === "bad") bad += 1;
  console.log(`${marks[verdict]} ${what.padEnd(12)} ${detail}`);
}

/** Checks the prerequisites and all stacks. Changes nothing. */
export async function doctor(): Promise<void> {
  console.log(bold("This machine"));
  report("good", "Node", process.version);
  const docker = await dockerProblem();
  report(
    docker === undefined ? "good" : "bad",
    "Docker",
    docker ?? (await run("docker", ["version", "--format", "{{.Server.Version}}"])),
  );
  await reportTool("pulumi", "npm start downloads it");
  await reportTool("kind", "npm start downloads it to create a cluster");
  await reportTool("helm", "only npm test and npm run todo -- preview need it, and download it");
  await reportProgram("minikube", ["version", "--short"], "v1.38.1", "only stack local needs it");
  await reportProgram(
    "kubectl",
    ["version", "--client"],
    "v1.34",
    "optional, to inspect the cluster by hand",
  );

  for (const stack of stacksIn()) {
    console.log(bold(`\nStack ${stack}`));
    await reportStack(stack);
  }
  if (bad > 0) process.exitCode = 1;
}

async function reportData(
  { context }: ClusterTarget,
  { cluster: { namespace }, monitoring: { thresholds }, storage }: Settings,
  stack: Stack,
): Promise<void> {
  const schema = await askSchema(context, namespace).catch(() => undefined);
  if (schema === undefined) return;
  const { freeBytes = Infinity, sizeBytes = Infinity } = schema;
  // A volume that is a directory shows the node's whole disk, as for the alert.
  const isLow =
    (freeBytes / sizeBytes) * 100 < thresholds.volumeLeftPercent && freeBytes < bytes(storage.size);
  if (isLow) {
    const larger = `${npmCommand("start", stack)}${stack === defaultStack ? " --" : ""} --set storage.size=<more than ${storage.size}>`;
    report(
      "bad",
      "volume",
      `${sizeText(freeBytes)} of ${sizeText(sizeBytes)} are free for the database. Expand it: ${larger} (docs/runbooks/volume-filling-up.md)`,
    );
  }
  const hours = (time: string) => (Date.now() - Date.parse(time)) / 3_600_000;
  const { lastBackup, lastProof } = schema;
  if (lastBackup === undefined) {
    report("optional", "backups", `none yet; ${todoCommand("db backup", stack)} makes one`);
    return;
  }
  const isOld = hours(lastBackup) > thresholds.backupHours;
  const isUnproven = lastProof !== undefined && hours(lastProof) > thresholds.proofHours;
  const fix = isOld ? "backup-too-old" : isUnproven ? "backup-unproven" : undefined;
  report(
    fix === undefined ? "good" : "bad",
    "backups",
    `newest from ${lastBackup.slice(0, 16)}Z, last proven ${lastProof === undefined ? `never: ${todoCommand("db drill", stack)}` : `${lastProof.slice(0, 16)}Z`}${fix === undefined ? "" : `; see docs/runbooks/${fix}.md`}`,
  );
}

async function reportTool(name: ToolName, otherwise: string): Promise<void> {
  const version = await findTool(name);
  if (version === undefined)
    report("optional", name, `missing; ${otherwise} (${pinnedVersion(name)})`);
  else report("good", name, `${version} (tested with ${pinnedVersion(name)})`);
}

async function reportProgram(
  name: string,
  args: string[],
  tested: string,
  use: string,
): Promise<void> {
  const version = await run(name, args).catch(() => undefined);
  if (version === undefined) report("optional", name, `missing; ${use}`);
  else report("good", name, `${version.split("\n")[0] ?? ""} (tested with ${tested})`);
}

async function reportStack(stack: Stack): Promise<void> {
  const workspace = await readWorkspace(stack).catch((error: unknown) => error as Error);
  if (workspace instanceof Error) {
    report("bad", "config", workspace.message);
    return;
  }
  report("good", "config", "valid");
  report("good", "backend", backendOf(workspace));
  const start = npmCommand("start", stack);

  const target = clusterTarget(workspace.settings.cluster);
  const connection = await connect(target).catch((error: unknown) => error as Error);
  if (connection instanceof NoCluster && connection.needsStart && target.kind !== "remote")
    report(
      "optional",
      "cluster",
      `${connection.reason}. Run ${start}: it creates or starts the cluster.`,
    );
  else if (connection instanceof Error) report("optional", "cluster", connection.message);
  else {
    report("good", "cluster", `reachable, ${connection.nodeAddresses.length} node(s)`);
    const { namespace } = workspace.settings.cluster;
    for (const trouble of await claimTroublesIn(target.context, namespace, stack)) {
      report("bad", "data", trouble);
    }
    for (const { isBad, text } of await volumeNotes(target.context, namespace, stack).catch(
      () => [],
    )) {
      report(isBad ? "bad" : "optional", "volume", text);
    }
    await reportData(target, workspace.settings, stack);
  }

  if ((await findTool("pulumi")) === undefined) return;
  const state = await readState(workspace).catch((error: unknown) => error as Error);
  if (state instanceof Error) {
    report("bad", "state", state.message);
    return;
  }
  if (!(connection instanceof Error)) {
    const refused = await ensureOwner(workspace, target, state).catch(messageOf);
    if (typeof refused === "string") {
      report("bad", "owner", refused);
      return;
    }
  }
  if (state === undefined || state.resources.length === 0) {
    report("optional", "state", `nothing is deployed; run ${start}`);
    return;
  }
  report(
    state.pending === 0 ? "good" : "bad",
    "state",
    state.pending === 0
      ? `${state.resources.length} resources`
      : `${state.pending} operation(s) were interrupted; run ${todoCommand("repair", stack)}, then ${start}`,
  );
  const url = await askPulumi(workspace, ["stack", "output", "url", "--stack", stack]).catch(
    () => undefined,
  );
  if (url === undefined) return;
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) }).catch(
    (error: unknown) => error as Error,
  );
  if (answer instanceof Error) report("bad", "web UI", `${url} is unreachable; run ${start}`);
  else report(answer.ok ? "good" : "bad", "web UI", `${url} responds with status ${answer.status}`);
}
