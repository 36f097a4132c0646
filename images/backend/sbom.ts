/** Lists what is in an image as a CycloneDX SBOM: the packages in the bundles, and those of the base. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The part of an entry of package-lock.json that is used. */
interface Locked {
  readonly version: string;
  readonly license?: string;
  /** Space-separated, like `sha512-<base64>`. */
  readonly integrity?: string;
}

/** A package, as CycloneDX 1.6 describes it. */
export interface Component {
  readonly type: "library" | "application" | "operating-system";
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly object[];
}

/**
 * The SBOM of an image. It has neither a date nor a serial number, so that it only changes with its content.
 *
 * @param root folder of package.json and package-lock.json
 * @param files paths of the files of which something is in the bundles
 * @param base folder with the files of the image's base; undefined: only list the bundles
 * @throws Error when a bundled package is not in the lock file
 */
export function sbom(root: string, files: Iterable<string>, base?: string): string {
  const { name, version, license } = read(root, "package.json") as Record<string, string>;
  const components = [...bundled(root, files), ...(base === undefined ? [] : ofBase(base))];
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "container", name, version, licenses: licenses(license) } },
    components,
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

/** The npm packages that bundled files belong to. */
function bundled(root: string, files: Iterable<string>): Component[] {
  const { packages } = read(root, "package-lock.json") as { packages: Record<string, Locked> };
  const places = [...files].flatMap((file) => {
    const path = file.replaceAll("\\", "/");
    return /(?<![^/])node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
  });
  const found = [...new Set(places)].map((place) => {
    const locked = packages[place];
    if (locked === undefined) {
      throw new Error(
        `${place} is bundled, but not in package-lock.json: run npm ci, then try again.`,
      );
    }
    return npmComponent(place.replace(/.*node_modules\//, ""), locked);
  });
  // A version that is installed at several places is one component.
  return [...new Map(found.map((each) => [each.purl, each])).values()].sort(byPurl);
}

function npmComponent(name: string, { version, license, integrity = "" }: Locked): Component {
  const hashes = integrity.split(" ").flatMap((hash) => {
    const [, bits, digest = ""] = /^sha(\d+)-(.+)$/.exec(hash) ?? [];
    if (bits === undefined) return [];
    return [{ alg: `SHA-${bits}`, content: Buffer.from(digest, "base64").toString("hex") }];
  });
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return { type: "library", name, version, purl, hashes, licenses: licenses(license) };
}

/** Node, the operating system and its packages. This runs with the base's own Node. */
function ofBase(base: string): Component[] {
  const version = process.versions.node;
  const node: Component = {
    type: "application",
    name: "node",
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: licenses("MIT"),
  };
  const system = osRelease(base);
  if (system === undefined) return [node];
  const packages = [...apkPackages(base, system), ...debPackages(base, system)].sort(byPurl);
  return [node, { type: "operating-system", ...system }, ...packages];
}

interface OperatingSystem {
  readonly name: string;
  readonly version: string;
}

function osRelease(base: string): OperatingSystem | undefined {
  const text = firstOf(base, ["etc/os-release", "usr/lib/os-release"]);
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)`, "m").exec(text)?.[1] ?? "";
  return text === "" ? undefined : { name: value("ID"), version: value("VERSION_ID") };
}

function apkPackages(base: string, system: OperatingSystem): Component[] {
  const installed = firstOf(base, ["usr/lib/apk/db/installed", "lib/apk/db/installed"]);
  return stanzas(installed).flatMap((field) => {
    const [name, version, origin] = [field("P"), field("V"), field("o")];
    if (name === "") return [];
    const purl = systemPurl("apk", system, { name, version, arch: field("A"), source: origin });
    return [{ type: "library", name, version, purl, licenses: licenses(field("L")) }];
  });
}

function debPackages(base: string, system: OperatingSystem): Component[] {
  return stanzas(firstOf(base, ["var/lib/dpkg/status"])).flatMap((field) => {
    const [name, version, source] = [field("Package"), field("Version"), field("Source")];
    if (name === "" || !field("Status").endsWith(" installed")) return [];
    // The source's version is in the form `glibc (2.36-9)`, if it differs.
    const upstream = source.replace(/ \((.*)\)$/, "@$1");
    const arch = field("Architecture");
    const purl = systemPurl("deb", system, { name, version, arch, source: upstream });
    return [{ type: "library", name, version, purl }];
  });
}

function systemPurl(
  type: "apk" | "deb",
  system: OperatingSystem,
  of: Readonly<Record<"name" | "version" | "arch" | "source", string>>,
): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll("%3A", ":");
  const upstream =
    of.source === "" || of.source === of.name ? "" : `&upstream=${encode(of.source)}`;
  const distro = encode(`${system.name}-${system.version}`);
  const path = [type, system.name, encode(of.name)].join("/");
  return `pkg:${path}@${encode(of.version)}?arch=${encode(of.arch)}&distro=${distro}${upstream}`;
}

/** Readers of the fields of each stanza; "" for a missing field. */
function stanzas(text: string): ((key: string) => string)[] {
  return text.split(/\n\n+/).map((stanza) => {
    const fields = [...stanza.matchAll(/^([\w-]+): ?(.*)$/gm)];
    // A later field of the same name describes a file in apk's format.
    const values = new Map(fields.reverse().map(([, key = "", value = ""]) => [key, value]));
    return (key) => values.get(key) ?? "";
  });
}

/** The first of these files that exists, or "". */
function firstOf(base: string, files: readonly string[]): string {
  const file = files.map((each) => join(base, each)).find((each) => existsSync(each));
  return file === undefined ? "" : readFileSync(file, "utf8");
}

const licenses = (expression = "") => (expression === "" ? [] : [{ expression }]);

const byPurl = (a: Component, b: Component) => ((a.purl ?? "") < (b.purl ?? "") ? -1 : 1);

const read = (root: string, file: string): unknown =>
  JSON.parse(readFileSync(join(root, file), "utf8"));
