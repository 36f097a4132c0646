/** Which backend a request goes to. */
import { lookup } from "node:dns/promises";

/** One address of the backend. */
export interface Backend {
  /** Host name or IP address, without brackets. */
  readonly hostname: string;
  readonly port: string;
}

/** Addresses of a host name, such as `dns.lookup` gives them. */
export type Resolve = (
  hostname: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface BackendOptions {
  /** One address for all pods: a Service, which spreads connections and not requests. */
  readonly api: URL;
  /** A name that has the address of each ready pod: a headless Service. */
  readonly pods?: URL | undefined;
  readonly resolve?: Resolve;
  /** Pause between two looks at the addresses, in milliseconds; default 1000. */
  readonly intervalMs?: number;
  /** Called with the number of pods when their addresses have changed. */
  readonly onChange?: (pods: number) => void;
}

/** A pod that did not take a connection gets no request for this long, where there are others. */
const restMs = 5000;

/** The pods in turn, request by request; the Service where none is known. */
export class Backends {
  readonly #api: Backend;
  readonly #options: BackendOptions;
  readonly #resting = new Map<string, number>();
  #addresses: readonly string[] = [];
  /** Random, so that several frontends don't all begin with the same pod. */
  #turn = Math.floor(Math.random() * 1000);
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
    this.#api = { hostname: bare(options.api.hostname), port: options.api.port };
  }

  /** Pods that requests go to in turn; 0 while they go to the Service. */
  get pods(): number {
    return this.#addresses.length;
  }

  /** Looks at the addresses now, and again and again until `close`. */
  async watch(): Promise<void> {
    const { pods, resolve = resolveHost, intervalMs = 1000 } = this.#options;
    if (pods === undefined) return;
    await this.#look(pods, resolve);
    this.#timer = setTimeout(() => void this.watch(), intervalMs);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /**
   * The backend whose turn it is.
   *
   * @param tried host names that this request has tried; when all pods are among them, it is the
   * Service's turn.
   */
  next(tried: ReadonlySet<string>): Backend {
    const left = this.#addresses.filter((address) => !tried.has(address));
    const fit = left.filter((address) => (this.#resting.get(address) ?? 0) < Date.now());
    const candidates = fit.length > 0 ? fit : left;
    const hostname = candidates[this.#turn % candidates.length];
    if (hostname === undefined) return this.#api;
    this.#turn += 1;
    return { hostname, port: this.#options.pods?.port ?? "" };
  }

  /** Notes that a backend did not take a connection, as when its pod has just gone. */
  rest({ hostname }: Backend): void {
    if (this.#addresses.includes(hostname)) this.#resting.set(hostname, Date.now() + restMs);
  }

  async #look(pods: URL, resolve: Resolve): Promise<void> {
    try {
      const found = await resolve(bare(pods.hostname));
      // A pod with addresses of both families is one pod; the system puts the family first that works.
      const family = found[0]?.family;
      const same = found.filter((entry) => entry.family === family);
      this.#use([...new Set(same.map(({ address }) => address))].sort());
    } catch (error) {
      // No ready pod. Any other error is of the name server, and the pods may well be there.
      if ((error as NodeJS.ErrnoException).code === "ENOTFOUND") this.#use([]);
    }
  }

  #use(addresses: readonly string[]): void {
    if (addresses.join() === this.#addresses.join()) return;
    this.#addresses = addresses;
    for (const address of this.#resting.keys()) {
      if (!addresses.includes(address)) this.#resting.delete(address);
    }
    this.#options.onChange?.(addresses.length);
  }
}

const resolveHost: Resolve = (hostname) => lookup(hostname, { all: true });

/** A URL has IPv6 addresses in brackets, a connection wants them without. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.+)\]$/, "$1");
}
