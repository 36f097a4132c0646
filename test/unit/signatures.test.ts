import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import { clusterTarget } from "../../config/target.ts";
import { dockerProblem } from "../../lib/docker.ts";
import { run } from "../../lib/exec.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import { ensureSigned } from "../../components/images/signatures.ts";
import type { VerifySettings } from "../../components/images/verify.schema.ts";
import type { Config } from "../../config/index.ts";
import { preflight } from "../../preflight.ts";
import { startEngine } from "./engine.ts";
import { Programs } from "./fakes.ts";
import { parseSettings } from "../../config/settings.ts";
import { skipWithout } from "../required-tools.ts";
import { skip } from "../skip.ts";

const digest = `sha256:${"0a".repeat(32)}`;
const image = (app: string) => `registry.example.org/team/${app}@${digest}`;

/** A stack's config with prebuilt images. */
function config(backend: string, frontend: string, verify: Partial<VerifySettings>): Config {
  const prebuilt = { backend, frontend };
  return parseSettings({ images: { mode: "prebuilt", prebuilt, verify } }, new Set()) as never;
}

describe("images.verify", () => {
  const cosign = `echo "WARNING: something" >&2; echo "Error: no signatures found" >&2; exit 10`;
  const identity = "^https://github[.]com/team/app/.*$";
  const { images } = config(image("backend"), image("frontend"), { identity });

  it("refuses an update with images that nobody signed, and names them", async () => {
    await startEngine();
    using _programs = new Programs({ cosign });
    await assert.rejects(ensureSigned(images), {
      message: [
        "Nothing was changed. images.verify is set, but these images can't be verified:",
        `  ${image("backend")}: no signatures found`,
        `  ${image("frontend")}: no signatures found`,
        "Deploy images that are signed by who images.verify.identity and issuer name, or correct these (docs/production.md).",
      ].join("\n"),
    });
  });

  it("refuses an update without cosign", async () => {
    await startEngine();
    using _programs = new Programs();
    await assert.rejects(ensureSigned(images), /: cosign is not installed; npm start downloads it/);
  });

  it("asks for the identity and its issuer", async () => {
    await startEngine();
    using programs = new Programs({ cosign: `echo "$*" >>"\${0%/*}/calls"` });
    await ensureSigned(images);
    const by = `--certificate-identity-regexp ${identity} --certificate-oidc-issuer https://token.actions.githubusercontent.com`;
    assert.deepEqual(programs.read("calls").trim().split("\n"), [
      `verify ${by} ${image("backend")}`,
      `verify ${by} ${image("frontend")}`,
    ]);
  });

  it("verifies nothing in a preview", async () => {
    await startEngine({ preview: true });
    using _programs = new Programs({ cosign });
    await ensureSigned(images);
  });
});

describe("cosign itself", function () {
  this.timeout(120_000);
  const name = `todo-chatbot-signatures-test-${process.pid}`;
  const references: Record<string, string> = {};
  let key = "";

  before(async function () {
    await skipWithout(this, "cosign");
    const problem = await dockerProblem();
    if (problem !== undefined) skip(this, problem);
    await run("docker", [
      ...["run", "--detach", "--rm", "--name", name, "--publish", "127.0.0.1::5000"],
      process.env["TODO_IMAGE_REGISTRY"] ?? "registry:3",
    ]);
    const port = (await run("docker", ["port", name, "5000/tcp"])).split(":").at(-1) ?? "";
    const registry = `127.0.0.1:${port}`;
    while (!(await fetch(`http://${registry}/v2/`).catch(() => undefined))?.ok) await pause(200);

    await using folder = await temporaryFolder();
    const place = { cwd: folder.path, env: { COSIGN_PASSWORD: "" } };
    for (const signer of ["ours", "theirs"]) {
      await run("cosign", ["generate-key-pair", "--output-key-prefix", signer], place);
    }
    key = await run("cat", ["ours.pub"], place);
    for (const [app, signer] of [
      ["signed", "ours"],
      ["stolen", "theirs"],
      ["unsigned", ""],
    ] as const) {
      await run("tar", ["--create", "--file", "layer.tar", "--exclude=layer.tar", "."], place);
      const tag = `${registry}/${app}:1.0`;
      await run("docker", ["import", "--message", app, "layer.tar", tag], place);
      await run("docker", ["push", "--quiet", tag]);
      references[app] = await run("docker", [
        "image",
        "inspect",
        "--format",
        "{{index .RepoDigests 0}}",
        tag,
      ]);
      await run("docker", ["image", "rm", tag]);
      const offline = ["--tlog-upload=false", "--use-signing-config=false"];
      if (signer === "") continue;
      await run(
        "cosign",
        ["sign", "--yes", "--key", `${signer}.key`, ...offline, references[app]],
        place,
      );
    }
  });
  after(async () => {
    if (key !== "") await run("docker", ["rm", "--force", name]);
  });

  /** Of an update that would deploy two images. */
  async function checked(backend: string, frontend: string): Promise<void> {
    const { images, ...rest } = config(references[backend] ?? "", references[frontend] ?? "", {
      key,
      transparencyLog: false,
    });
    await startEngine();
    await preflight(clusterTarget(rest.cluster), { ...rest, images });
  }

  it("refuses an image without a signature and one with another key's, before anything else", async () => {
    await assert.rejects(checked("unsigned", "stolen"), (error: Error) => {
      const [first, unsigned, stolen, remedy] = error.message.split("\n");
      assert.match(first ?? "", /^Nothing was changed\. images\.verify is set/);
      assert.equal(unsigned, `  ${references["unsigned"] ?? ""}: no signatures found`);
      assert.match(stolen ?? "", /\/stolen@sha256:\w+: .*(failed to verify signature|no matching)/);
      assert.match(
        remedy ?? "",
        /^Deploy images that are signed with the private key of images\.verify\.key/,
      );
      return true;
    });
  });

  it("passes a signed image, without a network", async () => {
    // The next check fails: there is no cluster here.
    await assert.rejects(checked("signed", "signed"), (error: Error) => {
      assert.doesNotMatch(error.message, /images\.verify/);
      return true;
    });
  });
});
