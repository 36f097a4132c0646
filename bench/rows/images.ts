import { join } from "node:path";

import { run } from "../../lib/exec.ts";
import type { Stage } from "../stage.ts";
import type { Line } from "../table.ts";
import type { Row } from "./row.ts";

/** A text of each app's sources that is in its image. */
const apps = {
  backend: { file: "src/http/openapi.ts", text: "Todo chatbot" },
  frontend: { file: "src/components/Welcome.tsx", text: "Welcome back" },
} as const;
type App = keyof typeof apps;

/** Build steps, size and digest of each image. */
export const images: Row = {
  name: "images",
  about: "build steps that run, image sizes above the base, and reproducibility",
  async measure(stage) {
    const lines: Line[] = [];
    for (const app of ["backend", "frontend"] as const) {
      await build(stage, app);
      const warm = await build(stage, app);
      const first = await identity(app);
      const { file, text } = apps[app];
      const path = `images/${app}/${file}`;
      const changed = `${text} ${Date.now()}`;
      await stage.project.edit(path, text, changed);
      const edited = await build(stage, app);
      await stage.project.edit(path, changed, text);
      await build(stage, app, "--no-cache");
      const second = await identity(app);
      const same = second.layers.filter((layer, at) => layer === first.layers[at]).length;
      lines.push(
        { what: `${app}: warm build`, target: "0 steps", ours: `${warm}`, pairs: 1 },
        { what: `${app}: build after an edit`, target: "≤ 2 steps", ours: `${edited}`, pairs: 1 },
        {
          ...{ what: `${app}: size above the base`, target: "≤ 5 MB", pairs: 1 },
          ours: `${((first.size - (await baseSize(stage))) / 1e6).toFixed(1)} MB`,
        },
        {
          ...{ what: `${app}: built again without cache`, target: "same digest", pairs: 1 },
          ours: first.id === second.id ? "same" : "differs",
          note: `${same} of ${second.layers.length} layers are the same`,
        },
      );
    }
    return lines;
  },
};

const tagOf = (app: App) => `bench-image-${app}`;

/** Builds an image; returns the number of steps that were not taken from the cache. */
async function build(stage: Stage, app: App, ...options: readonly string[]): Promise<number> {
  const { node } = (await stage.workspace()).settings.images;
  const args = ["--progress", "plain", "--build-arg", `NODE_IMAGE=${node}`, "--tag", tagOf(app)];
  const folder = join(stage.project.folder, "images", app);
  const script = 'docker build "$@" 2>&1';
  const log = await run("sh", ["-c", script, "sh", ...args, ...options, folder], {
    ...{ env: { DOCKER_BUILDKIT: "1" }, timeoutMs: 600_000 },
  });
  const steps = [...log.matchAll(/^#(\d+) \[.*\d+\/\d+\] (?!FROM)/gm)].map(([, step]) => step);
  const cached = new Set([...log.matchAll(/^#(\d+) CACHED/gm)].map(([, step]) => step));
  return new Set(steps.filter((step) => !cached.has(step))).size;
}

/** What tells two builds apart. */
async function identity(app: App) {
  const format = "{{.Id}} {{.Size}} {{json .RootFS.Layers}}";
  const text = await run("docker", ["image", "inspect", "--format", format, tagOf(app)]);
  const [id = "", size = "", layers = ""] = text.split(" ");
  return { id, size: Number(size), layers: JSON.parse(layers) as string[] };
}

async function baseSize(stage: Stage): Promise<number> {
  const { node } = (await stage.workspace()).settings.images;
  return Number(await run("docker", ["image", "inspect", "--format", "{{.Size}}", node]));
}
