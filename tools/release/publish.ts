import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseDocument } from "yaml";

import { step } from "../../cli/terminal.ts";
import { parseSettings } from "../../config/settings.ts";
import { buildArguments, pushedDigest } from "../../lib/buildx.ts";
import { capture, run, show } from "../../lib/exec.ts";
import { Problem } from "../../lib/problem.ts";
import { project } from "../../lib/project.ts";
import { readSbom, sbomPath } from "../../lib/sbom.ts";
import { temporaryFolder } from "../../lib/temporary.ts";

const apps = ["backend", "frontend"] as const;
type App = (typeof apps)[number];

const platforms = ["linux/amd64", "linux/arm64"];
const builder = "todo-chatbot-release";

/** A release and where it goes. */
export interface Release {
  /** Like `v1.2.0`. */
  readonly tag: string;
  readonly version: string;
  readonly notes: string;
  /** Registry and path, without a scheme. */
  readonly registry: string;
}

/**
 * Pushes and signs images and chart, then publishes the release on GitHub. Until that last step it can be
 * repeated.
 */
export async function publish({ tag, version, notes, registry }: Release): Promise<void> {
  await using folder = await temporaryFolder();
  await ensureSuccess("docker", [
    ...["buildx", "create", "--name", builder, "--driver", "docker-container"],
  ]);
  const digests: Partial<Record<App, string>> = {};
  try {
    for (const app of apps) {
      digests[app] = await pushImage(app, `${registry}/todo-chatbot-${app}`, version, folder.path);
    }
  } finally {
    await show("docker", ["buildx", "rm", builder]);
  }
  const lists: string[] = [];
  for (const app of apps) {
    lists.push(
      await saveSbom(
        `${registry}/todo-chatbot-${app}@${digests[app] ?? ""}`,
        app,
        version,
        folder.path,
      ),
    );
  }
  const chart = await packageChart(folder.path, version, registry, digests);
  step(`Pushing the chart to oci://${registry}/charts`);
  await sign(`${registry}/charts/todo-chatbot@${await pushChart(chart, registry)}`);

  const file = join(folder.path, "notes.md");
  await writeFile(file, notes);
  const release = ["release", "create", tag, chart, ...lists, "--verify-tag", "--title", tag];
  await ensureSuccess("gh", [...release, "--notes-file", file]);
}

/** @returns the digest of the image index */
async function pushImage(
  app: App,
  repository: string,
  version: string,
  folder: string,
): Promise<string> {
  step(`Building ${repository}:${version} for ${platforms.join(" and ")}`);
  const metadata = join(folder, `${app}.json`);
  const build = {
    platforms,
    context: join(project, "images", app),
    args: { NODE_IMAGE: nodeImage() },
  };
  const options = ["--builder", builder, "--sbom=true", "--provenance=mode=max"];
  await ensureSuccess(
    "docker",
    buildArguments(`${repository}:${version}`, build, metadata, options),
  );
  const digest = await pushedDigest(metadata);
  await sign(`${repository}@${digest}`);
  return digest;
}

/** Takes the list of packages out of an image, and returns its file. */
async function saveSbom(
  reference: string,
  app: App,
  version: string,
  folder: string,
): Promise<string> {
  await ensureSuccess("docker", ["pull", "--quiet", reference]);
  const sbom = await readSbom(reference);
  if (sbom === undefined) throw new Problem(`${reference} has no ${sbomPath}.`);
  const file = join(folder, `todo-chatbot-${app}-${version}.cdx.json`);
  await writeFile(file, sbom);
  return file;
}

/** The default base image. */
const nodeImage = (): string => parseSettings({ cluster: { kind: "kind" } }, new Set()).images.node;

/** Signs without a key: the certificate names the workflow that ran. */
async function sign(reference: string): Promise<void> {
  step(`Signing ${reference}`);
  await ensureSuccess("cosign", ["sign", "--yes", reference]);
}

/** Packages the chart with the released images as its defaults. */
async function packageChart(
  folder: string,
  version: string,
  registry: string,
  digests: Partial<Record<App, string>>,
): Promise<string> {
  const chart = join(folder, "chart", "todo-chatbot");
  await cp(join(project, "charts", "todo-chatbot"), chart, { recursive: true });
  const file = join(chart, "values.yaml");
  const values = parseDocument(await readFile(file, "utf8"));
  for (const app of apps) {
    values.setIn([app, "image", "repository"], `${registry}/todo-chatbot-${app}`);
    values.setIn([app, "image", "tag"], version);
    values.setIn([app, "image", "digest"], digests[app]);
  }
  await writeFile(file, values.toString());
  await run("helm", ["package", chart, "--version", version, "--destination", folder]);
  return join(folder, `todo-chatbot-${version}.tgz`);
}

/** @returns the digest of the chart's manifest */
async function pushChart(chart: string, registry: string): Promise<string> {
  const { code, stdout, stderr } = await capture("helm", [
    ...["push", chart, `oci://${registry}/charts`],
  ]);
  // Helm prints it on standard error.
  const [digest] = /sha256:[0-9a-f]{64}/.exec(stderr + stdout) ?? [];
  if (code === 0 && digest !== undefined) return digest;
  throw new Problem(`helm push failed (exit code ${code}): ${(stderr || stdout).trim()}`);
}

async function ensureSuccess(program: string, args: readonly string[]): Promise<void> {
  const code = await show(program, args);
  if (code === 0) return;
  throw new Problem(
    `${program} ${args[0] ?? ""} ${args[1] ?? ""} failed (exit code ${code}); see the output above. Fix the cause and run the release again.`,
  );
}
