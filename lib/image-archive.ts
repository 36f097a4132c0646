import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

import { fullReference } from "./image-reference.ts";

/** A file in a tar archive. */
interface Entry {
  /** Where its content begins, in bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** An image in an archive of `docker save`. */
export interface ArchivedImage {
  /** Path of the image's configuration in the archive. */
  readonly Config: string;
  readonly RepoTags?: readonly string[];
  /** Paths of the layers in the archive, the base's first. */
  readonly Layers?: readonly string[];
}

const block = 512;

/**
 * Reads the only image of an archive of `docker save`.
 *
 * @throws Error when the file is no such archive
 */
export async function readArchive(path: string): Promise<ArchivedImage | undefined> {
  await using file = await open(path);
  return (await contentsOf(file)).image;
}

/**
 * Writes an archive that has only those of an image's layers that a node lacks, as an OCI layout.
 *
 * @param present digests of what the node has, as `sha256:…`
 * @returns whether it was written: not if the node lacks all layers, or they can't be told apart
 */
export async function writeMissing(
  path: string,
  present: ReadonlySet<string>,
  target: string,
): Promise<boolean> {
  await using file = await open(path);
  const { image, entries } = await contentsOf(file);
  const [tag] = image?.RepoTags ?? [];
  const config = image && entries.get(image.Config);
  if (image === undefined || config === undefined || tag === undefined) return false;

  const configText = await read(file, config);
  const { rootfs } = JSON.parse(configText.toString()) as { rootfs: { diff_ids: string[] } };
  const { Layers: paths = [] } = image;
  const layers = [];
  for (const [index, layerPath] of paths.entries()) {
    const entry = entries.get(layerPath);
    const digest = rootfs.diff_ids[index];
    // A compressed layer has another digest, and one that is a link has no content.
    if (entry === undefined || digest === undefined || !(await isTar(file, entry))) return false;
    layers.push({ ...entry, digest });
  }
  const missing = layers.filter(({ digest }) => !present.has(digest));
  if (missing.length === layers.length) return false;

  const manifest = json({
    schemaVersion: 2,
    mediaType: type("manifest.v1+json"),
    config: descriptor("config.v1+json", digestOf(configText), configText.length),
    layers: layers.map(({ digest, size }) => descriptor("layer.v1.tar", digest, size)),
  });
  const index = json({
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor("manifest.v1+json", digestOf(manifest), manifest.length),
        annotations: { "io.containerd.image.name": fullReference(tag) },
      },
    ],
  });
  await using archive = await open(target, "wx", 0o600);
  await write(archive, "oci-layout", [json({ imageLayoutVersion: "1.0.0" })]);
  await write(archive, "index.json", [index]);
  await write(archive, blob(digestOf(manifest)), [manifest]);
  await write(archive, blob(digestOf(configText)), [configText]);
  for (const { digest, offset, size } of missing) {
    const content = file.createReadStream({
      start: offset,
      end: offset + size - 1,
      autoClose: false,
    });
    await write(archive, blob(digest), content, size);
  }
  await archive.write(Buffer.alloc(2 * block));
  return true;
}

/** The files of an archive, by their paths, and the image that its manifest names. */
async function contentsOf(file: FileHandle) {
  const entries = new Map<string, Entry>();
  const { size: end } = await file.stat();
  const header = Buffer.alloc(block);
  const field = (from: number, length: number) =>
    header.toString("latin1", from, from + length).replace(/\0.*$/s, "");
  for (let at = 0; at < end;) {
    await file.read(header, 0, block, at);
    const size = Number.parseInt(field(124, 12) || "0", 8);
    if (Number.isNaN(size)) throw new Error("this is no tar archive");
    const isFile = ["0", ""].includes(field(156, 1));
    if (isFile && field(0, 1) !== "") entries.set(field(0, 100), { offset: at + block, size });
    at += block + padded(size);
  }
  const manifest = entries.get("manifest.json");
  const images =
    manifest && (JSON.parse((await read(file, manifest)).toString()) as ArchivedImage[]);
  return { entries, image: images?.[0] };
}

async function read(file: FileHandle, { offset, size }: Entry): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(size), 0, size, offset);
  return buffer;
}

/** Whether a layer is a plain tar archive: that has `ustar` in its first header, or is empty. */
async function isTar(file: FileHandle, { offset, size }: Entry): Promise<boolean> {
  const start = await read(file, { offset, size: Math.min(size, block) });
  return start.toString("latin1", 257, 262) === "ustar" || start.every((byte) => byte === 0);
}

/** Appends a file to a tar archive. */
async function write(
  archive: FileHandle,
  name: string,
  content: Iterable<Buffer> | AsyncIterable<Buffer>,
  size = [...(content as Iterable<Buffer>)].reduce((sum, { length }) => sum + length, 0),
): Promise<void> {
  const header = Buffer.alloc(block);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  // The checksum counts itself as spaces.
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  await archive.write(header);
  for await (const chunk of content) await archive.write(chunk);
  await archive.write(Buffer.alloc(padded(size) - size));
}

const padded = (size: number) => Math.ceil(size / block) * block;
const json = (value: object) => Buffer.from(JSON.stringify(value));
const digestOf = (content: Buffer) =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;
const blob = (digest: string) => `blobs/${digest.replace(":", "/")}`;
const type = (name: string) => `application/vnd.oci.image.${name}`;
const descriptor = (name: string, digest: string, size: number) => ({
  mediaType: type(name),
  digest,
  size,
});
