import { createWriteStream, openAsBlob } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

import { AwsClient } from "aws4fetch";

/** Where copies of backups go: any S3-compatible server. */
export interface BucketConfig {
  /** Address of the server, like `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Before every object's name, like `todo/`; may be empty. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Longest that the server may take for one object. */
const patienceMs = 30 * 60_000;

/** The server of a bucket refused something. Its message has the server's code and no secret. */
export class BucketError extends Error {
  override readonly name = "BucketError";
}

/** Objects below a prefix of one bucket. */
export class Bucket {
  readonly #config: BucketConfig;
  readonly #client: AwsClient;

  constructor(config: BucketConfig) {
    this.#config = config;
    const { accessKeyId, secretAccessKey, region } = config;
    this.#client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      region,
      service: "s3",
      retries: 3,
    });
  }

  /** Names of at most a thousand objects that begin with something, in the order of the alphabet. */
  async list(beginning: string): Promise<string[]> {
    const { prefix } = this.#config;
    const query = new URLSearchParams({ "list-type": "2", prefix: prefix + beginning });
    const xml = await (await this.#ask("GET", `?${query.toString()}`)).text();
    return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) =>
      key.slice(prefix.length),
    );
  }

  /** Puts a file there; the server compares what arrives with the checksum. */
  async put(name: string, file: string, sha256: string): Promise<void> {
    const body = await openAsBlob(file);
    await this.#ask("PUT", this.#key(name), { body, headers: { "x-amz-content-sha256": sha256 } });
  }

  /** Takes an object into a file, which is made. */
  async get(name: string, file: string): Promise<void> {
    const { body } = await this.#ask("GET", this.#key(name));
    if (body === null) throw new BucketError(`${name} has no content.`);
    await pipeline(
      Readable.fromWeb(body as ReadableStream<Uint8Array>),
      createWriteStream(file, { mode: 0o600 }),
    );
  }

  async remove(name: string): Promise<void> {
    await this.#ask("DELETE", this.#key(name));
  }

  #key(name: string): string {
    return `/${(this.#config.prefix + name).split("/").map(encodeURIComponent).join("/")}`;
  }

  async #ask(method: string, path: string, more: RequestInit = {}): Promise<Response> {
    const { endpoint, bucket } = this.#config;
    const where = `the bucket ${bucket} at ${endpoint}`;
    let response: Response;
    try {
      response = await this.#client.fetch(`${endpoint.replace(/\/$/, "")}/${bucket}${path}`, {
        method,
        signal: AbortSignal.timeout(patienceMs),
        ...more,
      });
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new BucketError(`${where} does not answer: ${String(cause)}`, { cause: error });
    }
    if (response.ok) return response;
    const text = await response.text();
    const [code = "", message = ""] = ["Code", "Message"].map(
      (tag) => new RegExp(`<${tag}>([^<]*)`).exec(text)?.[1] ?? "",
    );
    throw new BucketError(
      `${where} refuses ${method}: ${response.status} ${code} ${message}`.trim(),
    );
  }
}
