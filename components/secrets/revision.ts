import { createHmac } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

/** HMAC of a text, as 12 hex digits; keyed, so that a short password can't be guessed from it. */
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
