import type { Content, Resource } from "../../policy/model.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { nameOf } from "../../lib/manifest.ts";
import { contentForPolicies } from "../../policy/model.ts";
import { stackContent } from "../../render/stack-manifests.ts";
import { project } from "../../lib/project.ts";

/** A stack that a test may break. */
export interface Breakable extends Content {
  readonly objects: Manifest[];
  readonly resources: Resource[];
  cluster: string;
}

const rendered = new Map<string, Promise<Content>>();

/** What a stack of this program would install; a copy of its own for each caller. */
export async function shipped(stack: string): Promise<Breakable> {
  const content = rendered.get(stack) ?? stackContent(project, stack).then(contentForPolicies);
  rendered.set(stack, content);
  return structuredClone(await content) as Breakable;
}

/**
 * Sets one place of an object or a resource, or takes it away with `undefined`.
 *
 * @param subject like `Deployment/backend-deployment`, or type and name of a resource
 * @param path like `spec.template.spec.containers.0.image`; the last part may be new
 * @throws Error when there is no such subject or path
 */
export function set(content: Breakable, subject: string, path: string, value: unknown): void {
  const whole =
    content.objects.find((object) => nameOf(object) === subject) ??
    content.resources.find(({ type, name }) => `${type} ${name}` === subject);
  if (whole === undefined) throw new Error(`there is no ${subject}`);
  const parts = path.split(".").map((part) => part.replaceAll("~", "."));
  const last = parts.pop() ?? "";
  const holder = parts.reduce<unknown>((inner, part) => {
    const next = (inner as Record<string, unknown>)[part];
    if (typeof next !== "object" || next === null) throw new Error(`${subject} has no ${part}`);
    return next;
  }, whole) as Record<string, unknown>;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}

/** Takes an object away. */
export function remove(content: Breakable, subject: string): void {
  const index = content.objects.findIndex((object) => nameOf(object) === subject);
  if (index === -1) throw new Error(`there is no ${subject}`);
  content.objects.splice(index, 1);
}

/** Adds an object to the application's namespace. */
export function add(content: Breakable, apiVersion: string, kind: string, rest: object): void {
  const metadata = { name: "added", namespace: "todo-chatbot-namespace" };
  content.objects.push({ apiVersion, kind, metadata, ...rest });
}
