/**
 * Parses the subset of Markdown that chat answers use. The page renders these nodes and nothing
 * else: HTML stays text, an image becomes a link, and a link goes to http, https or mailto. Time is
 * linear in the length of the text.
 */

export type Inline =
  | { readonly type: "text" | "code"; readonly text: string }
  | { readonly type: "break" }
  | { readonly type: "strong" | "emphasis" | "deleted"; readonly children: readonly Inline[] }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] };

export interface ListItem {
  /** Set for `[ ]` and `[x]`. */
  readonly checked: boolean | undefined;
  readonly children: readonly Inline[];
  readonly nested: readonly Block[];
}

export type Block =
  | { readonly type: "paragraph" | "heading" | "quote"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "rule" }
  | {
      readonly type: "list";
      readonly start: number | undefined;
      readonly items: readonly ListItem[];
    };

const maxDepth = 5;
const listMarker = /^( *)(?:[-*+]|(\d{1,9})[.)]) +(?=\S)/;
const taskMarker = /^\[([ xX])\] +/;

export function parseMarkdown(text: string): Block[] {
  return parseBlocks(text.replace(/\r\n?/g, "\n").replaceAll("\t", "    ").split("\n"), 0);
}

function parseBlocks(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;

  /** Consumes lines while they satisfy the test. */
  function take(test: (line: string) => boolean): string[] {
    const from = at;
    while (at < lines.length && test(lines[at] ?? "")) at++;
    return lines.slice(from, at);
  }

  while (at < lines.length) {
    const line = lines[at] ?? "";
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (line.trim() === "") {
      at++;
    } else if (fence !== undefined) {
      at++;
      const text = take((inner) => !inner.trimStart().startsWith(fence)).join("\n");
      at++;
      blocks.push({ type: "code", text });
    } else if (/^ {0,3}(?:-{3,}|\*{3,}|_{3,}) *$/.test(line)) {
      at++;
      blocks.push({ type: "rule" });
    } else if (/^ {0,3}#{1,6} /.test(line)) {
      at++;
      const title = line.trim().replace(/^#+ +/, "").replace(/ #+$/, "");
      blocks.push({ type: "heading", children: parseInline(title) });
    } else if (/^ {0,3}>/.test(line)) {
      const quoted = take((inner) => /^ {0,3}>/.test(inner));
      const text = quoted.map((inner) => inner.replace(/^ {0,3}> ?/, "")).join("\n");
      blocks.push({ type: "quote", children: parseInline(text) });
    } else if (listMarker.test(line) && depth < maxDepth) {
      blocks.push(parseList());
    } else {
      const paragraph = [line.trim()];
      at++;
      paragraph.push(...take(isParagraphLine).map((inner) => inner.trim()));
      blocks.push({ type: "paragraph", children: parseInline(paragraph.join("\n")) });
    }
  }
  return blocks;

  function isParagraphLine(line: string): boolean {
    return (
      line.trim() !== "" && !/^ {0,3}(?:`{3}|~{3}|#{1,6} |>)/.test(line) && !listMarker.test(line)
    );
  }

  function parseList(): Block {
    const [, indent = "", number] = listMarker.exec(lines[at] ?? "") ?? [];
    const items: ListItem[] = [];
    while (at < lines.length) {
      const match = listMarker.exec(lines[at] ?? "");
      if (match?.[1] !== indent || (match[2] === undefined) !== (number === undefined)) break;
      const content = (lines[at] ?? "").slice(match[0].length);
      at++;
      // Deeper indented lines belong to this item, even after one empty line.
      const deeper = (line: string) => line.startsWith(`${indent}  `);
      const inside = take(
        (line) => deeper(line) || (line.trim() === "" && deeper(lines[at + 1] ?? "")),
      );
      const checked = taskMarker.exec(content)?.[1];
      items.push({
        checked: checked === undefined ? undefined : checked !== " ",
        children: parseInline(content.replace(taskMarker, "")),
        nested: parseBlocks(outdent(inside), depth + 1),
      });
      if ((lines[at] ?? "").trim() === "" && listMarker.exec(lines[at + 1] ?? "")?.[1] === indent)
        at++;
    }
    return { type: "list", start: number === undefined ? undefined : Number(number), items };
  }
}

function outdent(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const least = Math.min(...indents, 80);
  return lines.map((line) => line.slice(least));
}

const delimiters = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "deleted"],
  ["*", "emphasis"],
  ["_", "emphasis"],
] as const;

/** Parses the content of a block. */
export function parseInline(text: string, depth = 0): Inline[] {
  const nodes: Inline[] = [];
  /** Markers that don't occur again, to search for each only once. */
  const exhausted = new Set<string>();
  let plain = "";
  let at = 0;

  function find(mark: string, from: number): number {
    if (exhausted.has(mark)) return -1;
    const found = text.indexOf(mark, from);
    if (found < 0) exhausted.add(mark);
    return found;
  }
  function push(node: Inline, end: number): void {
    if (plain !== "") nodes.push({ type: "text", text: plain });
    plain = "";
    nodes.push(node);
    at = end;
  }

  while (at < text.length) {
    const character = text[at] ?? "";
    if (character === "\\" && /[\\`*_~[\]()#+\-.!>]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1] ?? "";
      at += 2;
    } else if (character === "\n") {
      push({ type: "break" }, at + 1);
    } else if (!takeCode() && !takeLink() && !takeAddress() && !takeSpan()) {
      plain += character;
      at++;
    }
  }
  if (plain !== "") nodes.push({ type: "text", text: plain });
  return nodes;

  function takeCode(): boolean {
    if (text[at] !== "`") return false;
    const end = find("`", at + 1);
    if (end <= at + 1) return false;
    push({ type: "code", text: text.slice(at + 1, end) }, end + 1);
    return true;
  }

  /** `[text](address)`, and `![text](address)`, which becomes a link too. */
  function takeLink(): boolean {
    const open = text.startsWith("![", at) ? at + 1 : at;
    if (text[open] !== "[" || depth >= maxDepth) return false;
    const middle = find("](", open + 1);
    const end = middle < 0 ? -1 : find(")", middle + 2);
    if (end < 0) return false;
    const label = text.slice(open + 1, middle);
    const href = safeAddress(
      text
        .slice(middle + 2, end)
        .trim()
        .split(/\s/, 1)[0] ?? "",
    );
    if (href === undefined || label.includes("[")) return false;
    const children = parseInline(label || href, maxDepth);
    push({ type: "link", href, children }, end + 1);
    return true;
  }

  /** A bare `https://...`. */
  function takeAddress(): boolean {
    if (text[at] !== "h" || /\w/.test(text[at - 1] ?? "") || depth >= maxDepth) return false;
    const found = /^https?:\/\/[^\s<>"'`]{1,2000}/.exec(text.slice(at, at + 2008))?.[0];
    const address = found?.replace(/[.,;:!?)\]*_~]+$/, "");
    const href = address === undefined ? undefined : safeAddress(address);
    if (address === undefined || href === undefined) return false;
    push({ type: "link", href, children: [{ type: "text", text: address }] }, at + address.length);
    return true;
  }

  function takeSpan(): boolean {
    const [mark, type] = delimiters.find(([delimiter]) => text.startsWith(delimiter, at)) ?? [];
    if (mark === undefined || depth >= maxDepth) return false;
    const from = at + mark.length;
    // As in file_name_with_underscores, which is not emphasis.
    if (mark.startsWith("_") && /\w/.test(text[at - 1] ?? "")) return false;
    const end = find(mark, from);
    if (end <= from || /\s/.test(text[from] ?? "") || /\s/.test(text[end - 1] ?? "")) return false;
    if (mark.startsWith("_") && /\w/.test(text[end + mark.length] ?? "")) return false;
    push({ type, children: parseInline(text.slice(from, end), depth + 1) }, end + mark.length);
    return true;
  }
}

/** The address if its scheme is allowed, else undefined. */
export function safeAddress(address: string): string | undefined {
  const url = URL.parse(address);
  return url !== null && ["http:", "https:", "mailto:"].includes(url.protocol)
    ? url.href
    : undefined;
}
