import { randomUUID } from "node:crypto";

import randomPackage from "@pulumi/random/package.json" with { type: "json" };

import { storedProvider } from "../../components/providers/local.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import type { DeployedResource, ExportedState } from "./deployment.ts";
import { withResources } from "./deployment.ts";

/** What to add to a state that takes over a deployment. */
export interface Seed {
  readonly stack: string;
  readonly target: ClusterTarget;
  readonly namespace: string;
  /** UID of kube-system. */
  readonly uid: string;
  readonly owner: string;
  readonly ownedBy: string;
  /** Value of secrets.rotation. */
  readonly rotation: number;
  /** Secrets that the program generates. */
  readonly generated: GeneratedSecrets;
  /** Whether there is a Helm release, which will be added too. */
  readonly hasRelease: boolean;
}

export interface GeneratedSecrets {
  readonly databasePassword: string;
  readonly signingKey: string;
  readonly previousKey: string;
}

const secretSignature = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
} as const;

/**
 * Adds what only the lost state had to a state: the owner, the generated secrets, and the parent and
 * provider of a Helm release. An update finds everything else by name. Existing resources are kept,
 * except for those values. Pure.
 */
export function seeded(state: ExportedState, seed: Seed): ExportedState {
  const { stack, target, namespace, uid, owner, ownedBy, rotation, generated } = seed;
  const urn = (type: string, name: string) => `urn:pulumi:${stack}::todo-chatbot::${type}::${name}`;
  const resources = new Map((state.deployment.resources ?? []).map((each) => [each.urn, each]));
  const add = (resource: DeployedResource) => {
    const { outputs, inputs, ...others } = resource;
    const known = resources.get(resource.urn);
    resources.set(resource.urn, {
      ...others,
      ...known,
      ...(inputs && { inputs: { ...known?.inputs, ...inputs } }),
      ...(outputs && { outputs: { ...known?.outputs, ...outputs } }),
    });
    return { ...others, ...known };
  };

  const root = urn("pulumi:pulumi:Stack", `todo-chatbot-${stack}`);
  add({ urn: root, type: "pulumi:pulumi:Stack", custom: false });
  const component = (type: string, name: string) =>
    add({ ...{ urn: urn(type, name), type, custom: false }, parent: root });
  const provider = (type: string, name: string, facts: object = {}) => {
    const { urn: reference, id } = add({
      ...{ urn: urn(type, name), type, custom: true, id: randomUUID() },
      ...facts,
    });
    return `${reference}::${id ?? ""}`;
  };

  const cluster = component("todo-chatbot:index:Cluster", "cluster");
  const identityType = "pulumi-nodejs:dynamic/index:ClusterIdentity";
  const __provider = storedProvider("identity");
  const identity = { target, namespace, uid, owner, ownedBy, __provider };
  add({
    urn: urn(`${cluster.type}$${identityType}`, "cluster-identity"),
    ...{ type: identityType, custom: true, id: target.context, parent: cluster.urn },
    provider: provider("pulumi:providers:pulumi-nodejs", "default"),
    ...{ inputs: identity, outputs: identity },
  });

  const secrets = component("todo-chatbot:index:AppSecrets", "secrets");
  const { version } = randomPackage;
  const random = provider("pulumi:providers:random", `default_${version.replaceAll(".", "_")}`, {
    ...{ inputs: { version }, outputs: { version } },
  });
  const [even, odd] = [Math.floor(rotation / 2), Math.floor((rotation + 1) / 2)];
  const { databasePassword, signingKey, previousKey } = generated;
  const isEven = rotation % 2 === 0;
  for (const [name, keeper, value] of [
    ["jwt-even", even, isEven ? signingKey : previousKey],
    ["jwt-odd", odd, isEven ? previousKey : signingKey],
    ["database", rotation, databasePassword],
  ] as const) {
    const type = "random:index/randomPassword:RandomPassword";
    const inputs = { length: 48, special: false, keepers: { rotation: String(keeper) } };
    add({
      urn: urn(`${secrets.type}$${type}`, `secrets-${name}`),
      ...{ type, custom: true, id: "none", parent: secrets.urn, provider: random, inputs },
      outputs: {
        ...{ ...inputs, id: "none", __meta: '{"schema_version":"3"}' },
        ...{ lower: true, upper: true, number: true, numeric: true },
        ...{ minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 },
        // Nothing reads the hash; without one, the provider would replace the password.
        bcryptHash: secret("$2a$10$taken-over"),
        result: secret(value),
      },
    });
  }

  if (seed.hasRelease) {
    component("todo-chatbot:index:ChatbotRelease", "release");
    const type = "pulumi:providers:kubernetes";
    provider(`${cluster.type}$${type}`, "cluster-provider", {
      ...{ type, parent: cluster.urn, inputs: { context: target.context } },
      outputs: { context: target.context },
    });
  }
  return withResources(state, [...resources.values()]);
}

/** A value that the engine encrypts on import. */
function secret(value: string): object {
  return { ...secretSignature, plaintext: JSON.stringify(value) };
}
