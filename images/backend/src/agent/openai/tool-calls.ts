import { randomUUID } from "node:crypto";

import { asFields, asText, isFields, type Fields } from "./wire.ts";

/** A call that the model wants, with its arguments as the text that came. */
export interface WantedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** Fields of the endpoint's own, like Gemini's thought signature; it needs them back. */
  readonly fields: Fields;
  /** Such fields of the part `function`. */
  readonly functionFields: Fields;
}

type CallInTheMaking = { index: unknown } & { -readonly [K in keyof WantedCall]: WantedCall[K] };

/** Puts the pieces of tool calls together. */
export class ToolCallReader {
  readonly #calls: CallInTheMaking[] = [];

  get count(): number {
    return this.#calls.length;
  }

  /** Characters of all arguments. */
  get size(): number {
    return this.#calls.reduce((sum, call) => sum + call.arguments.length, 0);
  }

  add(piece: unknown): void {
    const { index, id, type: _type, function: part, ...fields } = asFields(piece);
    const { name, arguments: input, ...functionFields } = asFields(part);
    const call = this.#find(index, asText(id), asText(name)) ?? this.#begin(index);
    call.id ||= asText(id);
    call.name ||= asText(name);
    call.arguments += isFields(input) ? JSON.stringify(input) : asText(input);
    call.fields = { ...call.fields, ...fields };
    call.functionFields = { ...call.functionFields, ...functionFields };
  }

  /** The calls; each has an id of its own. */
  result(): readonly WantedCall[] {
    const ids = new Set<string>();
    return this.#calls
      .filter((call) => call.name !== "" || call.arguments !== "")
      .map(({ index: _index, ...call }) => {
        const id = call.id === "" || ids.has(call.id) ? newId() : call.id;
        ids.add(id);
        return { ...call, id };
      });
  }

  /** The call that a piece goes on with. Endpoints leave out the index or the id, or give all the same index. */
  #find(index: unknown, id: string, name: string): CallInTheMaking | undefined {
    if (typeof index === "number") {
      const call = this.#calls.findLast((call) => call.index === index);
      const isAnother = name !== "" && id !== "" && call?.id !== "" && call?.id !== id;
      return isAnother ? undefined : call;
    }
    const known = id === "" ? undefined : this.#calls.findLast((call) => call.id === id);
    return known ?? (name === "" ? this.#calls.at(-1) : undefined);
  }

  #begin(index: unknown): CallInTheMaking {
    const call = { index, id: "", name: "", arguments: "", fields: {}, functionFields: {} };
    this.#calls.push(call);
    return call;
  }
}

/** Nine letters and digits: what Mistral asks of an id, the strictest of all. */
function newId(): string {
  return randomUUID().replaceAll("-", "").slice(0, 9);
}
