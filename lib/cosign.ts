import { capture, RunError } from "./exec.ts";

/** Who must have signed an image: the owner of a key, or an identity. */
export interface Signer {
  /** Public key in PEM. */
  readonly key?: string | undefined;
  /** Whether the transparency log must have a signature with the key. */
  readonly transparencyLog: boolean;
  /** Regular expression for the identity in the certificate; without a key. */
  readonly identity?: string | undefined;
  /** OIDC issuer of the identity. */
  readonly issuer: string;
}

/**
 * Verifies an image's signature with cosign, which asks the registry with Docker's credentials.
 *
 * @param reference with a digest: a tag may name another image later
 * @returns why it can't be verified; undefined if it was
 */
export async function signatureProblem(
  reference: string,
  { key, transparencyLog, identity = "", issuer }: Signer,
): Promise<string | undefined> {
  const by =
    key === undefined
      ? ["--certificate-identity-regexp", identity, "--certificate-oidc-issuer", issuer]
      : ["--key", "env://TODO_COSIGN_KEY", `--insecure-ignore-tlog=${!transparencyLog}`];
  try {
    const { code, stderr } = await capture("cosign", ["verify", ...by, reference], {
      timeoutMs: 120_000,
      env: key === undefined ? {} : { TODO_COSIGN_KEY: key },
    });
    if (code === 0) return undefined;
    const [, cause] = /^Error: (.*)$/m.exec(stderr) ?? [];
    return cause ?? `cosign failed (exit code ${code}): ${stderr.trim()}`;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return error.missing ? "cosign is not installed; npm start downloads it." : error.message;
  }
}
