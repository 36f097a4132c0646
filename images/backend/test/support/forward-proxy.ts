import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";

/** A proxy for outgoing requests that takes every one to the same server on loopback. */
export class ForwardProxy implements AsyncDisposable {
  /** Host and port that each request asked for. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(targetPort: number) {
    const target = { host: "127.0.0.1", port: targetPort };
    this.#server = createServer((incoming, response) => {
      const { host, pathname, search } = new URL(incoming.url ?? "");
      this.asked.push(host);
      const { method, headers } = incoming;
      const outgoing = request(
        { ...target, method, headers, path: pathname + search },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      incoming.pipe(outgoing);
    });
    this.#server.on("connect", ({ url = "" }, client, head) => {
      this.asked.push(url);
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

  static async start(target: string): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(Number(new URL(target).port));
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
