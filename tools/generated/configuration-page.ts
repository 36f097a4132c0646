import * as z from "zod";

import { schema } from "../../config/schema.ts";
import type { Field } from "../../config/tree.ts";
import { discriminatorOf, fieldsBelow, keysAt, unwrap } from "../../config/tree.ts";
import { table } from "./markdown.ts";

/** The reference page of the settings. */
export function configurationPage(): string {
  const groups = Object.entries(schema.shape).map(([key, type]) => group(key, type));
  return `# Configuration

Generated from the schemas beside the components (\`components/*/*.schema.ts\`) by \`npm run generate\`.

Set a value with \`npm start -- --set network.nodePort=30100\`, or with plain Pulumi:

\`\`\`sh
pulumi config set --path todo-chatbot:network.nodePort 30100
pulumi config set --path --secret todo-chatbot:openai.apiKey …
pulumi config set --path 'todo-chatbot:monitoring.labels["example.org/team"]' todo
\`\`\`

An empty value counts as unset. Settings without a default are optional unless marked as required: in their mode, or together
with the rest of their group. Secrets must be encrypted; messages never show them.

${groups.join("\n")}`;
}

function group(key: string, type: z.core.$ZodType): string {
  const fields = fieldsBelow(type, [key]);
  const discriminator = discriminatorOf(type);
  const first = keysAt([key]);
  const paths = [...new Set(fields.map(({ path }) => path.join(".")))].toSorted(
    (a, b) => first.indexOf(a.split(".")[1] ?? "") - first.indexOf(b.split(".")[1] ?? ""),
  );
  const modes = new Set(fields.flatMap(({ mode }) => mode?.[1] ?? []));
  const rows = paths.map((path) => {
    const variants = fields.filter((field) => field.path.join(".") === path);
    return path === `${key}.${discriminator ?? ""}`
      ? modeRow(path, variants)
      : row(path, variants, modes.size);
  });
  return `## ${key}

${unwrap(type).meta.description ?? ""}

${table(["setting", "value", "default", "description"], rows)}
`;
}

function modeRow(path: string, variants: readonly Field[]): string[] {
  const values = variants.map((variant) => `\`${valueOf(variant)}\``);
  const meanings = variants.map(
    (variant) => `\`${valueOf(variant)}\`: ${lower(variant.description ?? "")}`,
  );
  return [`\`${path}\``, values.join(", "), values[0] ?? "", `${meanings.join("; ")}.`];
}

function row(path: string, variants: readonly Field[], modes: number): string[] {
  const [field] = variants;
  const accepted = [...new Set(variants.flatMap((variant) => variant.accepted ?? []))];
  const named = variants.flatMap(({ mode }) => (mode ? [`\`${mode[1]}\``] : []));
  const [key = ""] = variants.flatMap(({ mode }) => mode?.[0] ?? []);
  const limit = named.length > 0 && named.length < modes ? `With ${key} ${named.join(", ")}. ` : "";
  const descriptions = variants.flatMap(({ description }) => description ?? []);
  const secret = field?.secret ? "Secret. " : "";
  return [
    `\`${path}\``,
    accepted.join("; or ") || "labels",
    defaultOf(variants),
    `${secret}${limit}${[...new Set(descriptions)].join(" ")}`,
  ];
}

function defaultOf(variants: readonly Field[]): string {
  const given = variants.find((variant) => variant.default !== undefined)?.default;
  if (given !== undefined)
    return `\`${typeof given === "string" ? given : JSON.stringify(given)}\``;
  const required = variants.filter(({ isOptional }) => !isOptional);
  if (required.length === 0) return "";
  if (required.length === variants.length) return "required";
  return `required with ${required.map(({ mode }) => `\`${mode?.[1] ?? ""}\``).join(", ")}`;
}

const valueOf = ({ type }: Field) => (type instanceof z.ZodLiteral ? String(type.value) : "");

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
