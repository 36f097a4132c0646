import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { run, RunError } from "../lib/exec.ts";
import { step } from "./terminal.ts";
import { messageOf, Problem } from "../lib/problem.ts";

/** A program that the commands need, and its download for when it is not on PATH. */
interface Tool {
  readonly version: string;
  /** SHA-256 of the download by platform; other platforms have no download. */
  readonly sha256?: Readonly<Record<string, string>>;
  /** URL of the download for a platform: a tar.gz, or the program itself. */
  readonly url?: (platform: string) => string;
  /** Folder of the program in the archive; undefined: the download is the program. */
  readonly folder?: (platform: string) => string;
  /** Go package of the same version, for machines with Go where the download is unreachable. */
  readonly goPackage?: string;
  /** Arguments that print the version, and no other number. */
  readonly ask: readonly string[];
  /** How to install it by hand. */
  readonly install: string;
}

const os = process.platform;
const arch = process.arch === "x64" ? "amd64" : process.arch;

/** Pinned to the versions that the project is tested with. */
const tools = {
  pulumi: {
    version: "3.259.0",
    url: (platform) =>
      `https://get.pulumi.com/releases/sdk/pulumi-v3.259.0-${platform.replace("amd64", "x64")}.tar.gz`,
    folder: () => "pulumi",
    sha256: {
      "linux-amd64": "94ba357acac23d01474084c4b00098dc0f7bc70ce13f34c777459254a5f718e5",
      "linux-arm64": "edc8327463a72160bb36cf82cf5062da9c8a244290a706d9980988e7bf486853",
      "darwin-amd64": "eaca4c3b8277bfa3ab061fa3b270d1c66358a0b2e613da8c5587a04b7226c534",
      "darwin-arm64": "57c27f179e527e2cf9f62b841a448af72a020e44b2fb4ee0d9bd85556c00c864",
    },
    ask: ["version"],
    install: "https://www.pulumi.com/docs/install/, or npm install --global pulumi@3.259.0",
  },
  kind: {
    version: "0.33.0",
    url: (platform) => `https://kind.sigs.k8s.io/dl/v0.33.0/kind-${platform}`,
    sha256: {
      "linux-amd64": "aee6151561422756b764a4ae28e7f44cda5af5a9eead3cc9985112b1de8d8e0d",
      "linux-arm64": "20022bee6cfcd5086cb7234d218e3454e6090022f2a8f55d1fa7fcf42c3867a2",
      "darwin-amd64": "5a99f26f57246dc9319dd294803313197a0f34d33c525b3ea8b655db5916ece0",
      "darwin-arm64": "0c8c7dbe5e23594a198b786c4bc13dacc101fa6196b0cb0b23a1ca44e61f4b4f",
    },
    goPackage: "sigs.k8s.io/kind@v0.33.0",
    ask: ["version", "--quiet"],
    install: "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
  },
  helm: {
    version: "3.22.0",
    url: (platform) => `https://get.helm.sh/helm-v3.22.0-${platform}.tar.gz`,
    folder: (platform) => platform,
    sha256: {
      "linux-amd64": "1e4ab49e429626cf6c6958d914248b78c9730803c2751b87627e171dc800e7bb",
      "linux-arm64": "f14e804dfee240f55525b667488fe9adca349e63e00c9af634c0beb1421ac310",
      "darwin-amd64": "bd1d09f316558dda23698527859600936fed1371021ce0f2272d66b2fdcfa69c",
      "darwin-arm64": "4c9982a6cdeb458b60258df66b55398ca5b19293f6877faffe2909ad6f23dfe0",
    },
    goPackage: "helm.sh/helm/v3/cmd/helm@v3.22.0",
    ask: ["version", "--template", "{{.Version}}"],
    install: "https://helm.sh/docs/intro/install/",
  },
  grype: {
    version: "0.116.1",
    url: (platform) =>
      `https://github.com/anchore/grype/releases/download/v0.116.1/grype_0.116.1_${platform.replace("-", "_")}.tar.gz`,
    folder: () => ".",
    sha256: {
      "linux-amd64": "0122df7b655981abe547ad3d2190d65551dac6a2bfc80b4dc2a989b5d0587458",
      "linux-arm64": "a8d7504a149629324eb5f4ce3dc25dfd211bbfe047e64ee2bf7844b466c3d84d",
      "darwin-amd64": "e5ff3adac317511876de7863598587a7dbab0c47c8e150368b7df06909c11f4e",
      "darwin-arm64": "f493f169cbaae48bade169532b20235fc16653d2a044a5bc6fe6f69a3923f975",
    },
    goPackage: "github.com/anchore/grype/cmd/grype@v0.116.1",
    ask: ["--version"],
    install: "https://github.com/anchore/grype#installation",
  },
  kubeconform: {
    version: "0.8.0",
    goPackage: "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0",
    ask: ["-v"],
    install: "https://github.com/yannh/kubeconform#installation",
  },
  "kube-score": {
    version: "1.20.0",
    goPackage: "github.com/zegl/kube-score/cmd/kube-score@v1.20.0",
    ask: ["version"],
    install: "https://github.com/zegl/kube-score#installation",
  },
  cosign: {
    version: "3.1.3",
    url: (platform) =>
      `https://github.com/sigstore/cosign/releases/download/v3.1.3/cosign-${platform}`,
    sha256: {
      "linux-amd64": "4629c757b7618056f8ddd7e2625ae9fdd94c0372a65049520bc7d9df9efc7f71",
      "linux-arm64": "c5d324e091826b0d7a78eb16fef316450b4eb9aaec045611c08ba06f5e73220a",
      "darwin-amd64": "2347488e5d5b25336644024dfeca5601b190e91197a71a917bda44744aff106c",
      "darwin-arm64": "5cf948c2f4dfe59687bdd0b8523709067383e03982cc543475c8a7dc70e92a76",
    },
    goPackage: "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
    ask: ["version"],
    install: "https://docs.sigstore.dev/cosign/system_config/installation/",
  },
  promtool: {
    version: "3.13.4",
    ask: ["--version"],
    install: "https://prometheus.io/download/",
  },
  amtool: {
    version: "0.34.1",
    ask: ["--version"],
    install: "https://prometheus.io/download/",
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

/** The version that is downloaded when the tool is not on PATH. */
export const pinnedVersion = (name: ToolName): string => tools[name].version;

/** Appends the tool's cache folder to PATH, if it was downloaded. */
export function useDownloaded(name: ToolName): void {
  const folder = toolFolder(name);
  if (existsSync(folder) && !process.env["PATH"]?.split(delimiter).includes(folder)) {
    process.env["PATH"] = [process.env["PATH"], folder].join(delimiter);
  }
}

/** Quicker than asking for the version, which takes Pulumi a quarter of a second. */
function isOnPath(name: ToolName): boolean {
  useDownloaded(name);
  const folders = process.env["PATH"]?.split(delimiter) ?? [];
  return folders.some((folder) => existsSync(join(folder, name)));
}

/** The version of the tool on PATH or in the cache; undefined when it is missing. */
export async function findTool(name: ToolName): Promise<string | undefined> {
  useDownloaded(name);
  try {
    const words = await run(name, tools[name].ask, { timeoutMs: 20_000 });
    return words.replace(/^v/, "");
  } catch (error) {
    if (error instanceof RunError && error.missing) return undefined;
    throw error;
  }
}

/**
 * Ensures that a tool can be run: the one on PATH, or the pinned one, downloaded once and verified.
 *
 * @throws Problem with installation instructions when the tool can't be installed here
 */
export async function ensureTool(name: ToolName): Promise<void> {
  if (isOnPath(name) || (await findTool(name)) !== undefined) return;
  const tool: Tool = tools[name];
  const platform = `${os}-${arch}`;
  const folder = toolFolder(name);
  await mkdir(folder, { recursive: true });
  const failures: string[] = [];
  for (const get of tool.goPackage === undefined ? [download] : [download, compile]) {
    try {
      await get(name, tool, platform, folder);
      await findTool(name);
      return;
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  await rm(folder, { recursive: true, force: true });
  throw new Problem(
    `${name} is missing and can't be installed here (${failures.join("; ")}): install ${name} ${tool.version} (${tool.install}), then try again.`,
  );
}

async function download(name: string, tool: Tool, platform: string, folder: string): Promise<void> {
  const expected = tool.sha256?.[platform];
  const url = tool.url?.(platform);
  if (expected === undefined || url === undefined) {
    throw new Error(`there is no pinned download for ${platform}`);
  }
  step(`Downloading ${name} ${tool.version}`);
  let bytes: Buffer;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    bytes = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(
      `the download failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause: error,
      },
    );
  }
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== expected) {
    throw new Error(`the download has SHA-256 ${actual}, expected ${expected}, and was discarded`);
  }
  const work = await mkdtemp(join(folder, "download-"));
  const file = join(work, name);
  await writeFile(file, bytes);
  if (tool.folder === undefined) {
    await chmod(file, 0o755);
    await rename(file, join(folder, name));
  } else {
    await run("tar", ["--extract", "--gzip", "--file", file, "--directory", work]);
    await run("cp", ["-R", `${join(work, tool.folder(platform))}/.`, folder]);
  }
  await rm(work, { recursive: true, force: true });
}

/** Go verifies the sources with its checksum database. */
async function compile(name: string, tool: Tool, _platform: string, folder: string): Promise<void> {
  await run("go", ["version"]).catch(() => {
    throw new Error("there is no Go to compile it with");
  });
  step(`Compiling ${name} ${tool.version} with Go (a few minutes, once)`);
  await run("go", ["install", String(tool.goPackage)], {
    env: { GOBIN: folder, CGO_ENABLED: "0", GOFLAGS: "-trimpath" },
    timeoutMs: 900_000,
  });
}

/** The tool's cache folder, shared by all clones. */
function toolFolder(name: ToolName): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(cache, "todo-chatbot", `${name}-${tools[name].version}`);
}
