import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();

/** As AWS wants the parts of an address in what is signed: all but the unreserved is encoded. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&#39;");

interface Place {
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly host?: string;
  readonly port?: number;
}

/**
 * What one bucket of an S3 server does, in memory. It checks each signature and each content, and, as some
 * servers do, closes the connection after each answer.
 */
export class BucketServer implements AsyncDisposable {
  readonly objects = new Map<string, Buffer>();
  readonly keyId = "key-id";
  readonly secret = "s3cret/with+odd=characters";
  /** Names of the objects that were put there, in order. */
  readonly put: string[] = [];
  /** Requests that it is too busy for from now on. */
  busyFor = 0;
  /** Most names in one response. */
  pageSize = 1000;
  /** Whether the connection breaks half-way through an object. */
  breaksOff = false;
  readonly endpoint: string;
  readonly #server: Server;

  private constructor(server: Server, scheme: string) {
    this.#server = server;
    this.endpoint = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  /**
   * @param tls its key and certificate as PEM; without them it speaks http
   * @param port 0: any that is free
   */
  static async start({ tls, host = "127.0.0.1", port = 0 }: Place = {}): Promise<BucketServer> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    return new BucketServer(server, tls === undefined ? "http" : "https");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    response.setHeader("connection", "close");
    const refuse = (status: number, code: string, message = "no"): void => {
      const words = `<Code>${code}</Code><Message>${escaped(message)}</Message>`;
      response.writeHead(status).end(`<Error>${words}</Error>`);
    };
    const url = new URL(request.url ?? "", this.endpoint);
    if (this.busyFor > 0) {
      this.busyFor -= 1;
      refuse(503, "SlowDown");
      return;
    }
    if (!this.#isSigned(request, url)) {
      refuse(403, "SignatureDoesNotMatch", request.headers.authorization);
      return;
    }
    const [, bucket, ...rest] = url.pathname.split("/");
    const key = decodeURIComponent(rest.join("/"));
    if (bucket !== "safe") refuse(404, "NoSuchBucket");
    else if (url.searchParams.has("list-type")) {
      const prefix = url.searchParams.get("prefix") ?? "";
      const keys = [...this.objects.keys()].filter((each) => each.startsWith(prefix)).sort();
      // Tokens are opaque, and may have any characters.
      const [, after = ""] =
        /^a\+b\/&(.*)$/.exec(url.searchParams.get("continuation-token") ?? "") ?? [];
      const page = keys.filter((each) => each > after).slice(0, this.pageSize);
      const last = page.at(-1) ?? "";
      const more = last < (keys.at(-1) ?? "");
      const next = `<NextContinuationToken>${escaped(`a+b/&${last}`)}</NextContinuationToken>`;
      const contents = page.map((each) => `<Contents><Key>${escaped(each)}</Key></Contents>`);
      response.end(contents.join("") + (more ? next : ""));
    } else if (request.method === "PUT") {
      if (sha256(body) !== request.headers["x-amz-content-sha256"]) refuse(400, "BadDigest");
      else {
        this.objects.set(key, body);
        this.put.push(key);
        response.end();
      }
    } else if (request.method === "DELETE") {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else {
      const object = this.objects.get(key);
      if (object === undefined) refuse(404, "NoSuchKey");
      else if (!this.breaksOff) response.end(object);
      else {
        response.setHeader("content-length", object.length);
        response.write(object.subarray(0, object.length / 2), () => response.destroy());
      }
    }
  }

  /** Signature Version 4, from Amazon's description of it. */
  #isSigned({ method, headers }: IncomingMessage, url: URL): boolean {
    const [, id, day = "", region = "", names = "", given] =
      /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
        headers.authorization ?? "",
      ) ?? [];
    const query = [...url.searchParams].map((pair) => pair.map(encoded).join("=")).sort();
    const request = [
      method,
      // As it was sent: not every server encodes it anew.
      url.pathname,
      query.join("&"),
      ...names.split(";").map((name) => `${name}:${String(headers[name])}`),
      "",
      names,
      headers["x-amz-content-sha256"],
    ].join("\n");
    const time = String(headers["x-amz-date"]);
    const text = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/s3/aws4_request\n${sha256(request)}`;
    const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(
      (previous, part) => hmac(previous, part),
      `AWS4${this.secret}`,
    );
    return id === this.keyId && given === hmac(key, text).toString("hex");
  }
}
