/** Chooses the backend pod for each request. */
import { lookup } from "node:dns/promises";

/** One address of the backend. */
export interface Backend {
  /** Host name or IP address, without brackets. */
  readonly hostname: string;
  readonly port: string;
}

/** Resolves a host name, like `dns.lookup`. */
export type Resolve = (
  hostname: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface BackendOptions {
  /** One address for all pods: a Service, which balances connections, not requests. */
  readonly api: URL;
  /** A name that resolves to all ready pods: a headless Service. */
  readonly pods?: URL | undefined;
  readonly resolve?: Resolve;
  /** Pause between two DNS lookups, in milliseconds; default 1000. */
  readonly intervalMs?: number;
  /** Called with the number of pods when their addresses change. */
  readonly onChange?: (pods: number) => void;
}

/** How long a pod that refused a connection is skipped, if there are others. */
const restMs = 5000;

/** Round robin over the pods, per request; falls back to the Service while no pod is known. */
export class Backends {
  readonly #api: Backend;
  readonly #options: BackendOptions;
  readonly #resting = new Map<string, number>();
  #addresses: readonly string[] = [];
  /** Random, so that frontends don't all start with the same pod. */
  #turn = Math.floor(Math.random() * 1000);
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
    this.#api = { hostname: bare(options.api.hostname), port: options.api.port };
  }

  /** Number of pods in the rotation; 0 while requests go to the Service. */
  get pods(): number {
    return this.#addresses.length;
  }

  /** Looks the pods up now and then periodically until `close`. */
  async watch(): Promise<void> {
    const { pods, resolve = resolveHost, intervalMs = 1000 } = this.#options;
    if (pods === undefined) return;
    await this.#lookUp(pods, resolve);
    this.#timer = setTimeout(() => void this.watch(), intervalMs);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /**
   * The next backend.
   *
   * @param tried host names that this request has tried; after all pods comes the Service.
   */
  next(tried: ReadonlySet<string>): Backend {
    const left = this.#addresses.filter((address) => !tried.has(address));
    const healthy = left.filter((address) => (this.#resting.get(address) ?? 0) < Date.now());
    const candidates = healthy.length > 0 ? healthy : left;
    const hostname = candidates[this.#turn % candidates.length];
    if (hostname === undefined) return this.#api;
    this.#turn += 1;
    return { hostname, port: this.#options.pods?.port ?? "" };
  }

  /** Skips a backend for a while after it refused a connection, as a deleted pod does. */
  rest({ hostname }: Backend): void {
    if (this.#addresses.includes(hostname)) this.#resting.set(hostname, Date.now() + restMs);
  }

  async #lookUp(pods: URL, resolve: Resolve): Promise<void> {
    try {
      const found = await resolve(bare(pods.hostname));
      // A dual-stack pod is one pod; the resolver puts the usable family first.
      const family = found[0]?.family;
      const same = found.filter((entry) => entry.family === family);
      this.#use([...new Set(same.map(({ address }) => address))].sort());
    } catch (error) {
      // No ready pod. On any other DNS error the known pods may still be up.
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

/** Removes the brackets that a URL puts around an IPv6 address. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.+)\]$/, "$1");
}
