import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Command } from "@commander-js/extra-typings";
import { parse } from "yaml";

import { runProgram } from "../cli/command-line.ts";
import { ensureTool } from "../cli/toolchain.ts";
import { project } from "../lib/project.ts";
import { releaseNotes, versionOf } from "./release/notes.ts";
import { publish } from "./release/publish.ts";

const program = new Command("npm run release --")
  .description(
    "Publish a release: images for several platforms with SBOM and provenance, the chart, signatures without keys, and the notes from CHANGELOG.md. Run by the workflow Release.",
  )
  .argument("<tag>", "tag of the release, like v1.2.0")
  .requiredOption("--registry <path>", "registry and path, like ghcr.io/team")
  .option("--notes", "check the versions, print the notes, and publish nothing")
  .action(async (tag, { registry, notes: onlyNotes }) => {
    const read = (file: string) => readFile(join(project, file), "utf8");
    const version = versionOf(tag, {
      packageJson: (JSON.parse(await read("package.json")) as { version: string }).version,
      chart: (parse(await read("charts/todo-chatbot/Chart.yaml")) as { version: string }).version,
    });
    const notes = releaseNotes(await read("CHANGELOG.md"), version);
    if (onlyNotes) {
      process.stdout.write(notes);
      return;
    }
    for (const tool of ["helm", "cosign"] as const) await ensureTool(tool);
    // A repository's owner may have capital letters, an image must not.
    await publish({ tag, version, notes, registry: registry.toLowerCase() });
  });

await runProgram(program);
