import { hostname, userInfo } from "node:os";

import type { Metadata } from "./api-server.ts";
import { findObject } from "./api-server.ts";
import { project } from "./project.ts";
import { stackOf, todoCommand } from "./stack-commands.ts";

/** Annotations that mark a namespace with its owner. */
export const annotations = {
  /** ID that only the owner's state has. */
  owner: "todo-chatbot/owner",
  /** Description of the owner. */
  ownedBy: "todo-chatbot/owned-by",
  /** The owner's settings without secrets, as JSON. */
  settings: "todo-chatbot/settings",
} as const;

/** An existing namespace. */
export interface FoundNamespace {
  readonly uid: string;
  /** Whether it is being deleted. */
  readonly isTerminating: boolean;
  /** Undefined: it is unmarked. */
  readonly owner?: string;
  readonly ownedBy?: string;
}

/** What a state knows about its namespace. */
export interface Claimant {
  /** Undefined: the state is from before marks existed. */
  readonly owner?: string | undefined;
  /** UID of the namespace when the state last owned it. */
  readonly namespaceUid?: string | undefined;
}

/**
 * free: the namespace does not exist; own: the state owns it; foreign: it has another state's mark;
 * unmarked: it has none, and the state did not create it.
 */
export type Standing = "free" | "own" | "foreign" | "unmarked";

/** @param claimant undefined: the state has deployed nothing yet */
export function standingOf(
  claimant: Claimant | undefined,
  found: FoundNamespace | undefined,
): Standing {
  if (found === undefined) return "free";
  if (found.owner !== undefined) return found.owner === claimant?.owner ? "own" : "foreign";
  if (claimant === undefined) return "unmarked";
  // Not marked yet, or the mark was removed by hand; a recreated namespace would have another UID.
  const { owner, namespaceUid } = claimant;
  const isSame = namespaceUid === found.uid || (owner === undefined && namespaceUid === undefined);
  return isSame ? "own" : "unmarked";
}

/** A namespace, and the stack that is to be there. */
interface Place {
  readonly context: string;
  readonly namespace: string;
  /** For the commands in a message; default: unknown. */
  readonly stack?: string;
}

/** Why a namespace must not be changed, with the options; undefined if it may. */
export function refusal(
  claimant: Claimant | undefined,
  found: FoundNamespace | undefined,
  { context, namespace, stack = "<stack>" }: Place,
): string | undefined {
  const ways = `deploy to another namespace (npm start --${stackOf(stack)} --set cluster.namespace=<name> --port <port>), or take it over with its data (${todoCommand("adopt", stack)}).`;
  const standing = standingOf(claimant, found);
  if (found?.isTerminating && standing !== "own") return terminating(namespace, context);
  switch (standing) {
    case "foreign":
      return `The namespace ${namespace} in ${context} belongs to ${found?.ownedBy ?? "another state"}, not to this state. Work in the checkout that owns it, ${ways}`;
    case "unmarked":
      return `The namespace ${namespace} in ${context} exists and this state did not create it: it has no owner mark, as after a plain helm install. Leave it alone and ${ways}`;
    case "free":
    case "own":
      return undefined;
  }
}

/** The message for a namespace that is being deleted. */
export function terminating(namespace: string, context: string): string {
  return `The namespace ${namespace} in ${context} is being deleted, with everything in it. Wait until it is gone, then try again: kubectl --context ${context} wait --for=delete namespace/${namespace}`;
}

/** Reads a namespace; undefined when there is none. */
export async function findNamespace(
  context: string,
  name: string,
): Promise<FoundNamespace | undefined> {
  const path = `/api/v1/namespaces/${name}`;
  const found = await findObject<{ metadata?: Metadata }>(context, path);
  if (found === undefined) return undefined;
  const { uid = "", deletionTimestamp, annotations: marks = {} } = found.metadata ?? {};
  const { [annotations.owner]: owner, [annotations.ownedBy]: ownedBy } = marks;
  return {
    uid,
    isTerminating: deletionTimestamp !== undefined,
    ...(owner && { owner }),
    ...(ownedBy && { ownedBy }),
  };
}

/** Description of a stack of this checkout as an owner. */
export function ownerInWords(stack: string, now = new Date()): string {
  return `${checkoutOf(stack)}, since ${now.toISOString().slice(0, 10)}`;
}

/** Whether a namespace's mark names this stack of this checkout; only the state knows whether it owns it. */
export function isMarkedFor(stack: string, found: FoundNamespace | undefined): boolean {
  return found?.ownedBy?.startsWith(`${checkoutOf(stack)}, since `) ?? false;
}

const checkoutOf = (stack: string) => `stack ${stack} of ${userName()}@${hostname()} in ${project}`;

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user ID without a passwd entry, as in a container.
    return process.env["USER"] ?? "somebody";
  }
}
