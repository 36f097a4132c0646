import { createHash } from "node:crypto";

import type * as Pulumi from "@pulumi/pulumi";

type Inputs = Readonly<Record<string, unknown>>;

/** A resource as a program asks the engine for it. */
export interface ResourceRequest {
  readonly type: string;
  readonly name: string;
  /** As the SDK hands them to mocks: a property that has a secret in it is wrapped as a whole. */
  readonly inputs: Inputs;
  /** As they go to the engine: each secret is wrapped where it is. */
  readonly wireInputs: Inputs;
  /** Name of the component that made it; empty at the top. */
  readonly parent: string;
  /** Name of its explicit provider; empty: the default one, or none. */
  readonly provider: string;
  /** Names of what it waits for, sorted. */
  readonly dependsOn: readonly string[];
  /** Whether destroy refuses it. */
  readonly protect: boolean;
  /** Inputs whose changes are not carried out, as paths. */
  readonly ignoreChanges: readonly string[];
  /** Create timeout in the engine's format, like `3m`; empty: the provider's own. */
  readonly createTimeout: string;
  /** Whether a provider makes it; components have none. */
  readonly custom: boolean;
  /** Whether it is looked up by {@link id}, not created. */
  readonly read: boolean;
  readonly id: string;
}

export interface MockEngineOptions {
  /** The stack's config by full key; objects as JSON, as the engine hands them over. */
  readonly config: Readonly<Record<string, string>>;
  /** Keys of `config` that are encrypted. */
  readonly secretKeys?: readonly string[];
  readonly stack: string;
  readonly preview: boolean;
  /** Called for every request, in order. Of a custom resource: its outputs, and its id if known. */
  readonly respond: (request: ResourceRequest) => Response | Promise<Response>;
  /** The error for a program that calls a function of a provider. */
  readonly refuseCall: (token: string) => Error;
}

export interface Response {
  readonly id?: string;
  readonly outputs: Inputs;
}

/** The requests of the SDK's protocol; mocks are handed a part of them only. */
interface WireRequest {
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  /** These are of a request to create alone. */
  getObject?(): { toJavaScript(): Inputs };
  getProtect?(): boolean;
  getIgnorechangesList?(): string[];
  getCustomtimeouts?(): { getCreate(): string } | undefined;
}
type Handler = (request: WireRequest, callback: unknown) => Promise<void>;

/**
 * Makes a program's SDK talk to an engine without providers and state, which records what the
 * program asks for.
 *
 * @param pulumi the SDK of the program, which may be that of another revision
 */
export async function startMockEngine(
  pulumi: typeof Pulumi,
  options: MockEngineOptions,
): Promise<void> {
  const { config, secretKeys = [], stack, preview, respond, refuseCall } = options;
  pulumi.runtime.setAllConfig(config, [...secretKeys]);

  let current: WireRequest | undefined;
  await pulumi.runtime.setMocks(
    {
      async newResource({ type, name, inputs, custom = false, id = "" }) {
        const wire = current;
        if (wire === undefined) throw new Error(`no request for ${type} ${name}`);
        const request = { type, name, inputs: inputs as Inputs, custom, id, ...factsOf(wire) };
        const response = await respond(request);
        const secrets = wire.getAdditionalsecretoutputsList();
        const state = Object.entries(response.outputs).map(
          ([key, value]) => [key, secrets.includes(key) ? pulumi.secret(value) : value] as const,
        );
        return { id: response.id, state: Object.fromEntries(state) };
      },
      call({ token }) {
        throw refuseCall(token);
      },
    },
    "todo-chatbot",
    stack,
    preview,
  );

  // A mock is called before its request's first await, so that the request is still this one.
  const monitor = monitorOf(pulumi);
  for (const method of ["registerResource", "readResource"] as const) {
    const original = monitor[method].bind(monitor);
    monitor[method] = (request, callback) => {
      current = request;
      return original(request, callback);
    };
  }
}

function monitorOf(pulumi: typeof Pulumi) {
  const { getMonitor } = pulumi.runtime as unknown as {
    getMonitor(): Record<"registerResource" | "readResource", Handler>;
  };
  return getMonitor();
}

function factsOf(wire: WireRequest) {
  return {
    wireInputs: wire.getObject?.().toJavaScript() ?? {},
    parent: nameOf(wire.getParent()),
    // A reference to a provider ends with its id.
    provider: nameOf(wire.getProvider().replace(/::[^:]*$/, "")),
    dependsOn: wire.getDependenciesList().map(nameOf).sort(),
    protect: wire.getProtect?.() ?? false,
    ignoreChanges: wire.getIgnorechangesList?.() ?? [],
    createTimeout: wire.getCustomtimeouts?.()?.getCreate() ?? "",
    read: wire.getObject === undefined,
  };
}

/** The last part of a URN; of none, nothing. */
const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/**
 * What the random provider generates, but the same in every run: another name or other keepers
 * make another password, and special characters are among it unless they are switched off.
 */
export function generatedPassword(name: string, inputs: Inputs): string {
  const { length, special = true, keepers } = inputs;
  const digest = createHash("sha512").update(JSON.stringify([name, keepers]));
  return `${special === true ? "#@/:" : ""}${digest.digest("hex")}`.slice(0, Number(length));
}
