import { createHash } from "node:crypto";

import type * as Pulumi from "@pulumi/pulumi";

type Inputs = Readonly<Record<string, unknown>>;

/** A resource as a program registers it. */
export interface ResourceRequest {
  readonly type: string;
  readonly name: string;
  /** As the SDK passes them to mocks: a property that contains a secret is wrapped as a whole. */
  readonly inputs: Inputs;
  /** As sent to the engine: each secret is wrapped individually. */
  readonly wireInputs: Inputs;
  /** Name of its parent component; empty at the top level. */
  readonly parent: string;
  /** Name of its explicit provider; empty: the default provider, or none. */
  readonly provider: string;
  /** Names of its dependencies, sorted. */
  readonly dependsOn: readonly string[];
  /** Whether it is protected from destroy. */
  readonly protect: boolean;
  /** Paths of inputs in ignoreChanges. */
  readonly ignoreChanges: readonly string[];
  /** Create timeout in the engine's format, like `3m`; empty: the provider's own. */
  readonly createTimeout: string;
  /** Its other options that are set, under the protocol's names. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether it is a custom resource, not a component. */
  readonly custom: boolean;
  /** Whether it is looked up by {@link id}, not created. */
  readonly read: boolean;
  readonly id: string;
}

export interface MockEngineOptions {
  /** The stack's config by full key; objects as JSON, as the engine passes them. */
  readonly config: Readonly<Record<string, string>>;
  /** Keys of `config` that are encrypted. */
  readonly secretKeys?: readonly string[];
  readonly stack: string;
  readonly preview: boolean;
  /** Called for every registration, in order; returns a custom resource's outputs, and its ID if known. */
  readonly respond: (request: ResourceRequest) => Response | Promise<Response>;
  /** The error for a program that calls a function of a provider. */
  readonly refuseCall: (token: string) => Error;
}

export interface Response {
  readonly id?: string;
  readonly outputs: Inputs;
}

/** The requests of the SDK's protocol; mocks only get a part of them. */
interface WireRequest {
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  /** Only in requests to create. */
  getObject?(): { toJavaScript(): Inputs };
  getProtect?(): boolean;
  getIgnorechangesList?(): string[];
  getCustomtimeouts?(): { getCreate(): string } | undefined;
  toObject(): Inputs;
}
type Handler = (request: WireRequest, callback: unknown) => Promise<void>;

/**
 * Connects a program's SDK to an engine without providers and state, which records the registered
 * resources.
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

/** The options of a resource that decide what an update does to it, beside those with a field of their own. */
const optionNames = [
  "version",
  "importid",
  "customtimeouts",
  "ignorechangesList",
  "replaceonchangesList",
  "replacewithList",
  "deletebeforereplace",
  "retainondelete",
  "deletedwith",
  "aliasesList",
  "additionalsecretoutputsList",
];

function factsOf(wire: WireRequest) {
  return {
    wireInputs: wire.getObject?.().toJavaScript() ?? {},
    parent: nameOf(wire.getParent()),
    // A provider reference ends with the provider's ID.
    provider: nameOf(wire.getProvider().replace(/::[^:]*$/, "")),
    dependsOn: wire.getDependenciesList().map(nameOf).sort(),
    protect: wire.getProtect?.() ?? false,
    ignoreChanges: wire.getIgnorechangesList?.() ?? [],
    createTimeout: wire.getCustomtimeouts?.()?.getCreate() ?? "",
    options: optionsOf(wire.toObject()),
    read: wire.getObject === undefined,
  };
}

function optionsOf(request: Inputs): Record<string, unknown> {
  const isSet = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  const options = optionNames.map((name) => [name, request[name]] as const);
  return Object.fromEntries(options.filter(([, value]) => isSet(value)));
}

/** The last part of a URN; empty without one. */
const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/**
 * A password like that of the random provider, but the same in every run. It depends on name and keepers,
 * and has special characters unless they are disabled.
 */
export function generatedPassword(name: string, inputs: Inputs): string {
  const { length, special = true, keepers } = inputs;
  const digest = createHash("sha512").update(JSON.stringify([name, keepers]));
  return `${special === true ? "#@/:" : ""}${digest.digest("hex")}`.slice(0, Number(length));
}
