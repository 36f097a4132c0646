const names = "(?:think|thinking|thought|reasoning)";
const opening = new RegExp(`<${names}>`, "i");
const closing = new RegExp(`</${names}>`, "i");
/** Closes a thought that never began; within a line it is something that the answer speaks of. */
const strayClosing = new RegExp(`</${names}>[ \t]*\r?\n`, "i");
/** The end of a piece that the next one may make a tag of. */
const unfinished = new RegExp(`(?:</?[a-z]{0,9}|</${names}>[ \t]*\r?)$`, "i");

/**
 * Takes out of an answer what a reasoning model writes to itself, between `<think>` and `</think>`.
 * A tag may be split between pieces, and the opening one is missing where the model's template has it.
 */
export class ThoughtFilter {
  #pending = "";
  #isInside: boolean;
  #text = "";
  #lacksOpening = false;

  /** @param beginsInside whether this model's answers begin within a thought. */
  constructor(beginsInside: boolean) {
    this.#isInside = beginsInside;
  }

  /** The answer without thoughts. It is shorter than what was passed on when a thought had no opening tag. */
  get text(): string {
    return this.#text;
  }

  get lacksOpening(): boolean {
    return this.#lacksOpening;
  }

  /** Takes the next piece; gives what of it is for the person. */
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
   * Gives what was held back and is no thought: a tag within the answer that never closes is only spoken of.
   *
   * @param isCutOff whether the answer ended at the limit of tokens.
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
