import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { create } from "../../components/providers/delivery.ts";
import { writeMissing } from "../../lib/image-archive.ts";
import { FakeCluster } from "./fakes.ts";
import type { Folder } from "./folder.ts";

const image = "todo-chatbot-backend:3f9c1a7be204";
const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");
const tar = (folder: string, ...args: readonly string[]) =>
  execFileSync("tar", ["--directory", folder, ...args]);

/** An archive of `docker save` with a base and one layer on it, and the digests of both. */
function save(folder: Folder, isCompressed = false) {
  const layers = ["base", "app"].map((name) => {
    folder.write(`save/${name}/file`, `content of ${name}`);
    tar(
      folder.at("save", name),
      "--create",
      "--file",
      folder.at("save", name, "layer.tar"),
      "file",
    );
    const digest = `sha256:${sha256(readFileSync(folder.at("save", name, "layer.tar")))}`;
    if (isCompressed) {
      execFileSync("gzip", [folder.at("save", name, "layer.tar")]);
      execFileSync("mv", [
        folder.at("save", name, "layer.tar.gz"),
        folder.at("save", name, "layer.tar"),
      ]);
    }
    return digest;
  });
  const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: layers } });
  const id = sha256(Buffer.from(config));
  folder.write(`save/${id}.json`, config);
  const entry = {
    Config: `${id}.json`,
    RepoTags: [image],
    Layers: ["base/layer.tar", "app/layer.tar"],
  };
  folder.write("save/manifest.json", JSON.stringify([entry]));
  const files = ["manifest.json", entry.Config, ...entry.Layers];
  tar(folder.at("save"), "--create", "--file", folder.at("archive.tar"), ...files);
  const [base = "", app = ""] = layers;
  return { id: `sha256:${id}`, base, app };
}

const part = (folder: Folder, present: readonly string[]) =>
  writeMissing(folder.at("archive.tar"), new Set(present), folder.at("part.tar"));

describe("the part of an image that a node lacks", () => {
  it("has its layers with their content, and names those that it leaves out", async () => {
    using folder = new FakeCluster();
    const { id, base, app } = save(folder);

    assert.equal(await part(folder, [base]), true);
    folder.write("part/.keep", "");
    tar(folder.at("part"), "--extract", "--file", folder.at("part.tar"));
    const { manifests } = JSON.parse(folder.read("part/index.json"));
    const blob = (digest: string) => `part/blobs/${digest.replace(":", "/")}`;
    const manifest = JSON.parse(folder.read(blob(manifests[0].digest)));
    assert.equal(
      manifests[0].annotations["io.containerd.image.name"],
      `docker.io/library/${image}`,
    );
    assert.equal(manifest.config.digest, id);
    assert.deepEqual(
      manifest.layers.map(({ digest }: { digest: string }) => digest),
      [base, app],
    );
    assert.equal(`sha256:${sha256(readFileSync(folder.at(blob(app))))}`, app);
    assert.throws(() => folder.read(blob(base)), { code: "ENOENT" });
  });

  it("is not written where the node has no layer, or layers are compressed", async () => {
    using folder = new FakeCluster();
    save(folder);
    assert.equal(await part(folder, ["sha256:other"]), false);

    using other = new FakeCluster();
    const { base } = save(other, true);
    assert.equal(await part(other, [base]), false);
  });
});

describe("the delivery of an image whose base the node has", () => {
  const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
  const deliver = () => create({ target, image, pullable: false, keep: 0 });

  it("imports the other layers", async () => {
    using cluster = new FakeCluster();
    const { id, base, app } = save(cluster);
    cluster.addLocal(image, { config: id });
    cluster.write("layers", `${base}\n`);

    assert.equal((await deliver()).outs.configDigest, id);
    const parts = cluster.read("parts");
    assert.ok(parts.includes(app.slice(7)));
    assert.ok(!parts.includes(base.slice(7)));
  });

  it("imports the whole image where the node refuses a part", async () => {
    using cluster = new FakeCluster();
    const { id, base } = save(cluster);
    cluster.addLocal(image, { config: id });
    cluster.write("layers", `${base}\n`);
    cluster.write("refuses-parts", "");

    assert.equal((await deliver()).outs.configDigest, id);
    const imports = cluster.calls.filter((call) => call.includes(" import "));
    assert.equal(imports.length, 2);
  });
});
