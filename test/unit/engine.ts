import { createHash } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

/** A resource as the engine would have seen it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** What the program gave; a secret is wrapped, see {@link isSecret}. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Name of the component that made it; undefined at the top. */
  readonly parent: string | undefined;
  /** Names of what it waits for, in the order of the alphabet. */
  readonly dependsOn: readonly string[];
  /** Whether destroy refuses it. */
  readonly protect: boolean;
  /** Inputs whose changes are not carried out, as paths. */
  readonly ignoreChanges: readonly string[];
  /** Name of its explicit provider; undefined: the default one. */
  readonly provider: string | undefined;
  /** Whether it is looked up, and not made. */
  readonly read: boolean;
  /** Create timeout in the engine's words, like `3m`; empty: the provider's own. */
  readonly createTimeout: string;
  /** Names of what was there already when it was asked for. */
  readonly after: readonly string[];
}

/** How an engine is started. */
export interface EngineOptions {
  /** The stack's config by full key; objects as JSON, as the engine hands them over. */
  readonly config?: Readonly<Record<string, string>>;
  /** Keys of `config` that are encrypted. */
  readonly encrypted?: readonly string[];
  /** Whether it is a preview, in which new resources have no ids; default false. */
  readonly preview?: boolean;
  /** Outputs of resources by name, over those of {@link providers}. */
  readonly outputs?: Readonly<Record<string, object>>;
  /** Name of a resource that takes some time to make. */
  readonly slow?: string;
}

/** Everything registered since the last {@link startEngine}, in order. */
export const registered: Registered[] = [];

/** What the providers add to the inputs, by type; a type that is not here is refused. */
const providers: Readonly<Record<string, (resource: Registered) => object>> = {
  "docker:index/image:Image": () => ({ repoDigest: "sha256:4a5b" }),
  "kubernetes:apps/v1:Deployment": () => ({}),
  "kubernetes:batch/v1:CronJob": () => ({}),
  "kubernetes:core/v1:ConfigMap": () => ({}),
  "kubernetes:core/v1:Namespace": () => ({}),
  "kubernetes:core/v1:PersistentVolumeClaim": () => ({}),
  "kubernetes:core/v1:Secret": () => ({}),
  "kubernetes:core/v1:Service": () => ({}),
  "kubernetes:core/v1:ServiceAccount": () => ({}),
  "kubernetes:helm.sh/v3:Release": ({ inputs }) => ({
    status: { name: inputs["name"], namespace: inputs["namespace"], status: "deployed" },
  }),
  "kubernetes:monitoring.coreos.com/v1:PrometheusRule": () => ({}),
  "kubernetes:monitoring.coreos.com/v1:ServiceMonitor": () => ({}),
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:Role": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": () => ({}),
  "pulumi-nodejs:dynamic/index:ClusterIdentity": () => ({}),
  "pulumi-nodejs:dynamic/index:ImageDelivery": () => ({
    imageId: "sha256:1d1d",
    size: 180_000_000,
    created: "2026-11-22T08:00:00.000Z",
  }),
  "pulumi:providers:docker": () => ({}),
  "pulumi:providers:kubernetes": () => ({}),
  "random:index/randomPassword:RandomPassword": generatedPassword,
};

/**
 * Like the random provider: another name or other keepers make another password, and special
 * characters are among it unless they are switched off.
 */
function generatedPassword({ name, inputs }: Registered): object {
  const { length, special = true, keepers } = inputs;
  const digest = createHash("sha512")
    .update(JSON.stringify([name, keepers]))
    .digest("hex");
  return { result: `${special === true ? "#@/:" : ""}${digest}`.slice(0, Number(length)) };
}

/** The request for one resource; the mocks are told a part of it only. */
interface Request {
  getParent(): string;
  getDependenciesList(): string[];
  getProvider(): string;
  getAdditionalsecretoutputsList?(): string[];
  getProtect?(): boolean;
  getIgnorechangesList?(): string[];
  getCustomtimeouts?(): { getCreate(): string } | undefined;
}
type Callback = (error: unknown, response: unknown) => void;
type Handler = (request: Request, callback: Callback) => Promise<void>;

