import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";

import type { Manifest } from "../../lib/manifest.ts";
import { project } from "../../lib/project.ts";
import { bytes } from "../../lib/pvc.ts";
import type { SupervisorOptions } from "./supervisor.ts";

/** The application's workloads, each with its own image and pods. */
export const apps = ["backend", "frontend"] as const;
export type App = (typeof apps)[number];

/** Annotation of a Deployment that runs edited code: who does that. Its pods have it too. */
export const watchMark = "todo-chatbot/watch";

/** Port of the supervisor in a development pod. */
export const supervisorPort = 4640;

interface Container {
  readonly name: string;
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
}

/** Pod template of a Deployment. */
interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly Container[] };
}

/** The app of a Deployment of the release; undefined for others. */
export function appOf({ kind, metadata }: Manifest): App | undefined {
  const component = metadata.labels?.["app.kubernetes.io/component"];
  return kind === "Deployment" ? apps.find((app) => app === component) : undefined;
}

/** Who runs edited code in a Deployment; undefined for one that is as it was deployed. */
export const watcherOf = ({ metadata }: Manifest): string | undefined =>
  metadata.annotations?.[watchMark];

/**
 * A Deployment with development pods: the supervisor in place of the application, and memory for it and for
 * two versions of the code. Image, security and volumes stay. Pure.
 *
 * @param command the image's own
 * @param who see {@link watchMark}
 */
export function withSupervisor(
  deployment: Manifest,
  app: App,
  command: readonly string[],
  who: string,
): Manifest {
  const { template, ...spec } = deployment["spec"] as { readonly template: Template };
  const mark = { [watchMark]: who };
  const options = { port: supervisorPort, command, folder: "/tmp/watch" };
  const containers = template.spec.containers.map((container) =>
    container.name === app ? supervised(container, options) : container,
  );
  const { metadata } = deployment;
  return {
    ...deployment,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...mark } },
    spec: {
      ...spec,
      template: {
        ...template,
        metadata: {
          ...template.metadata,
          annotations: { ...template.metadata?.annotations, [watchMark]: "true" },
        },
        spec: { ...template.spec, containers },
      },
    },
  };
}

function supervised(container: Container, options: SupervisorOptions): Container {
  const { limits = {}, ...resources } = container.resources ?? {};
  const { memory } = limits;
  return {
    ...container,
    ...{ command: [...supervisorCommand(), JSON.stringify(options)] },
    resources: {
      ...resources,
      limits: { ...limits, ...(memory && { memory: String(3 * bytes(memory)) }) },
    },
  };
}

/** The supervisor, to be followed by its options. */
export function supervisorCommand(): string[] {
  const source = readFileSync(join(import.meta.dirname, "supervisor.ts"), "utf8");
  const options = ["--max-semi-space-size=1", "--input-type=module"];
  return ["node", ...options, "--eval", stripTypeScriptTypes(source)];
}

/** The command of an app's image, from its Dockerfile. */
export function imageCommand(app: App): string[] {
  const file = join(project, "images", app, "Dockerfile");
  const [, command = "[]"] = /^CMD (\[.*\])$/m.exec(readFileSync(file, "utf8")) ?? [];
  return JSON.parse(command) as string[];
}
