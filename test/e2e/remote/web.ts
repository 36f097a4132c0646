import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";

/** How to reach names that are in no DNS. */
export interface Place {
  /** Address of every name. */
  readonly address: string;
  /** Authority that has to have signed the server's certificate, in PEM. */
  readonly ca?: string;
}

/** Requests from outside of the cluster, by name; as `fetch`, without following redirects. */
export class Web implements Disposable {
  readonly #lookup: LookupFunction;
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https: HttpsAgent;

  constructor({ address, ca }: Place) {
    this.#https = new HttpsAgent({ keepAlive: true, ca, maxCachedSessions: 0 });
    this.#lookup = (_host, { all }, done) => {
      if (all) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    };
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await this.#send(url, init);
    const body = await buffer(answer);
    const headers = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const status = answer.statusCode ?? 0;
    const isEmpty = [204, 304].includes(status);
    return new Response(isEmpty ? null : Uint8Array.from(body), { status, headers });
  };

  /** The certificate of a server, which has been verified. */
  async certificateOf(url: string) {
    const answer = await this.#send(url, { headers: { connection: "close" } });
    const certificate = (answer.socket as TLSSocket).getPeerCertificate(true);
    const protocol = (answer.socket as TLSSocket).getProtocol();
    await buffer(answer);
    const { subject, issuerCertificate, subjectaltname } = certificate;
    return {
      ...{ subject: subject.CN as string | undefined, names: subjectaltname, protocol },
      issuer: issuerCertificate.subject.CN,
    };
  }

  #send(url: string, { method = "GET", headers, body, signal }: RequestInit) {
    const isHttps = url.startsWith("https:");
    const options = {
      ...{ method, headers: Object.fromEntries(new Headers(headers)), lookup: this.#lookup },
      agent: isHttps ? this.#https : this.#http,
      ...(signal && { signal }),
    };
    return new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isHttps ? httpsRequest : httpRequest)(url, options, resolve);
      request.on("error", reject).end(body as string | undefined);
    });
  }

  [Symbol.dispose](): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}
