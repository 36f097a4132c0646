import * as z from "zod";

import { contradict, flag, httpUrl, publicKey, text } from "../../lib/fields.ts";

export const verifySchema = z
  .strictObject({
    key: publicKey
      .optional()
      .describe("Public key (PEM) of the signatures, as cosign generate-key-pair creates it."),
    transparencyLog: flag
      .default(true)
      .describe(
        "Whether the signatures must be in the public transparency log, which needs internet access.",
      ),
    identity: text(
      "a regular expression from ^ to $, like ^https://github[.]com/team/app/[.]github/workflows/release[.]yml@refs/tags/v.*$",
      /^\^.+\$$/,
    )
      .optional()
      .describe("Regular expression for who signed without a key, as in the certificate."),
    issuer: httpUrl
      .default("https://token.actions.githubusercontent.com")
      .describe("OIDC issuer of that identity; default: GitHub Actions."),
  })
  .superRefine(({ key, transparencyLog, identity }, issues) => {
    if (key === undefined && identity === undefined) {
      contradict(
        issues,
        ["key"],
        "is missing, and so is images.verify.identity. Set one of them, or remove images.verify.",
      );
    }
    if (identity === undefined) return;
    if (key !== undefined) {
      contradict(
        issues,
        ["key"],
        "is set, but images.verify.identity is set too, which is for signatures without a key. Remove one of them.",
      );
    }
    if (!transparencyLog) {
      contradict(
        issues,
        ["transparencyLog"],
        "is false, but signatures without a key are only valid in the log. Remove it.",
      );
    }
  })
  .optional()
  .describe(
    "Signatures that the prebuilt images must have; cosign verifies them before each update.",
  );

export type VerifySettings = NonNullable<z.output<typeof verifySchema>>;
