import { chartSettings } from "./chart-settings.ts";
import { table, withBlock } from "./markdown.ts";

/** The chart's README with the table of its values. */
export function chartReadme(): Promise<string> {
  const rows = chartSettings().map(({ path, default: value, description = "" }) => [
    `\`${path}\``,
    `\`${JSON.stringify(value)}\``,
    description,
  ]);
  return withBlock(
    "charts/todo-chatbot/README.md",
    "values",
    table(["Value", "Default", "What it does"], rows),
  );
}
