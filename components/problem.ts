import * as pulumi from "@pulumi/pulumi";

/** What is wrong with one argument, in the order a reader needs it. */
export interface Problem {
  /** Path of the argument as the caller wrote it, like `storage.size`. */
  readonly path: string;
  /** The value that was given; printed as JSON. Never a secret. */
  readonly got: unknown;
  /** What would have been accepted, with its unit. */
  readonly want: string;
  /** The command or edit that fixes it. */
  readonly fix: string;
}

/** The one error that a component throws for a bad argument; it prints without a stack trace. */
export function badArgument(
  resource: pulumi.Resource,
  { path, got, want, fix }: Problem,
): pulumi.ResourceError {
  return new pulumi.ResourceError(
    `${path} is ${JSON.stringify(got)}; it must be ${want}. ${fix}`,
    resource,
    true,
  );
}
