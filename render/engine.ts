import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type * as Pulumi from "@pulumi/pulumi";

import type { ResourceRequest } from "./mock-engine.ts";
import { generatedPassword, startMockEngine } from "./mock-engine.ts";
import type { ProgramResource } from "./program.ts";

// node render/engine.ts <stack>: runs the program in the working directory as in a preview, on the mock
// engine, and prints its resources as JSON. In a process of its own, because the program may be of
// another revision.
const [stack = ""] = process.argv.slice(2);
const { values, secretKeys, arch } = JSON.parse(process.env["TODO_ENGINE_CONFIG"] ?? "") as {
  values: Record<string, string>;
  secretKeys: string[];
  arch: string;
};
// Images are built for this machine's architecture by default, and their tags depend on it.
Object.defineProperty(process, "arch", { value: arch });

// Standard output is for the result only, and warnings about the missing cluster are expected.
console.log = console.error;
console.warn = () => undefined;
const pulumi = createRequire(join(process.cwd(), "index.ts"))("@pulumi/pulumi") as typeof Pulumi;

const resources: ProgramResource[] = [];

function record(request: ResourceRequest): void {
  const { type, name, parent, provider, protect, dependsOn, options, wireInputs } = request;
  const secrets: string[] = [];
  // The code of a dynamic provider.
  const { __provider, ...inputs } = wireInputs;
  resources.push({
    ...{ type, name, parent, provider, protect, dependsOn, options, secrets },
    inputs: plain(inputs, secrets) as Record<string, unknown>,
  });
}

/** The value without the SDK's wrappers; secret strings are added to `secrets`. */
function plain(value: unknown, secrets: string[], isSecret = false): unknown {
  const { isRpcSecret, unknownValue, unwrapRpcSecret } = pulumi.runtime;
  if (value === unknownValue) return "[unknown]";
  if (typeof value === "string" && isSecret && value !== "") secrets.push(value);
  if (typeof value !== "object" || value === null) return value;
  if (isRpcSecret(value)) return plain(unwrapRpcSecret(value), secrets, true);
  if (Array.isArray(value)) return value.map((each) => plain(each, secrets, isSecret));
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, plain(field, secrets, isSecret)]),
  );
}

/** What a provider would generate, by type. */
const generated: Readonly<Record<string, (request: ResourceRequest) => Record<string, unknown>>> = {
  "random:index/randomPassword:RandomPassword": ({ name, inputs }) => ({
    result: generatedPassword(name, inputs),
  }),
  // The digest is known once it is pushed; until then there is only the tag.
  "docker:index/image:Image": ({ inputs }) => ({ repoDigest: inputs["imageName"] }),
  "pulumi-nodejs:dynamic/index:ImageDelivery": ({ inputs }) =>
    inputs["build"] === undefined ? {} : { imageId: "" },
};

await startMockEngine(pulumi, {
  ...{ config: values, secretKeys, stack, preview: true },
  respond(request) {
    if (!request.read) record(request);
    const { type, name, inputs, custom } = request;
    if (!custom) return { outputs: {} };
    return { id: `${name}-id`, outputs: { ...inputs, ...generated[type]?.(request) } };
  },
  refuseCall: (token) =>
    new Error(`The program calls ${token}, which needs a provider: it can't be rendered.`),
});

const fail = (error: unknown) => {
  const { message, stack: trace = "" } = error as Error;
  const [where = ""] = trace.split("\n").filter((line) => line.startsWith("    at "));
  const isKnown = pulumi.RunError.isInstance(error);
  process.stderr.write(isKnown ? message : `${message}\n${where}`);
  process.exit(1);
};
process.on("unhandledRejection", fail);
try {
  await import(pathToFileURL(join(process.cwd(), "index.ts")).href);
  await pulumi.runtime.disconnect();
} catch (error) {
  fail(error);
}
process.stdout.write(JSON.stringify(resources));
