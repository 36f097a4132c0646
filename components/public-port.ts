import * as pulumi from "@pulumi/pulumi";

import { portOf } from "../lib/url.ts";

/** The port of a URL that is a secret; the port itself is none, and policies need it. */
export function publicPort(url: pulumi.Input<string>): pulumi.Output<number> {
  return pulumi.unsecret(pulumi.output(url).apply(portOf));
}
