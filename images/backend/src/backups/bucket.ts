import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { AwsV4Signer } from "aws4fetch";

/** Where copies of backups go: any S3-compatible server. */
export interface BucketConfig {
  /** URL of the server, like `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Prefix of all object keys, like `todo/`; may be empty. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** CA bundle (PEM) to verify the server with; empty or undefined for Node's own. */
  readonly caCertificate?: string;
}

/** Longest time without a byte from the server. */
const idleTimeoutMs = 60_000;

/** Attempts per request when the server is busy or fails. */
const attempts = 3;

/** A request to the bucket failed. The message has the server's error code, and no secret. */
export class BucketError extends Error {
  override readonly name = "BucketError";
}

/** Objects below a prefix of one bucket. */
export class Bucket {
  readonly #config: BucketConfig;

  constructor(config: BucketConfig) {
    this.#config = config;
  }

  /** Lists the object names with a prefix, in alphabetical order. */
  async list(beginning: string): Promise<string[]> {
    const { prefix } = this.#config;
    const names: string[] = [];
    // A response has 1000 at most.
    for (let token: string | undefined = ""; token !== undefined;) {
      const query = new URLSearchParams({
        ...(token !== "" && { "continuation-token": token }),
        "list-type": "2",
        prefix: prefix + beginning,
      });
      const xml = await text(await this.#ask("GET", `?${query.toString()}`));
      for (const [, key = ""] of xml.matchAll(/<Key>([^<]*)<\/Key>/g)) {
        names.push(plain(key).slice(prefix.length));
      }
      const [, next] = /<NextContinuationToken>([^<]+)</.exec(xml) ?? [];
      token = next === undefined ? undefined : plain(next);
    }
    return names;
  }

  /** Uploads a file; the server verifies its checksum. */
  async put(name: string, file: string, sha256: string): Promise<void> {
    const answer = await this.#ask("PUT", this.#key(name), { file, sha256 });
    answer.resume();
  }

  /** Downloads an object. */
  async get(name: string, output: Writable): Promise<void> {
    const answer = await this.#ask("GET", this.#key(name));
    try {
      await pipeline(answer, output);
    } catch (error) {
      throw new BucketError(`${name} was not downloaded completely: ${String(error)}`, {
        cause: error,
      });
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
          ? "has a certificate of an unknown CA; set storage.backup.s3.caCertificate to its CA bundle"
          : `does not respond: ${String(error)}`;
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
      const said = this.#withoutKeys(message);
      throw new BucketError(`${where} refuses ${method}: ${status} ${code} ${said}`.trim());
    }
  }

  /** What a server says may quote what it was sent. */
  #withoutKeys(text: string): string {
    const { accessKeyId, secretAccessKey } = this.#config;
    return text.replaceAll(accessKeyId, "…").replaceAll(secretAccessKey, "…");
  }

  // Not fetch: it crashes on an unread response whose connection the server has closed
  // (nodejs/undici#5360), as for half of the larger backups.
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
        timeout: idleTimeoutMs,
        ...(caCertificate && { ca: caCertificate }),
      });
      request.on("response", resolve).on("error", reject);
      request.on("timeout", () => {
        request.destroy(new Error(`no data for ${idleTimeoutMs / 1000} s`));
      });
      const body = content === undefined ? Readable.from([]) : createReadStream(content.file);
      pipeline(body, request).catch(reject);
    });
  }
}

/** An upload. */
interface Content {
  readonly file: string;
  readonly sha256: string;
}

/** Percent-encodes all but letters, digits and -_.~, as the signature requires. */
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

/** Decodes the character references of an XML text. */
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
