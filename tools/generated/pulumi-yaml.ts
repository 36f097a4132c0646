import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { format } from "prettier";
import { stringify } from "yaml";

import { schema } from "../../config/schema.ts";
import { keysAt, unwrap } from "../../config/tree.ts";
import { project } from "../../lib/project.ts";

/** Pulumi.yaml with all settings and their defaults, which the engine reads. */
export async function pulumiYaml(): Promise<string> {
  const text = await readFile(join(project, "Pulumi.yaml"), "utf8");
  const [head = ""] = text.split(/^config:$/m);
  const defaults = schema.parse({});
  const config = Object.fromEntries(
    Object.entries(schema.shape).map(([key, type]) => [
      key,
      {
        type: "object",
        description: `${unwrap(type).meta.description ?? ""} Keys: ${keysAt([key]).join(", ")}.`,
        default: defaults[key as keyof typeof defaults],
      },
    ]),
  );
  return format(`${head}${stringify({ config }, { lineWidth: 98 })}`, {
    parser: "yaml",
    printWidth: 100,
  });
}
