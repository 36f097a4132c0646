/** Hides what is in quotes, because it is part of a title; every other character keeps its place. */
export function hideQuotes(text: string): string {
  return text.replaceAll(/"[^"]*"|“[^”]*”/g, (quote) => "\u0001".repeat(quote.length));
}

/** A text without a match, and without the gap that it leaves before a comma or between words. */
export function takeOut(text: string, { index, 0: phrase }: RegExpExecArray): string {
  return `${text.slice(0, index)} ${text.slice(index + phrase.length)}`
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ([,.;!?])(?!\w)/g, "$1");
}
