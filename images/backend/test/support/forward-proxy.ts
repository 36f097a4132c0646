import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";

/** A proxy for outgoing requests that takes every one to the same server on loopback. */
export class ForwardProxy implements AsyncDisposable {
  /** Host and port that each request asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(targetPort: number, credentials: string) {
    const target = { host: "127.0.0.1", port: targetPort };
    const expected =
      credentials === "" ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
    this.#server = createServer((incoming, response) => {
      const { host, pathname, search } = new URL(incoming.url ?? "");
      this.asked.push(host);
      const { method, headers } = incoming;
      if (headers["proxy-authorization"] !== expected) {
        response.writeHead(407).end();
        return;
      }
      const outgoing = request(
        { ...target, method, headers, path: pathname + search },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      incoming.pipe(outgoing);
    });
    this.#server.on("connect", ({ url = "", headers }, client, head) => {
      this.asked.push(url);
      if (headers["proxy-authorization"] !== expected) {
        client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        return;
      }
      const server = connect(target, () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        server.write(head);
        client.pipe(server).pipe(client);
      });
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on("error", () => undefined).on("close", () => other.destroy());
      }
    });
  }

  /** @param credentials that it requires, as user:password */
  static async start(target: string, credentials = ""): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(Number(new URL(target).port), credentials);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
