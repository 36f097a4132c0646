import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { schemaLabel } from "../../components/images/schema-version.ts";
import { migrations } from "../../images/backend/src/database/migrations.ts";
import { project } from "../../lib/project.ts";

/** The backend's Dockerfile with the newest schema version, of which the migrations are the home. */
export async function backendDockerfile(): Promise<string> {
  const text = await readFile(join(project, "images/backend/Dockerfile"), "utf8");
  const line = new RegExp(`^LABEL ${schemaLabel}=.*$`, "m");
  return text.replace(line, `LABEL ${schemaLabel}=${migrations.at(-1)?.version ?? 0}`);
}
