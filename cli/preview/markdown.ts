/** Maximum number of characters in a folded block, and in a line of it. */
const maxFold = 6_000;
const maxLine = 300;

/** A collapsible block of a comment; very long text is truncated visibly. */
export function folded(head: string, lines: readonly string[], language = ""): string {
  const shown = cutLines(lines);
  // The fence must be longer than any in the text.
  const runs = shown.flatMap((line) => line.match(/`{3,}/g) ?? []);
  const fence = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return [
    `<details><summary>${escape(head)}</summary>`,
    "",
    `${fence}${language}`,
    ...shown,
    fence,
    "",
    "</details>",
  ].join("\n");
}

function cutLines(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let size = 0;
  for (const line of lines) {
    const short = line.length > maxLine ? `${line.slice(0, maxLine)}…` : line;
    size += short.length + 1;
    if (size > maxFold) return [...kept, `… ${lines.length - kept.length} more lines`];
    kept.push(short);
  }
  return kept;
}

/** A table with Markdown cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/\|/g, "\\|").replace(/\s*\n\s*/g, " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Inline code; empty for empty text. */
export const code = (text: string): string =>
  text === "" ? "" : `\`${text.replace(/`/g, "'").slice(0, maxLine)}\``;

/** Escapes HTML. */
export const escape = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] ?? sign);

/** A part of a comment with a heading. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly string[];
}

/**
 * GitHub rejects comments over 65,536 characters. It may count differently, and nobody reads that much
 * anyway.
 */
export const maxComment = 50_000;

/**
 * Joins sections into one comment. While it is too long, the longest section loses its last block.
 *
 * @param rest a sentence that says where to find the whole
 */
export function comment(head: string, sections: readonly Section[], rest: string): string {
  const kept = sections.map(({ title, blocks }) => ({ title, blocks: [...blocks], dropped: 0 }));
  const length = ({ blocks }: Section) => blocks.reduce((sum, { length }) => sum + length + 2, 0);
  const lengths = kept.map(length);
  // Minus the head, the headings and the notes about omitted parts.
  const room = maxComment - head.length - kept.length * (rest.length + 200);
  while (lengths.reduce((sum, each) => sum + each, 0) > room) {
    const longest = lengths.indexOf(Math.max(...lengths));
    const section = kept[longest];
    const block = section?.blocks.pop();
    if (section === undefined || block === undefined) break;
    section.dropped += 1;
    lengths[longest] = (lengths[longest] ?? 0) - block.length - 2;
  }
  const parts = [
    head,
    ...kept.flatMap(({ title, blocks, dropped }) => [
      `### ${title}`,
      ...blocks,
      ...(dropped === 0 ? [] : [`_${dropped} more part(s) are omitted here. ${rest}_`]),
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}
