import type { Socket } from "node:net";
import { getHeapStatistics } from "node:v8";

import type { FastifyReply, FastifyRequest } from "fastify";

import { HttpProblem } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The request's share of the memory budget; set by `Traffic.begin`. */
    share: Share;
  }
  interface FastifyContextConfig {
    /** Memory that this route's handler may need in addition to body and response, in bytes. */
    workingBytes?: number;
  }
}

const KiB = 1024;

/** Limits of concurrent requests. */
export interface TrafficLimits {
  /** Bytes for all clients together; default 3/8 of the heap. */
  readonly totalBytes: number;
  /** Bytes for one user, or one address without a sign-in; default a sixth of that. */
  readonly bytesEach: number;
  /** Pipelined requests on one connection; default 64. */
  readonly pipelined: number;
  /** How long a client may stop reading a response, in milliseconds; default 20 000. */
  readonly stallMs: number;
}

const MiB = 1024 * KiB;

/**
 * Limits for a heap size, which follows the container's memory limit (see the Dockerfile): 24 MiB
 * in a pod of 192 MiB.
 *
 * @param heapBytes maximum heap size; default this process's.
 */
export function trafficLimits(heapBytes = getHeapStatistics().heap_size_limit): TrafficLimits {
  // Without a memory limit the heap size follows the node's memory, which is shared.
  const totalBytes = Math.min((heapBytes * 3) / 8, 256 * MiB);
  return {
    totalBytes,
    // The largest possible response has to fit.
    bytesEach: Math.max(totalBytes / 6, 4 * MiB),
    pipelined: 64,
    stallMs: 20_000,
  };
}

/** Overhead of a request: its headers and objects. */
const requestBytes = 16 * KiB;

/** Responses up to this size fit into the kernel's socket buffers, even if the client stalls. */
const smallAnswer = 16 * KiB;

/** How many response sizes are cached, to estimate the next response to the same request. */
const remembered = 1000;

const comeBack = { retryAfterSeconds: 2 };

/**
 * Bounds the memory of all requests together. Each request holds a share for its body, work and
 * response, from its first byte until the response has been sent.
 */
export class Traffic {
  readonly #limits: TrafficLimits;
  readonly #used = new Map<string, number>();
  /** Requests in flight per connection. */
  readonly #underWay = new WeakMap<Socket, number>();
  /** Sizes of the last large responses. */
  readonly #expected = new Map<string, number>();
  #total = 0;

  constructor(limits: Partial<TrafficLimits> = {}) {
    this.#limits = { ...trafficLimits(), ...limits };
  }

  /** Current bytes of all shares. */
  get bytes(): number {
    return this.#total;
  }

  /**
   * Gives a request its share, released when the response is sent or the connection closed.
   *
   * @throws HttpProblem 429 for too many requests in flight on this connection, which is closed.
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
    // Also emitted for queued responses when their connection closes.
    reply.raw.once("close", () => {
      count(-1);
      share.end();
    });
    if (count(1) <= this.#limits.pipelined) return;
    socket.destroy();
    throw new HttpProblem(
      429,
      "Too many requests on one connection; wait for responses.",
      comeBack,
    );
  }

  /**
   * Reserves memory for a request: its body, its work, and a response as large as the last one.
   *
   * @param whose id of the user, or the address of a client without a sign-in.
   * @throws HttpProblem 429 if this client has too much in flight, 503 if all together have.
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
      // A refusal takes next to no memory, and says nothing about the size of responses.
      share.end();
      throw error;
    }
  }

  /** Counts a response until it has been sent, and disconnects clients that don't read. */
  send(share: Share, reply: FastifyReply, payload: unknown): void {
    if (typeof payload === "string") {
      const size = Buffer.byteLength(payload);
      if (reply.statusCode < 400) this.#remember(share.what, size);
      share.resize(size);
      if (size <= smallAnswer) return;
    } else if (payload === null || payload === undefined) {
      return;
    }
    // Node's socket timeout, which restarts on every write.
    reply.raw.setTimeout(this.#limits.stallMs, () => {
      reply.raw.destroy();
    });
  }

  #add(whose: string, bytes: number): void {
    const used = (this.#used.get(whose) ?? 0) + bytes;
    if (bytes > 0 && used > this.#limits.bytesEach) {
      throw new HttpProblem(
        429,
        "You have too many requests in flight; wait for some of the responses.",
        comeBack,
      );
    }
    if (bytes > 0 && this.#total + bytes > this.#limits.totalBytes) {
      throw new HttpProblem(503, "The server is overloaded right now; try again.", comeBack);
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

/** The share of one request; empty until `admit` says whose it is. */
export class Share {
  readonly #add: (whose: string, bytes: number) => void;
  #whose: string | undefined;
  #what = "";
  #fixed = 0;
  #bytes = 0;

  /** @param add reserves bytes, or releases them if negative. */
  constructor(add: (whose: string, bytes: number) => void) {
    this.#add = add;
  }

  /** Key of user and route, the same for requests with similar responses. */
  get what(): string {
    return this.#what;
  }

  /** Sets the owner. @param fixed bytes on top of the response. */
  admit(whose: string, what: string, fixed: number): void {
    this.#whose = whose;
    this.#what = what;
    this.#fixed = fixed;
  }

  /**
   * Resizes the share to this many bytes on top of the fixed ones.
   *
   * @throws HttpProblem 429 or 503 if there is no room; the share stays as it was.
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