/** Puts Pulumi in unit-test mode; everything registered before is forgotten. */
export async function startEngine(options: EngineOptions = {}): Promise<void> {
  const { config = {}, encrypted = [], preview = false, outputs = {}, slow } = options;
  registered.length = 0;
  const there: string[] = [];
  refusals.length = 0;
  pulumi.runtime.setAllConfig(config, [...encrypted]);

  let request: Request | undefined;
  await pulumi.runtime.setMocks(
    {
      async newResource({ type, name, inputs, custom, id }) {
        const facts = request;
        if (facts === undefined) throw new Error(`no request for ${type} ${name}`);
        const resource: Registered = {
          type,
          name,
          inputs: inputs as Registered["inputs"],
          parent: facts.getParent() ? nameOf(facts.getParent()) : undefined,
          dependsOn: facts.getDependenciesList().map(nameOf).sort(),
          protect: facts.getProtect?.() ?? false,
          ignoreChanges: facts.getIgnorechangesList?.() ?? [],
          provider: facts.getProvider()
            ? nameOf(facts.getProvider().replace(/::[^:]*$/, ""))
            : undefined,
          read: facts.getProtect === undefined,
          createTimeout: facts.getCustomtimeouts?.()?.getCreate() ?? "",
          after: [...there],
        };
        registered.push(resource);
        if (custom !== true) return { id: undefined, state: {} };

        const provider = providers[type];
        if (provider === undefined) throw refuse(`no mock for the resource type ${type}`);
        if (name === slow) await new Promise((resolve) => setTimeout(resolve, 100));
        there.push(name);
        const secrets = facts.getAdditionalsecretoutputsList?.() ?? [];
        const state = { ...resource.inputs, ...provider(resource), ...outputs[name] };
        return {
          id: preview && !resource.read ? undefined : (id ?? "") || `${name}-id`,
          state: Object.fromEntries(
            Object.entries(state).map(([key, value]) => [
              key,
              secrets.includes(key) ? pulumi.secret(value) : value,
            ]),
          ),
        };
      },
      call({ token }) {
        throw refuse(`no mock for the provider function ${token}`);
      },
    },
    "todo-chatbot",
    "test",
    preview,
  );

  // A mock is called before its request's first await, so that the request is still this one.
  const monitor = mockMonitor();
  for (const method of ["registerResource", "readResource"] as const) {
    const original: Handler = monitor[method].bind(monitor);
    monitor[method] = (given, callback) => {
      request = given;
      return original(given, callback);
    };
  }
}

function mockMonitor() {
  const { getMonitor } = pulumi.runtime as unknown as {
    getMonitor(): Record<"registerResource" | "readResource", Handler>;
  };
  return getMonitor();
}

const refusals: Error[] = [];

function refuse(message: string): Error {
  const error = new Error(message);
  refusals.push(error);
  return error;
}

/**
 * Waits until all that the program asked for is registered.
 *
 * @throws Error when it asked for something that no mock answers
 */
export async function settle(): Promise<void> {
  await pulumi.runtime.disconnect();
  if (refusals[0] !== undefined) throw refusals[0];
}

/** The value of an Output, for use with `await`. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return (output as unknown as { promise(): Promise<T> }).promise();
}

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Whether an input is encrypted in the state: the SDK wraps it in an object with a signature. */
export function isSecret(input: unknown): boolean {
  return (input as Record<string, unknown> | undefined)?.[signature] === secretSignature;
}

/** An input without that wrapper. */
export function plain(input: unknown): unknown {
  return isSecret(input) ? (input as { value: unknown }).value : input;
}

/** What the program gave but for one input, which is compared elsewhere. */
export function inputsWithout({ inputs }: Registered, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== key));
}

/** Everything of one type, in the order of registration. */
export function all(type: string): Registered[] {
  return registered.filter((resource) => resource.type === type);
}

/** The one resource of a type, and of a name if given; fails when there are none or several. */
export function only(type: string, name?: string): Registered {
  const found = all(type).filter((resource) => name === undefined || resource.name === name);
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const there = registered.map((resource) => `${resource.type} ${resource.name}`).join(", ");
    throw new Error(`expected one ${type} ${name ?? ""}, found ${found.length} in: ${there}`);
  }
  return first;
}

/** The last part of a URN. */
function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
