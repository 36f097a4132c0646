import assert from "node:assert/strict";

import type { Fetch } from "./client.ts";
import { Person, Traffic } from "./client.ts";

/** Users who read, and writes per second. */
interface Extent {
  readonly readers?: number;
  readonly writesPerSecond?: number;
}

/** Requests at a fixed rate, whether or not responses arrive: writes, and reads. */
export class Load {
  readonly #readers: readonly Person[];
  readonly #writer: Person;
  readonly #reads: Traffic[] = [];
  readonly #writes: Traffic;
  readonly #acknowledged: string[] = [];
  /** When it began, and when each write was acknowledged. */
  readonly #times = [performance.now()];

  private constructor(people: readonly Person[], writer: Person, writesPerSecond: number) {
    this.#readers = people;
    this.#writer = writer;
    this.#writes = new Traffic(async (index) => {
      const title = `task ${index}`;
      await writer.ask("POST", "/api/tasks", { title });
      this.#acknowledged.push(title);
      this.#times.push(performance.now());
    }, writesPerSecond);
  }

  static async start(
    url: string,
    how: Fetch = fetch,
    { readers: number = 4, writesPerSecond = 2 }: Extent = {},
  ): Promise<Load> {
    const people = Array.from({ length: number + 1 }, () => new Person(url, how));
    for (const person of people) await person.register();
    const [writer, ...readers] = people as [Person, ...Person[]];
    return new Load(readers, writer, writesPerSecond);
  }

  /** Seconds since a write was acknowledged. */
  get pause(): number {
    return (performance.now() - (this.#times.at(-1) ?? 0)) / 1000;
  }

  /** Most seconds from one acknowledged write to the next. */
  get longestPause(): number {
    const pauses = this.#times.slice(1).map((time, index) => time - (this.#times[index] ?? 0));
    return Math.max(0, ...pauses) / 1000;
  }

  /** Adds reads. @returns what ends them */
  read(perSecond: number): Traffic {
    const readers = this.#readers;
    const reads = new Traffic((index) => readers[index % readers.length]!.titles(), perSecond);
    this.#reads.push(reads);
    return reads;
  }

  /** Ends it; fails if a request failed, or a write that was acknowledged is not there. */
  async end(): Promise<void> {
    const failures = await this.outcome();
    assert.deepEqual(failures.slice(0, 10), [], `${failures.length} requests failed`);
  }

  /**
   * Ends it; fails if a write that was acknowledged is not there.
   *
   * @returns requests that failed, each with its time in ISO 8601 and the reason
   */
  async outcome(): Promise<readonly string[]> {
    const all = [this.#writes, ...this.#reads];
    await Promise.all(all.map((traffic) => traffic.stop()));
    const failures = all.flatMap((traffic) => traffic.failures);
    const sent = all.reduce((sum, traffic) => sum + traffic.sent, 0);
    const there = new Set(await this.#writer.titles());
    const lost = this.#acknowledged.filter((title) => !there.has(title));
    console.log(
      `      ${failures.length} of ${sent} requests failed; ${lost.length} of ${this.#acknowledged.length} writes lost`,
    );
    assert.deepEqual(lost, []);
    return failures;
  }
}
