import { createHmac } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

/**
 * Changes when a text does; 12 hex digits that tell nothing about it: keyed, so that a short password
 * can't be guessed from it.
 */
export function revisionOf(
  key: pulumi.Output<string>,
  text: pulumi.Output<string>,
): pulumi.Output<string> {
  return pulumi.unsecret(
    pulumi
      .all([key, text])
      .apply(([hmacKey, all]) =>
        createHmac("sha256", hmacKey).update(all).digest("hex").slice(0, 12),
      ),
  );
}
