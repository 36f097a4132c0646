/** A list in a message: lines with bullets, numbers or boxes, below a heading or none. */
export interface PastedList {
  readonly heading: string;
  readonly items: readonly string[];
  /** What is ticked already. */
  readonly ticked: readonly string[];
}

const bullet = /^(?:[-*•·–]|\(?\d{1,3}[.)])\s+(?=\S)/;
const box = /^(?:☐|\[ ?\])\s*(?=\S)/;
const tick = /^(?:☑️?|✅|✓|\[[xX✓]\])\s*(?=\S)/u;

/** "Groceries: apples, pears and eggs", or a line for each: things of a few words. */
export function readInlineList(text: string): PastedList | undefined {
  const [, heading = "", rest = ""] =
    /^([\p{Letter}']+(?: [\p{Letter}']+){0,2}): (.+)$/u.exec(text) ?? [];
  const isLines = heading === "" && text.includes("\n");
  const items = isLines ? text.split("\n") : rest.split(/,\s*(?:and\s+)?|\s+and\s+/);
  const isPlain = items.every((item) =>
    /^[\p{Letter}\d'-]+(?: [\p{Letter}\d'-]+){0,3}$/u.test(item),
  );
  return items.length >= (isLines ? 2 : 3) && isPlain ? { heading, items, ticked: [] } : undefined;
}

/** Finds a list of at least two lines; undefined if other lines are among them. */
export function readPastedList(text: string): PastedList | undefined {
  // "1. milk 2. eggs" on one line.
  const isNumbered =
    /^(?:[\p{Letter}\d' ]{3,40}: ?)?\(?1[.)] .+ \(?2[.)] /u.test(text) && !text.includes("\n");
  const lines = text.split(isNumbered ? / (?=\(?\d{1,2}[.)] )/ : "\n");
  const isItem = (line: string) => [bullet, box, tick].some((mark) => mark.test(line));
  const first = isItem(lines[0] ?? "") ? 0 : 1;
  const items = lines.slice(first);
  if (items.length < 2 || !items.every(isItem)) return undefined;
  const plain = items.map((line) => line.replace(bullet, ""));
  const strip = (mark: RegExp) => (line: string) => line.replace(mark, "");
  return {
    heading: first === 0 ? "" : (lines[0] ?? "").replace(/[\s:]+$/, ""),
    items: plain.filter((line) => !tick.test(line)).map(strip(box)),
    ticked: plain.filter((line) => tick.test(line)).map(strip(tick)),
  };
}
