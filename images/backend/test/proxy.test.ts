import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { BucketServer } from "./support/bucket-server.ts";
import { certificate } from "./support/certificate.ts";
import { FakeModel } from "./support/fake-model.ts";
import { ForwardProxy } from "./support/forward-proxy.ts";

const run = promisify(execFile);
const folder = `${import.meta.dirname}/..`;

/** The environment that the image gives its processes. */
async function imageEnvironment(): Promise<Record<string, string>> {
  const dockerfile = await readFile(`${folder}/Dockerfile`, "utf8");
  const lines = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = ""]) =>
    line.split(" "),
  );
  return Object.fromEntries(lines.map((pair) => pair.split("=") as [string, string]));
}

/** Runs a module in a process of its own, as the image would; gives what it prints. */
async function print(code: string, variables: Record<string, string>): Promise<string> {
  const { stdout } = await run(process.execPath, ["--input-type=module-typescript", "-e", code], {
    cwd: folder,
    env: { ...(await imageEnvironment()), ...variables },
  });
  return stdout.trim();
}

const askModel = (baseUrl: string): string => `
  import { Endpoint } from "./src/agent/openai/endpoint.ts";
  const endpoint = new Endpoint({ apiKey: "k", baseUrl: ${JSON.stringify(baseUrl)} });
  let text = "";
  for await (const bytes of endpoint.send({ messages: [] }, AbortSignal.timeout(10_000))) {
    text += Buffer.from(bytes).toString();
  }
  console.log(text);
`;

const listBucket = (
  { keyId: accessKeyId, secret: secretAccessKey }: BucketServer,
  endpoint: string,
  caCertificate: string,
): string => `
  import { Bucket } from "./src/backups/bucket.ts";
  const bucket = new Bucket(${JSON.stringify({
    ...{ endpoint, bucket: "safe", prefix: "", region: "eu", accessKeyId, secretAccessKey },
    caCertificate,
  })});
  console.log((await bucket.list("todo")).join());
`;

describe("a proxy for outgoing requests", () => {
  let model: FakeModel;
  beforeEach(async () => {
    model = await FakeModel.start();
  });
  afterEach(() => model.stop());

  it("is asked for the language model", async () => {
    await using proxy = await ForwardProxy.start(model.baseUrl);
    model.otherwise = () => ({ json: { through: "the proxy" } });
    const answer = await print(askModel("http://model.test:8080/v1"), { HTTP_PROXY: proxy.url });
    assert.equal(answer, '{"through":"the proxy"}');
    assert.deepEqual(proxy.asked, ["model.test:8080"]);
  });

  it("is asked for a language model that speaks https, with the user and password of its URL", async function () {
    const tls = certificate(this, "model");
    const file = join(await mkdtemp(join(tmpdir(), "todo-proxy-")), "ca.pem");
    await writeFile(file, tls.cert);
    const secure = await FakeModel.start(tls);
    try {
      secure.otherwise = () => ({ json: { through: "a tunnel" } });
      await using proxy = await ForwardProxy.start(secure.baseUrl, "todo:p@ss/word");
      const url = (credentials: string) => proxy.url.replace("//", `//${credentials}@`);
      const ask = (HTTPS_PROXY: string) =>
        print(askModel(secure.baseUrl), { HTTPS_PROXY, NODE_EXTRA_CA_CERTS: file });
      assert.equal(await ask(url("todo:p%40ss%2Fword")), '{"through":"a tunnel"}');
      assert.deepEqual(proxy.asked, [new URL(secure.baseUrl).host]);
      await assert.rejects(ask(url("todo:another")), /can't be reached: .*407/);
    } finally {
      await secure.stop();
      await rm(dirname(file), { recursive: true });
    }
  });

  it("is not asked for a host in a domain that NO_PROXY names", async () => {
    await using proxy = await ForwardProxy.start(model.baseUrl);
    const variables = { HTTP_PROXY: proxy.url, NO_PROXY: "localhost,.0.0.1" };
    await print(askModel(model.baseUrl), variables);
    await using server = await BucketServer.start();
    await print(listBucket(server, server.endpoint, ""), variables);
    assert.deepEqual(proxy.asked, []);
  });

  it("is not asked for a host that NO_PROXY names", async () => {
    await using proxy = await ForwardProxy.start(model.baseUrl);
    model.otherwise = () => ({ json: { through: "nobody" } });
    const variables = { HTTP_PROXY: proxy.url, NO_PROXY: "localhost,127.0.0.1" };
    assert.equal(await print(askModel(model.baseUrl), variables), '{"through":"nobody"}');
    assert.deepEqual(proxy.asked, []);
  });

  it("is asked for a bucket that speaks http", async () => {
    await using server = await BucketServer.start();
    server.objects.set("todo-1.dump", Buffer.from("x"));
    await using proxy = await ForwardProxy.start(server.endpoint);
    const code = listBucket(server, "http://bucket.test:9000", "");
    assert.equal(await print(code, { HTTP_PROXY: proxy.url }), "todo-1.dump");
    assert.deepEqual(proxy.asked, ["bucket.test:9000"]);
  });

  it("is asked for a bucket that speaks https, whose certificate is checked all the same", async function () {
    const [mine, another] = [certificate(this, "mine"), certificate(this, "another")];
    await using server = await BucketServer.start({ tls: mine });
    server.objects.set("todo-1.dump", Buffer.from("x"));
    await using proxy = await ForwardProxy.start(server.endpoint);
    const list = (cert: string) =>
      print(listBucket(server, server.endpoint, cert), { HTTPS_PROXY: proxy.url });
    assert.equal(await list(mine.cert), "todo-1.dump");
    assert.deepEqual(proxy.asked, [new URL(server.endpoint).host]);
    await assert.rejects(list(another.cert), /certificate of an unknown CA/);
  });
});
