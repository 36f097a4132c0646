import type { ScanSettings } from "../components/images/scan.schema.ts";
import type { Verdict } from "../components/images/verdict.ts";
import { failingCounts } from "../components/images/verdict.ts";
import type { Settings } from "../config/index.ts";
import { callApi, findObject } from "../lib/api-server.ts";
import type { ClusterTarget } from "../lib/clusters.ts";
import { countsText } from "../lib/grype.ts";
import { parseReference } from "../lib/image-reference.ts";
import { messageOf } from "../lib/problem.ts";
import type { Stack } from "./stacks.ts";
import { todoCommand } from "./stacks.ts";
import { step } from "./terminal.ts";

/** An image in the record, of which the backend makes metrics. */
export interface RecordedScan extends Pick<Verdict, "image" | "database" | "counts"> {
  /** Number of vulnerabilities with which it fails. */
  readonly failing: number;
}

/** The ConfigMap that the backend's pods mount if it exists, and its key. */
const configMap = "image-scan";
const file = "scan.json";

/**
 * Records what the scans of all deployed images found, for the alerts, or says why it can't. The record is no
 * resource of the stack, so that a scan changes no deployment.
 *
 * @param open returns the stack's cluster, and throws if it is another's
 */
export async function recordScans(
  { cluster: { namespace }, images, monitoring }: Settings,
  verdicts: readonly Verdict[],
  open: () => Promise<ClusterTarget>,
): Promise<void> {
  if (monitoring.mode === "off" || images.scan.mode === "off") return;
  try {
    const { context } = await open();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const at = `${path}/${configMap}`;
    const found = await findObject<{ data?: Record<string, string> }>(context, at);
    const before = found?.data?.[file] ?? "[]";
    const earlier = JSON.parse(before) as RecordedScan[];
    const now = JSON.stringify(scanRecord(verdicts, earlier, images.scan));
    if (now === before) return;
    const data = { [file]: now };
    if (found === undefined) {
      const metadata = { name: configMap, namespace };
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
      await callApi(context, path, { method: "POST", body });
    } else {
      await callApi(context, at, { method: "PATCH", body: { data } });
    }
  } catch (error) {
    step(`The alerts don't know of this scan: ${messageOf(error)}`);
  }
}

/** The record after some scans: of each image the one with the newest database. Pure. */
export function scanRecord(
  verdicts: readonly Verdict[],
  before: readonly RecordedScan[],
  rules: Pick<ScanSettings, "failOn">,
): RecordedScan[] {
  return verdicts.flatMap(({ image, database, counts }) => {
    const earlier = before.find((each) => each.image === image);
    // ISO 8601; "" if it was not scanned.
    if (database < (earlier?.database ?? " ")) return earlier ?? [];
    const failing = Object.values(failingCounts(counts, rules)).reduce((sum, each) => sum + each);
    return { image, database, failing, counts };
  });
}

/** What an update says about images that fail; undefined if none does. Pure. */
export function scanNotice(
  verdicts: readonly Verdict[],
  rules: Pick<ScanSettings, "failOn">,
  stack: Stack,
): string | undefined {
  const failed = verdicts
    .filter(({ status }) => status === "failed")
    .map(({ image, counts }) => {
      const name = parseReference(image).repository;
      return `${countsText(failingCounts(counts, rules))} in ${name}`;
    });
  if (failed.length === 0) return undefined;
  return `Known vulnerabilities: ${failed.join("; ")}. Show them: ${todoCommand("scan", stack)}`;
}
