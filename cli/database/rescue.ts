import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { listClaims } from "../../lib/pvc.ts";
import { findNamespace } from "../../lib/ownership.ts";
import { Problem } from "../../lib/problem.ts";
import type { StackCluster } from "../kubernetes/session.ts";
import { PodShell } from "../../lib/pod-shell.ts";
import { checksum } from "./backup-pod.ts";

/** Whether a regular backup is impossible, because no new pod could mount the PVC for backups. */
export async function needsRescue({ context, namespace }: StackCluster): Promise<boolean> {
  const claims = (await listClaims(context, namespace)) ?? [];
  const isLeaving = ({ deletedSince, isLost }: (typeof claims)[number]) =>
    deletedSince !== undefined || isLost;
  return (
    (await findNamespace(context, namespace))?.isTerminating === true || claims.some(isLeaving)
  );
}

/**
 * Dumps the bundled database to this machine from inside its own pod, which works even if no new pod
 * can be started.
 *
 * @returns the file
 */
export async function rescue(
  { context, namespace, config, core }: StackCluster,
  to: string,
): Promise<string> {
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector: "app.kubernetes.io/component=database,app.kubernetes.io/instance=todo-chatbot",
  });
  const running = items.find(({ status }) =>
    status?.containerStatuses?.some(({ name, state }) => name === "database" && state?.running),
  );
  if (running === undefined) {
    throw new Problem(
      `No database pod is running in ${namespace} in ${context}, so its data can't be saved. Restore a backup that was copied elsewhere: npm run todo -- db restore <file>`,
    );
  }
  await mkdir(to, { recursive: true });
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const file = join(to, `todo-${time}.dump`);
  const part = `${file}.part`;
  try {
    const output = createWriteStream(part, { mode: 0o600 });
    const written = new Promise<void>((resolve, reject) => {
      output.on("close", resolve).on("error", reject);
    });
    const pod = new PodShell(config, namespace, running.metadata?.name ?? "", "database");
    const dump = 'exec pg_dump -U "$POSTGRES_USER" -d "$POSTGRES_DB" --schema todo --format custom';
    const { code, errors } = await pod.exec(["sh", "-c", dump], output);
    await written;
    if (code !== 0) throw new Problem(`pg_dump failed: ${errors}`);
    await rename(part, file);
    await writeFile(`${file}.sha256`, `${await checksum(file)}  todo-${time}.dump\n`);
  } finally {
    await rm(part, { force: true });
  }
  return file;
}
