import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type * as Pulumi from "@pulumi/pulumi";

import type { ProgramResource } from "./program.ts";

// node render/engine.ts <stack>: runs the program of the working directory as a preview would,
// on an engine that has neither providers nor state, and prints the resources that it asked for, as
// JSON. A process of its own, because the program may be that of another revision.
const [stack = ""] = process.argv.slice(2);
const { values, secretKeys } = JSON.parse(process.env["TODO_ENGINE_CONFIG"] ?? "") as {
  values: Record<string, string>;
  secretKeys: string[];
};

// Standard output is for the answer alone, and that there is no cluster is known.
console.log = console.error;
console.warn = () => undefined;
const pulumi = createRequire(join(process.cwd(), "index.ts"))("@pulumi/pulumi") as typeof Pulumi;

/** How the SDK marks a secret, and what stands for a value that only an update makes known. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const resources: ProgramResource[] = [];

/** The request for one resource, as far as it is read here; a mock is told a part of it only. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getProtect(): boolean;
}
type Register = (request: Request, callback: unknown) => unknown;

function record(request: Request): void {
  const secrets: string[] = [];
  // The text of a dynamic provider's code; it differs from machine to machine.
  const { __provider, ...inputs } = request.getObject().toJavaScript();
  const provider = request.getProvider();
  resources.push({
    type: request.getType(),
    name: request.getName(),
    parent: nameOf(request.getParent()),
    provider: provider === "" ? "" : nameOf(provider.replace(/::[^:]*$/, "")),
    protect: request.getProtect(),
    inputs: plain(inputs, secrets) as Record<string, unknown>,
    secrets,
  });
}

/** The value without the SDK's marks; the texts of what was marked secret go into `secrets`. */
function plain(value: unknown, secrets: string[], isSecret = false): unknown {
  if (value === unknown) return "[unknown]";
  if (typeof value === "string" && isSecret && value !== "") secrets.push(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => plain(each, secrets, isSecret));
  const fields = value as Record<string, unknown>;
  if (fields[signature] === secretSignature) return plain(fields["value"], secrets, true);
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, plain(field, secrets, isSecret)]),
  );
}

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/**
 * Stands for a generated password: always the same for a name and its keepers, so that a rotation
 * shows as a change and nothing else does.
 */
function password(name: string, inputs: Record<string, unknown>): string {
  const digest = createHash("sha512").update(JSON.stringify([name, inputs["keepers"]]));
  return digest.digest("hex").slice(0, Number(inputs["length"]));
}

pulumi.runtime.setAllConfig(values, secretKeys);
await pulumi.runtime.setMocks(
  {
    newResource({ type, name, inputs, custom }) {
      if (custom !== true) return { id: undefined, state: {} };
      const state = inputs as Record<string, unknown>;
      return {
        id: `${name}-id`,
        state:
          type === "random:index/randomPassword:RandomPassword"
            ? { ...state, result: pulumi.secret(password(name, state)) }
            : state,
      };
    },
    call({ token }) {
      throw new Error(`The program calls ${token}, which needs a provider: it can't be rendered.`);
    },
  },
  "todo-chatbot",
  stack,
  true,
);
const { getMonitor } = pulumi.runtime as unknown as {
  getMonitor(): { registerResource: Register };
};
const monitor = getMonitor();
const register = monitor.registerResource.bind(monitor);
monitor.registerResource = (request, callback) => {
  record(request);
  return register(request, callback);
};

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
