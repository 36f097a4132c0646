import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** The GET request to repeat. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** The result. */
export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
  readonly seconds: number;
  /** Milliseconds, sorted; in an open loop measured from when the request was due. */
  readonly latencies: readonly number[];
}

/** Sends as fast as responses come, over a number of connections. */
export async function closedLoop(
  target: Target,
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const tally = new Tally();
  const end = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) await tally.count(performance.now(), get(target, agent));
    }),
  );
  agent.destroy();
  return tally.result();
}

/** Sends at a fixed rate per second, whether or not responses come. */
export async function openLoop(target: Target, rate: number, seconds: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const tally = new Tally();
  const start = performance.now();
  const pending: Promise<void>[] = [];
  for (let sent = 0; sent < rate * seconds; sent += 1) {
    const due = start + (sent * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    pending.push(tally.count(due, get(target, agent)));
  }
  await Promise.all(pending);
  agent.destroy();
  return tally.result();
}

/** The percentile of sorted values; `share` is from 0 to 1. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

class Tally {
  readonly #start = performance.now();
  readonly #latencies: number[] = [];
  #errors = 0;

  async count(due: number, answer: Promise<number>): Promise<void> {
    const status = await answer.catch(() => 0);
    if (status !== 200) this.#errors += 1;
    this.#latencies.push(performance.now() - due);
  }

  result(): LoadResult {
    return {
      requests: this.#latencies.length,
      errors: this.#errors,
      seconds: (performance.now() - this.#start) / 1000,
      latencies: this.#latencies.sort((a, b) => a - b),
    };
  }
}

function get({ url, token }: Target, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/api/tasks`,
      { agent, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        response.resume();
        response.on("end", () => {
          resolve(response.statusCode ?? 0);
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end();
  });
}
