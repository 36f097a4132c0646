import { readFile } from "node:fs/promises";

import { callApi } from "../../lib/api-server.ts";
import { run } from "../../lib/exec.ts";
import { portOf } from "../../lib/url.ts";
import type { Installer } from "./installer.ts";
import { cluster, forward } from "./project.ts";
import { stack } from "./stack.ts";

/** A bucket, whose server is the Service `<name>.<namespace>.svc` of the endpoint. */
interface Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** File with the CA bundle (PEM) of the server. */
  readonly caFile?: string;
}

/** A bucket in the tests' cluster, or one that is nowhere. */
export class ArchiveBucket {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /** @param installer its command prints the bucket that it starts, as JSON, in its last line */
  static async start(installer: Installer): Promise<ArchiveBucket> {
    const output = await installer.install();
    return new ArchiveBucket(JSON.parse(output.split("\n").at(-1) ?? "") as Place);
  }

  /** Arguments of `pulumi` that set it as the bucket of a stack. */
  async settings(prefix?: string): Promise<string[]> {
    const { endpoint, bucket, caFile, ...keys } = this.#place;
    const caCertificate = caFile === undefined ? undefined : await readFile(caFile, "utf8");
    const pairs = (values: object, option: string) =>
      Object.entries(values).flatMap(([key, value]) =>
        value === undefined ? [] : [option, `todo-chatbot:storage.backup.s3.${key}=${value}`],
      );
    return [
      ...["config", "set-all", "--path"],
      ...pairs({ endpoint, bucket, caCertificate, prefix }, "--plaintext"),
      ...pairs(keys, "--secret"),
    ];
  }

  /** Key and hash of each object; a response has 1000 at most. */
  async objects(): Promise<string[]> {
    const { endpoint, bucket, accessKeyId, secretAccessKey, caFile } = this.#place;
    const { config, core } = cluster(stack.context);
    const { name, namespace } = this.#service;
    const { spec } = await core.readNamespacedService({ name, namespace });
    const labels = Object.entries(spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: labels.join() });
    const pod = items[0]?.metadata?.name ?? "";
    using forwarded = await forward(config, namespace, pod, portOf(endpoint));
    const xml = await run(
      "curl",
      [
        ...["--fail", "--silent", "--show-error", "--noproxy", "*", "--max-time", "20"],
        ...["--connect-to", `::127.0.0.1:${portOf(forwarded.url)}`, "--config", "-"],
        ...["--aws-sigv4", "aws:amz:us-east-1:s3", `${endpoint}/${bucket}?list-type=2`],
        ...(caFile === undefined ? [] : ["--cacert", caFile]),
      ],
      { stdin: `user = "${accessKeyId}:${secretAccessKey}"` },
    );
    const found = xml.matchAll(/<Key>([^<]*)<\/Key>.*?<ETag>([^<]*)</gs);
    return [...found].map(([, key, hash]) => `${key} ${hash}`);
  }

  /** Lets no connection reach the server, or lets them again. */
  async cutOff(isOff = true): Promise<void> {
    const { name, namespace } = this.#service;
    const path = `/api/v1/namespaces/${namespace}/services/${name}`;
    const body = { spec: { selector: { "e2e-cut-off": isOff ? "true" : null } } };
    await callApi(stack.context, path, { method: "PATCH", body });
  }

  get #service() {
    const [name = "", namespace = ""] = new URL(this.#place.endpoint).hostname.split(".");
    return { name, namespace };
  }
}
