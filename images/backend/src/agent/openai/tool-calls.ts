import { randomUUID } from "node:crypto";

import { asFields, asText, isFields, type Fields } from "./wire.ts";

/** A call that the model requests, with its raw arguments. */
export interface WantedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** Endpoint-specific fields to send back, like Gemini's thought signature. */
  readonly fields: Fields;
  /** The same within `function`. */
  readonly functionFields: Fields;
}

type CallInTheMaking = { index: unknown } & { -readonly [K in keyof WantedCall]: WantedCall[K] };

/** Assembles streamed tool calls. */
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

  /** The calls, with unique ids. */
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

  /** The call that a chunk continues. Endpoints may omit index or id, or repeat the same index. */
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

/** Nine letters and digits, as Mistral, the strictest endpoint, requires. */
function newId(): string {
  return randomUUID().replaceAll("-", "").slice(0, 9);
}
