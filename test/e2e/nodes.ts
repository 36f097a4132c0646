import { unlessAbsent } from "../../cli/kubernetes/absent.ts";
import { eventually, namespace } from "./project.ts";
import { stack } from "./stack.ts";

/** Keeps new pods off a node of the tests' cluster, or no longer. */
export async function cordon(name: string, unschedulable = true): Promise<void> {
  const core = stack.core();
  // Its status changes all the time, which fails a replacement of what was read before.
  await eventually(10, async () => {
    const body = await core.readNode({ name });
    body.spec = { ...body.spec, unschedulable };
    await core.replaceNode({ name, body });
  });
}

/** Evicts a pod, as `kubectl drain` does; fails while a budget forbids it. */
export async function evict(name: string): Promise<void> {
  const body = { metadata: { name, namespace } };
  await stack.core().createNamespacedPodEviction({ namespace, name, body }).catch(unlessAbsent);
}

/** Cordons a node and evicts the stack's pods from it. */
export async function drain(node: string): Promise<void> {
  await cordon(node);
  const { items } = await stack.core().listNamespacedPod({
    namespace,
    fieldSelector: `spec.nodeName=${node},status.phase=Running`,
  });
  for (const { metadata } of items) await eventually(180, () => evict(metadata?.name ?? ""));
}
