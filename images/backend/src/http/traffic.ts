import type { Socket } from "node:net";
import { getHeapStatistics } from "node:v8";

import type { FastifyReply, FastifyRequest } from "fastify";

import { HttpProblem } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** What the request takes of the memory for all; set by `Traffic.begin`. */
    share: Share;
  }
  interface FastifyContextConfig {
    /** What the handler of this route may need beside body and answer, in bytes. */
    workingBytes?: number;
  }
}

const KiB = 1024;

/** How much may be under way at a time. */
export interface TrafficLimits {
  /** Bytes for everyone together; default 3/8 of the heap. */
  readonly totalBytes: number;
  /** Bytes for one person, or for one address that has not signed in; default a sixth of that. */
  readonly bytesEach: number;
  /** Requests on one connection, for clients that don't wait for answers; default 64. */
  readonly pipelined: number;
  /** Longest that an answer waits for its client to take some of it, in ms; default 20 000. */
  readonly stallMs: number;
}

const MiB = 1024 * KiB;

/**
 * Limits that fit a heap, whose size follows the memory of the container (see the Dockerfile): 24 MiB
 * in a pod of 192 MiB.
 *
 * @param heapBytes largest size of the heap; default this process's.
 */
export function trafficLimits(heapBytes = getHeapStatistics().heap_size_limit): TrafficLimits {
  // A container without a limit has the memory of its node, which is not for requests alone.
  const totalBytes = Math.min((heapBytes * 3) / 8, 256 * MiB);
  return {
    totalBytes,
    // The largest answer that there can be has to fit.
    bytesEach: Math.max(totalBytes / 6, 4 * MiB),
    pipelined: 64,
    stallMs: 20_000,
  };
}

/** What any request takes: its headers, and the objects that go with it. */
const requestBytes = 16 * KiB;

/** Answers up to this size fit into the kernel's buffers, whether or not the client reads. */
const smallAnswer = 16 * KiB;

/** Large answers whose sizes are remembered, for the requests that ask for the same again. */
const remembered = 1000;

const comeBack = { retryAfterSeconds: 2 };

/**
 * Bounds the memory of all requests together: each one has a share from its first byte until its
 * answer has been taken, for its body, its work, and its answer.
 */
export class Traffic {
  readonly #limits: TrafficLimits;
  readonly #used = new Map<string, number>();
  /** Requests under way on each connection. */
  readonly #underWay = new WeakMap<Socket, number>();
  /** Sizes of the last answers, for those that were large. */
  readonly #expected = new Map<string, number>();
  #total = 0;

  constructor(limits: Partial<TrafficLimits> = {}) {
    this.#limits = { ...trafficLimits(), ...limits };
  }

  /** Bytes of all shares now. */
  get bytes(): number {
    return this.#total;
  }

  /**
   * Gives a request its share, which ends when the answer is through or the connection gone.
   *
   * @throws HttpProblem 429 when too many are under way on this connection, which is closed.
   */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const { socket } = request.raw;
    const share = new Share((whose, bytes) => {
      this.#add(whose, bytes);
    });
    request.share = share;
    const count = (change: 1 | -1) => {
      const underWay = (this.#underWay.get(socket) ?? 0) + change;
      this.#underWay.set(socket, underWay);
      return underWay;
    };
    // Comes too for answers that wait behind others when their connection closes.
    reply.raw.once("close", () => {
      count(-1);
      share.end();
    });
    if (count(1) <= this.#limits.pipelined) return;
    socket.destroy();
    throw new HttpProblem(429, "Too many requests on one connection; wait for answers.", comeBack);
  }

  /**
   * Takes room for a request: for its body, its work, and an answer as large as the last one.
   *
   * @param whose id of the person, or the address of someone who has not signed in.
   * @throws HttpProblem 429 when they have too much under way, 503 when all together have.
   */
  admit(whose: string, { headers, method, routeOptions, share }: FastifyRequest): void {
    const { bodyLimit, config, url = "" } = routeOptions;
    const length = Number(headers["content-length"] ?? 0);
    const body =
      headers["transfer-encoding"] === undefined ? Math.min(length, bodyLimit) : bodyLimit;
    share.admit(whose, `${whose} ${method} ${url}`, requestBytes + (config.workingBytes ?? 0));
    try {
      share.resize(Math.max(body, this.#expected.get(share.what) ?? 0));
    } catch (error) {
      // Saying no takes nothing that counts, and tells nothing about answers.
      share.end();
      throw error;
    }
  }

  /** Counts an answer until it has been taken, and lets go of clients that take nothing. */
  send(share: Share, reply: FastifyReply, payload: unknown): void {
    if (typeof payload === "string") {
      const size = Buffer.byteLength(payload);
      if (reply.statusCode < 400) this.#remember(share.what, size);
      share.resize(size);
      if (size <= smallAnswer) return;
    } else if (payload === null || payload === undefined) {
      return;
    }
    // Node's own timer, which starts anew whenever some of the answer has gone out.
    reply.raw.setTimeout(this.#limits.stallMs, () => {
      reply.raw.destroy();
    });
  }

  #add(whose: string, bytes: number): void {
    const used = (this.#used.get(whose) ?? 0) + bytes;
    if (bytes > 0 && used > this.#limits.bytesEach) {
      throw new HttpProblem(
        429,
        "You have too many requests under way at once; wait for some of the answers.",
        comeBack,
      );
    }
    if (bytes > 0 && this.#total + bytes > this.#limits.totalBytes) {
      throw new HttpProblem(503, "The server has too much to do right now; try again.", comeBack);
    }
    this.#total += bytes;
    if (used > 0) this.#used.set(whose, used);
    else this.#used.delete(whose);
  }

  #remember(what: string, size: number): void {
    if (size > smallAnswer) {
      const [oldest] = this.#expected.keys();
      if (this.#expected.size >= remembered && oldest !== undefined) this.#expected.delete(oldest);
      this.#expected.set(what, size);
    } else if (this.#expected.size > 0) {
      this.#expected.delete(what);
    }
  }
}

/** The part of one request; nothing until somebody is named whose it is. */
export class Share {
  readonly #add: (whose: string, bytes: number) => void;
  #whose: string | undefined;
  #what = "";
  #fixed = 0;
  #bytes = 0;

  /** @param add takes or, when negative, gives back bytes. */
  constructor(add: (whose: string, bytes: number) => void) {
    this.#add = add;
  }

  /** Names person and route, the same for requests whose answers are much alike. */
  get what(): string {
    return this.#what;
  }

  /** Names whose share it is. @param fixed what it takes beside all else, in bytes. */
  admit(whose: string, what: string, fixed: number): void {
    this.#whose = whose;
    this.#what = what;
    this.#fixed = fixed;
  }

  /**
   * Makes the share as large as this, beside what the request takes anyway.
   *
   * @throws HttpProblem 429 or 503 when there is no room; the share stays as it was.
   */
  resize(bytes: number): void {
    if (this.#whose === undefined) return;
    this.#add(this.#whose, this.#fixed + bytes - this.#bytes);
    this.#bytes = this.#fixed + bytes;
  }

  end(): void {
    if (this.#whose === undefined) return;
    this.#add(this.#whose, -this.#bytes);
    this.#whose = undefined;
  }
}
