import * as pulumi from "@pulumi/pulumi";

import { signatureProblem } from "../../lib/cosign.ts";
import type { WithSecrets } from "../../lib/fields.ts";
import type { ImagesSettings } from "./images.schema.ts";

/**
 * Refuses an update with prebuilt images that are not signed as `images.verify` says. A preview needs no
 * registry, and verifies nothing.
 *
 * @throws RunError with each image and the reason
 */
export async function ensureSigned(images: WithSecrets<ImagesSettings>): Promise<void> {
  if (pulumi.runtime.isDryRun()) return;
  if (images.mode !== "prebuilt" || images.verify === undefined) return;
  const { prebuilt, verify } = images;
  const problems: string[] = [];
  for (const image of new Set([prebuilt.backend, prebuilt.frontend])) {
    const problem = await signatureProblem(image, verify);
    if (problem !== undefined) problems.push(`  ${image}: ${problem}`);
  }
  if (problems.length === 0) return;
  throw new pulumi.RunError(
    [
      "Nothing was changed. images.verify is set, but these images can't be verified:",
      ...problems,
      verify.key === undefined
        ? "Deploy images that are signed by who images.verify.identity and issuer name, or correct these (docs/production.md)."
        : "Deploy images that are signed with the private key of images.verify.key; cosign sign --key cosign.key <image> signs one (docs/production.md).",
    ].join("\n"),
  );
}
