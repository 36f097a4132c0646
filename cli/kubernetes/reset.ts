import { ApiError } from "../../lib/api-server.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { replacement } from "./drift.ts";
import type { KubernetesApi } from "./dynamic-client.ts";

/**
 * Makes an object what it should be, or creates it.
 *
 * @param scales whether an autoscaler owns its number of pods
 */
export async function reset(api: KubernetesApi, should: Manifest, scales: boolean): Promise<void> {
  for (let tries = 5; ; tries -= 1) {
    const is = await api.read(should);
    try {
      if (is === undefined) await api.put(should, true);
      else await api.put(replacement(should, is, scales), false);
      return;
    } catch (error) {
      // A controller updated it in the meantime.
      if (!(error instanceof ApiError) || error.status !== 409 || tries === 1) throw error;
    }
  }
}
