import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { AwsV4Signer } from "aws4fetch";

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
  /** The only authority whose certificates count, as PEM; empty or undefined: those that Node knows. */
  readonly caCertificate?: string;
}

/** Longest silence of the server. */
const patienceMs = 60_000;

/** Times that a request is made which the server is too busy for, or fails at. */
const attempts = 3;

/** The server of a bucket refused something. Its message has the server's code and no secret. */
export class BucketError extends Error {
  override readonly name = "BucketError";
}

/** Objects below a prefix of one bucket. */
export class Bucket {
  readonly #config: BucketConfig;

  constructor(config: BucketConfig) {
    this.#config = config;
  }

  /** Names of at most a thousand objects that begin with something, in the order of the alphabet. */
  async list(beginning: string): Promise<string[]> {
    const { prefix } = this.#config;
    const query = new URLSearchParams({ "list-type": "2", prefix: prefix + beginning });
    const xml = await text(await this.#ask("GET", `?${query.toString()}`));
    return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) =>
      plain(key).slice(prefix.length),
    );
  }

  /** Puts a file there; the server compares what arrives with the checksum. */
  async put(name: string, file: string, sha256: string): Promise<void> {
    const answer = await this.#ask("PUT", this.#key(name), { file, sha256 });
    answer.resume();
  }

  /** Takes an object into a file, which is made. */
  async get(name: string, file: string): Promise<void> {
    const answer = await this.#ask("GET", this.#key(name));
    try {
      await pipeline(answer, createWriteStream(file, { mode: 0o600 }));
    } catch (error) {
      throw new BucketError(`${name} did not arrive whole: ${String(error)}`, { cause: error });
    }
  }

  async remove(name: string): Promise<void> {
    const answer = await this.#ask("DELETE", this.#key(name));
    answer.resume();
  }

  #key(name: string): string {
    return `/${(this.#config.prefix + name).split("/").map(encoded).join("/")}`;
  }

  async #ask(method: string, path: string, content?: Content): Promise<IncomingMessage> {
    const { endpoint, bucket } = this.#config;
    const where = `the bucket ${bucket} at ${endpoint}`;
    for (let attempt = 1; ; attempt += 1) {
      let answer: IncomingMessage;
      try {
        answer = await this.#send(method, path, content);
      } catch (error) {
        const words = isOfUnknownAuthority(error)
          ? "has a certificate of an unknown authority; storage.backup.s3.caCertificate takes it"
          : `does not answer: ${String(error)}`;
        throw new BucketError(`${where} ${words}`, { cause: error });
      }
      const { statusCode: status = 0 } = answer;
      if (status >= 200 && status < 300) return answer;
      const words = await text(answer);
      if (attempt < attempts && (status === 429 || status >= 500)) {
        await sleep(500 * attempt);
        continue;
      }
      const [code = "", message = ""] = ["Code", "Message"].map((tag) =>
        plain(new RegExp(`<${tag}>([^<]*)`).exec(words)?.[1] ?? ""),
      );
      throw new BucketError(`${where} refuses ${method}: ${status} ${code} ${message}`.trim());
    }
  }

  // Node's fetch dies of an answer that the server has closed the connection after, and that is not yet
  // read (nodejs/undici#5360): half of the larger backups.
  async #send(method: string, path: string, content?: Content): Promise<IncomingMessage> {
    const { endpoint, bucket, caCertificate, ...credentials } = this.#config;
    const signer = new AwsV4Signer({
      ...credentials,
      service: "s3",
      method,
      url: `${endpoint.replace(/\/$/, "")}/${bucket}${path}`,
      headers: content === undefined ? {} : { "x-amz-content-sha256": content.sha256 },
    });
    const { url, headers } = await signer.sign();
    if (content !== undefined) headers.set("content-length", `${(await stat(content.file)).size}`);
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    return await new Promise((resolve, reject) => {
      const request = send(url, {
        method,
        headers: Object.fromEntries(headers),
        timeout: patienceMs,
        ...(caCertificate && { ca: caCertificate }),
      });
      request.on("response", resolve).on("error", reject);
      request.on("timeout", () => {
        request.destroy(new Error(`nothing came for ${patienceMs / 1000} s`));
      });
      const body = content === undefined ? Readable.from([]) : createReadStream(content.file);
      pipeline(body, request).catch(reject);
    });
  }
}

/** What is put there. */
interface Content {
  readonly file: string;
  readonly sha256: string;
}

/** As the signature wants it: all but letters, digits and -_.~ is encoded. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function isOfUnknownAuthority(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return /^(SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER))/.test(code);
}

/** A text of an XML document without its references to characters. */
function plain(xml: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
  };
  return xml.replace(
    /&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name = "") =>
      decimal !== undefined || hex !== undefined
        ? String.fromCodePoint(decimal === undefined ? parseInt(hex ?? "", 16) : Number(decimal))
        : (named[name as string] ?? whole),
  );
}
