const names = "(?:think|thinking|thought|reasoning)";
const opening = new RegExp(`<${names}>`, "i");
const closing = new RegExp(`</${names}>`, "i");
/** Closes a thought without an opening tag; within a line, the answer just mentions the tag. */
const strayClosing = new RegExp(`</${names}>[ \t]*\r?\n`, "i");
/** The end of a chunk that may be the start of a tag. */
const unfinished = new RegExp(`(?:</?[a-z]{0,9}|</${names}>[ \t]*\r?)$`, "i");

/**
 * Removes a reasoning model's thoughts, between `<think>` and `</think>`, from an answer. A tag may
 * be split between chunks, and the opening one is missing if the model's template contains it.
 */
export class ThoughtFilter {
  #pending = "";
  #isInside: boolean;
  #text = "";
  #lacksOpening = false;

  /** @param beginsInside whether this model's answers start inside a thought. */
  constructor(beginsInside: boolean) {
    this.#isInside = beginsInside;
  }

  /** The answer without thoughts; less than was passed on if a thought had no opening tag. */
  get text(): string {
    return this.#text;
  }

  get lacksOpening(): boolean {
    return this.#lacksOpening;
  }

  /** Processes the next chunk; returns the text for the user. */
  write(piece: string): string {
    this.#pending += piece;
    let shown = "";
    for (;;) {
      if (this.#isInside) {
        const end = closing.exec(this.#pending);
        if (!end) return shown;
        this.#take(end.index + end[0].length);
        this.#isInside = false;
      }
      const start = opening.exec(this.#pending);
      const stray = strayClosing.exec(this.#pending);
      if (stray && !(start && start.index < stray.index)) {
        this.#take(stray.index + stray[0].length);
        this.#text = shown = "";
        this.#lacksOpening = true;
      } else if (start) {
        shown += this.#show(this.#take(start.index));
        this.#isInside = true;
      } else {
        const length = unfinished.exec(this.#pending)?.index ?? this.#pending.length;
        return shown + this.#show(this.#take(length));
      }
    }
  }

  /**
   * Returns held-back text that is not a thought: an unclosed tag within the answer is just
   * mentioned.
   *
   * @param isCutOff whether the answer ended at the token limit.
   */
  end(isCutOff: boolean): string {
    const beginsAnswer = this.#text === "" && opening.exec(this.#pending)?.index === 0;
    const rest = this.#take(this.#pending.length);
    return this.#isInside && (isCutOff || beginsAnswer) ? "" : this.#show(rest);
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return taken;
  }

  #show(text: string): string {
    const shown = this.#text === "" ? text.trimStart() : text;
    this.#text += shown;
    return shown;
  }
}
