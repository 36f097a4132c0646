import * as pulumi from "@pulumi/pulumi";

import type { GuardInputs } from "../providers/ownership.ts";
import { localProvider } from "../providers/local.ts";

/** Arguments of {@link OwnershipGuard}. */
export type OwnershipGuardArgs = {
  readonly [Key in keyof GuardInputs]: pulumi.Input<GuardInputs[Key]>;
};

/**
 * Stops a destroy that would delete somebody else's objects: it is deleted before its dependencies, and
 * its deletion fails while the namespace has another mark. `pulumi destroy` does not run the program, so
 * no other check runs.
 */
export class OwnershipGuard extends pulumi.dynamic.Resource {
  constructor(name: string, args: OwnershipGuardArgs, opts: pulumi.CustomResourceOptions) {
    const provider = localProvider("ownership", ["diff", "update", "delete"]);
    super(provider, name, args, opts, "index", "OwnershipGuard");
  }
}
