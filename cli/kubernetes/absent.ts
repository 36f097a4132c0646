import { ApiException } from "@kubernetes/client-node";

/**
 * For the `catch` of a request to the API server: undefined if its object is not there.
 *
 * @throws every other error
 */
export function unlessAbsent(error: unknown): undefined {
  if (error instanceof ApiException && error.code === 404) return undefined;
  throw error;
}
