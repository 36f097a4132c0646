import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { show } from "../../lib/exec.ts";
import { project as source } from "../../lib/project.ts";
import { median } from "../measure.ts";
import { seconds } from "../table.ts";
import { edited, title, untilAnswered } from "./code.ts";
import type { Row } from "./row.ts";

const port = 30190;

/** A saved line of the backend until the first answer of the new code, with neither Docker nor cluster. */
export const dev: Row = {
  name: "dev",
  about: "saved backend line until the new code's first answer under `npm run dev`",
  async measure({ project }, pairs) {
    for (const app of ["backend", "frontend"]) {
      const modules = `images/${app}/node_modules`;
      await symlink(join(source, modules), join(project.folder, modules));
    }
    const url = `http://localhost:${port}`;
    const stop = new AbortController();
    const args = ["run", "--silent", "dev", "--", "--port", `${port}`];
    const { folder: cwd } = project;
    const ended = show("npm", args, { cwd, onLine: () => undefined, signal: stop.signal });
    let mark = title;
    const edit = async (next: string) => {
      await project.edit(edited, mark, next);
      mark = next;
    };
    try {
      await untilAnswered(url, title, () => Promise.resolve());
      const times: number[] = [];
      for (let round = 0; round < pairs; round += 1) {
        // As somebody who reads the answer before the next edit.
        await sleep(1_000);
        const next = `${title} ${round}`;
        times.push((await untilAnswered(url, next, () => edit(next))).wall);
      }
      return [
        {
          what: "saved backend line → first answer of the new code under `npm run dev`",
          target: "median ≤ 1 s",
          ours: seconds(median(times)),
          worst: seconds(Math.max(...times)),
          pairs,
        },
      ];
    } finally {
      await edit(title);
      stop.abort();
      await ended;
    }
  },
};
