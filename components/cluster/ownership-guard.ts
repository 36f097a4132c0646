import * as pulumi from "@pulumi/pulumi";

import type { GuardInputs } from "../providers/ownership.ts";
import { storedProvider } from "../providers/local.ts";

/** Arguments of {@link OwnershipGuard}. */
export type OwnershipGuardArgs = {
  readonly [Key in keyof GuardInputs]: pulumi.Input<GuardInputs[Key]>;
};

/**
 * Stops a destroy that would delete somebody else's objects: it is deleted before its dependencies, and
 * its deletion fails while the namespace has another mark. `pulumi destroy` does not run the program, so
 * no other check runs.
 */
export class OwnershipGuard extends pulumi.CustomResource {
  constructor(name: string, args: OwnershipGuardArgs, opts: pulumi.CustomResourceOptions) {
    const __provider = storedProvider("ownership");
    super("pulumi-nodejs:dynamic/index:OwnershipGuard", name, { ...args, __provider }, opts);
  }
}
