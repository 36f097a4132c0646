/** A phase of a command, and how densely it is interrupted. */
export interface Phase {
  readonly operation: string;
  readonly phase: string;
  /** Whether what exists and what the state knows differ here: it gets more points. */
  readonly isEdge: boolean;
  /** It is interrupted within this many milliseconds of its beginning. */
  readonly spreadMs: number;
}

/** Where to interrupt: milliseconds after the beginning of a phase. */
export interface Point<P extends Phase, E extends string> {
  readonly phase: P;
  readonly ending: E;
  readonly delayMs: number;
}

/**
 * Spreads points over phases: the edges first, then the other phases, then three in four of the rest
 * to the edges. Pure; the same seed gives the same points.
 *
 * @returns the points in the order of their phases
 */
export function spread<P extends Phase, E extends string>(
  phases: readonly P[],
  endings: readonly E[],
  count: number,
  seed: number,
): Point<P, E>[] {
  const random = generator(seed);
  const shuffled = phases.map((phase) => ({ phase, key: random() })).sort((a, b) => a.key - b.key);
  const edges = shuffled.flatMap(({ phase }) => (phase.isEdge ? [phase] : []));
  const others = shuffled.flatMap(({ phase }) => (phase.isEdge ? [] : [phase]));
  const chosen = [...edges, ...others].slice(0, count);
  while (chosen.length < count) {
    const from = random() < 0.75 && edges.length > 0 ? edges : shuffled.map(({ phase }) => phase);
    chosen.push(from[Math.floor(random() * from.length)]!);
  }
  // In turn, so that no phase always gets the same ending.
  const turns = new Map<P, number>(phases.map((phase) => [phase, Math.floor(random() * 60)]));
  return phases.flatMap((phase) =>
    chosen
      .filter((each) => each === phase)
      .map(() => {
        const turn = turns.get(phase) ?? 0;
        turns.set(phase, turn + 1);
        const delayMs = Math.round(random() * phase.spreadMs);
        return { phase, ending: endings[turn % endings.length]!, delayMs };
      }),
  );
}

/** Pseudorandom numbers from 0 to 1 (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
