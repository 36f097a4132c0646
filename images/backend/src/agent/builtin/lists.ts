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

/** Finds a list of at least two lines; undefined if other lines are among them. */
export function readPastedList(text: string): PastedList | undefined {
  const lines = text.split("\n");
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
