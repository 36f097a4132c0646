import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { delimiter } from "node:path";
import type { Mock } from "node:test";
import { mock } from "node:test";

import { ensureTool, findTool, pinnedVersion } from "../../cli/toolchain.ts";
import { Programs, Variable } from "./fakes.ts";

/** A machine with these programs and an empty cache, whose downloads are answered here. */
class Machine extends Programs {
  readonly #cache = new Variable("XDG_CACHE_HOME", this.at("cache"));
  readonly #log = mock.method(console, "log", () => undefined);
  readonly fetch: Mock<typeof globalThis.fetch>;

  constructor(programs: Readonly<Record<string, string>>, answer: () => Promise<Response>) {
    super(programs);
    this.fetch = mock.method(globalThis, "fetch", answer);
  }

  /** What was said meanwhile. */
  get steps(): unknown[] {
    return this.#log.mock.calls.map(({ arguments: [text] }) => text as unknown);
  }

  override [Symbol.dispose](): void {
    this.#log.mock.restore();
    this.fetch.mock.restore();
    this.#cache[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

const unreachable = () =>
  Promise.reject(new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND") }));

describe("findTool", () => {
  for (const [name, words, version] of [
    ["pulumi", "v3.259.0", "3.259.0"],
    ["kind", "0.33.0", "0.33.0"],
    ["helm", "v3.22.0", "3.22.0"],
  ] as const) {
    it(`returns the version of ${name}`, async () => {
      using _machine = new Machine({ [name]: `echo ${words}` }, unreachable);

      assert.equal(await findTool(name), version);
      assert.equal(pinnedVersion(name), version);
    });
  }

  it("returns undefined for a missing tool", async () => {
    using _machine = new Machine({}, unreachable);

    assert.equal(await findTool("helm"), undefined);
  });
});

describe("ensureTool", () => {
  it("uses the tool on PATH, whatever its version", async () => {
    using machine = new Machine({ helm: "echo v3.19.0" }, unreachable);
    await ensureTool("helm");

    assert.equal(machine.fetch.mock.callCount(), 0);
    assert.ok(!existsSync(machine.at("cache")));
  });

  it("discards a download with another checksum than the pinned one", async () => {
    const bytes = "another program";
    using machine = new Machine({}, () => Promise.resolve(new Response(bytes)));
    const sha256 = createHash("sha256").update(bytes).digest("hex");

    await assert.rejects(ensureTool("kind"), ({ name, message }: Error) => {
      assert.equal(name, "Problem");
      assert.match(
        message,
        new RegExp(
          `^kind is missing and can't be installed here \\(the download has SHA-256 ${sha256}, expected [0-9a-f]{64}, and was discarded; there is no Go to compile it with\\): install kind 0\\.33\\.0 \\(https://kind\\.sigs\\.k8s\\.io/\\S+\\), then try again\\.$`,
        ),
      );
      return true;
    });
    assert.deepEqual(machine.steps, ["• Downloading kind 0.33.0"]);
    assert.deepEqual(readdirSync(machine.at("cache/todo-chatbot")), []);
    assert.equal(await findTool("kind"), undefined);
  });

  for (const [what, answer, reason] of [
    ["no network", unreachable, "the download failed: getaddrinfo ENOTFOUND"],
    [
      "no such file",
      () => Promise.resolve(new Response("", { status: 404 })),
      "the download failed: status 404",
    ],
  ] as const) {
    it(`reports the cause: ${what}`, async () => {
      using _machine = new Machine({}, answer);

      await assert.rejects(ensureTool("pulumi"), {
        message: `pulumi is missing and can't be installed here (${reason}): install pulumi ${pinnedVersion("pulumi")} (https://www.pulumi.com/docs/install/, or npm install --global pulumi@3.259.0), then try again.`,
      });
    });
  }

  it("compiles the pinned version where it can't be downloaded, once", async () => {
    using machine = new Machine(
      {
        go: `echo "$*" >>"\${0%/*}/calls"
[ "$1" = install ] || exit 0
printf '#!/bin/sh\\necho 0.33.0\\n' >"$GOBIN/kind"
/bin/chmod +x "$GOBIN/kind"`,
      },
      unreachable,
    );
    await ensureTool("kind");
    await ensureTool("kind");

    assert.equal(machine.read("calls"), "version\ninstall sigs.k8s.io/kind@v0.33.0\n");
    assert.equal(await findTool("kind"), "0.33.0");
    assert.deepEqual(machine.steps, [
      "• Downloading kind 0.33.0",
      "• Compiling kind 0.33.0 with Go (a few minutes, once)",
    ]);
  });

  it("appends the installed tool to PATH", async () => {
    using machine = new Machine({}, unreachable);
    machine.write("cache/todo-chatbot/helm-3.22.0/helm", "#!/bin/sh\necho v3.22.0\n", 0o755);
    await ensureTool("helm");

    assert.equal(
      process.env["PATH"],
      [machine.path, machine.at("cache/todo-chatbot/helm-3.22.0")].join(delimiter),
    );
    assert.equal(machine.fetch.mock.callCount(), 0);
  });
});
