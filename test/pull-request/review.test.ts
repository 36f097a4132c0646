import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { rules } from "../../policy/rules.ts";
import { compareStacks } from "../../cli/preview/comparison.ts";
import { imageContents } from "../../cli/preview/image-contents.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { comment, folded, maxComment, table } from "../../cli/preview/markdown.ts";
import type { ProgramResource } from "../../render/program.ts";
import type { Review } from "../../cli/preview/report.ts";
import { isGreen, reviewMarkdown } from "../../cli/preview/report.ts";
import { Folder } from "../unit/folder.ts";
import { skipWithout } from "../required-tools.ts";
import { Tree } from "./tree.ts";

const config = (name: string, value: string): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "n" },
  data: { KEY: value },
});
const plan = (code: number, stdout: string) => ({
  value: { code, stdout, stderr: "", milliseconds: 6_912, isFromState: false },
});
function stack(name: string, before: Manifest[], after: Manifest[]): Review["stacks"][number] {
  const content = (objects: Manifest[]) => ({ stack: name, objects, resources: [], secrets: [] });
  return {
    stack: name,
    plan: plan(0, "Previewing\nResources:\n    + 27 to create\n"),
    violations: { value: [] },
    comparison: { value: compareStacks(content(before), content(after)) },
    digest: { value: { stack: name, digest: `sha256:${name}`, parts: {} } },
  };
}
const review = (stacks: Review["stacks"], images: Review["images"] = { problem: "no Docker" }) => ({
  base: "aafe6e150b8d",
  stacks,
  images,
});
const noGrype = { problem: "Grype is not installed: npm run todo -- scan downloads it." };
const pkg = (name: string, version: string) => ({ name, version, license: "MIT" });

describe("The comment of a review", () => {
  it("says what every stack comes to, and a change that both have once", () => {
    const result = review(
      ["dev", "local"].map((name) => stack(name, [config("a", "1")], [config("a", "2")])),
      {
        value: {
          before: new Map([
            [
              "todo-chatbot-backend",
              {
                size: 156_950_268,
                packages: [pkg("a", "1.0.0"), pkg("b", "1.0.0")],
                scan: { problem: "no Grype" },
              },
            ],
          ]),
          after: new Map([
            [
              "todo-chatbot-backend",
              {
                size: 157_124_004,
                packages: [pkg("a", "1.0.0"), pkg("b", "1.1.0"), pkg("c", "2.0.0")],
                scan: {
                  imageId: "sha256:1d",
                  scannedAt: "2026-11-29T08:00:00.000Z",
                  database: "2026-11-29T05:00:00.000Z",
                  findings: [
                    {
                      ids: ["CVE-2026-0001"],
                      severity: "high",
                      package: "c",
                      version: "2.0.0",
                      fixedIn: "2.0.1",
                      layer: "the bundle",
                    },
                  ],
                },
              },
            ],
          ]),
        },
      },
    );

    assert.equal(isGreen(result), true);
    assert.equal(
      reviewMarkdown(result),
      [
        "✅ What this change would do to the cluster, compared with `aafe6e150b8d`. Previewed from the code of the change, without a cluster.",
        "### Digests",
        "| stack | digest of what it deploys |\n| --- | --- |\n| `dev` | `sha256:dev` |\n| `local` | `sha256:local` |",
        "Deploys exactly this, or nothing: `npm start -- --stack <stack> --reviewed <digest>`.",
        "### Plan",
        "| stack | `pulumi preview` | from | changes | time |\n| --- | --- | --- | --- | --- |\n| `dev` | ✅ | an empty state | + 27 to create | 6.9 s |\n| `local` | ✅ | an empty state | + 27 to create | 6.9 s |",
        "### Policies",
        `**Stack \`dev\`**: ✅ no violations of ${rules.length} policies.`,
        `**Stack \`local\`**: ✅ no violations of ${rules.length} policies.`,
        "### Objects in the cluster",
        "**Stack `dev`**: 1 changed, 0 added, 0 removed, 0 unchanged",
        "<details><summary>~ ConfigMap/a</summary>\n\n```diff\n@@ data.KEY @@\n-1\n+2\n```\n\n</details>",
        "**Stack `local`**: the same as `dev`.",
        "### Images",
        "| image | before | after | change | packages | vulnerabilities |\n| --- | --- | --- | --- | --- | --- |\n| `todo-chatbot-backend` | 156.95 MB | 157.12 MB | +0.17 MB (+0.1 %) | 3, 2 in, 1 out | 1 high |",
        "<details><summary>Packages of todo-chatbot-backend</summary>\n\n```diff\n- b 1.0.0 (MIT)\n+ b 1.1.0 (MIT)\n+ c 2.0.0 (MIT)\n```\n\n</details>",
        "<details><summary>Vulnerabilities of todo-chatbot-backend</summary>\n\n```\nc 2.0.0 (high, CVE-2026-0001): fixed in 2.0.1; in the bundle\n```\n\n</details>\n",
      ].join("\n\n"),
    );
  });

  it("is red with a plan that fails, and shows the end of its words", () => {
    const red = {
      ...stack("dev", [], []),
      plan: plan(255, "Previewing update\n@ much progress\nDiagnostics:\n  error: no <disk>\n"),
    };

    assert.equal(isGreen(review([red])), false);
    const markdown = reviewMarkdown(review([red]));
    assert.match(markdown, /^❌/);
    assert.match(markdown, /\| `dev` \| ❌ exit code 255 \| an empty state \| {2}\| 6\.9 s \|/);
    assert.match(markdown, /```\nDiagnostics:\n {2}error: no <disk>\n```/);
    assert.doesNotMatch(markdown, /much progress/);
  });

  it("is red with a broken policy, and with a program that can't be rendered", () => {
    const broken = {
      ...stack("dev", [], []),
      violations: {
        value: [{ rule: "no-moving-tags", subject: "Deployment/a", message: "runs <b>|a:latest" }],
      },
    };
    const failing = {
      ...stack("local", [], []),
      violations: { problem: "The program fails: `x`" },
      comparison: { problem: "The program fails: `x`" },
      digest: { problem: "The program fails: `x`" },
    };

    assert.equal(isGreen(review([broken])), false);
    assert.equal(isGreen(review([failing])), false);
    const markdown = reviewMarkdown(review([broken, failing]));
    assert.match(
      markdown,
      /\| `no-moving-tags` \| `Deployment\/a` \| runs &lt;b&gt;\\\|a:latest \|/,
    );
    assert.match(markdown, /\*\*Stack `local`\*\*: ❌ The program fails/);
  });

  it("says why images are not built", () => {
    assert.match(reviewMarkdown(review([])), /### Images\n\nNot built: no Docker\n$/);
  });

  it("is cut well below GitHub's limit, by whole blocks, and says what is omitted", () => {
    const many = (value: string) =>
      Array.from({ length: 3_000 }, (_, index) => config(`config-${index}`, value.repeat(400)));
    const markdown = reviewMarkdown(review([stack("dev", many("a"), many("b"))]));

    assert.ok(markdown.length > 40_000 && markdown.length <= maxComment, String(markdown.length));
    assert.match(
      markdown,
      /_\d+ more part\(s\) are omitted here\. See all of it: `npm run todo -- preview --against aafe6e150b8d`\._/,
    );
    // The other sections are whole, and every fold and fence is closed.
    assert.match(markdown, /### Images\n\nNot built: no Docker\n$/);
    assert.equal(markdown.split("<details>").length, markdown.split("</details>").length);
    assert.equal(markdown.split("```").length % 2, 1);
  });

  it("cuts one huge object, and huge lines in it", () => {
    const lines = Array.from({ length: 5_000 }, () => "x".repeat(1_000));
    const block = folded("~ ConfigMap/huge", lines, "diff");

    assert.ok(block.length < 7_000);
    assert.match(block, /^x{300}…$/m);
    assert.match(block, /^… 49\d\d more lines\n```\n\n<\/details>$/m);
  });

  it("keeps tables whole, whatever is in their cells", () => {
    assert.equal(table(["a"], [["x|y\n z"]]), "| a |\n| --- |\n| x\\|y z |");
  });

  it("never grows beyond the limit, even with one endless block", () => {
    const text = comment("head", [{ title: "t", blocks: ["x".repeat(200_000)] }], "rest");

    assert.ok(text.length <= maxComment);
    assert.match(text, /1 more part\(s\) are omitted/);
  });
});

describe("The content of images", () => {
  const path = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = path;
    delete process.env["TODO_IMAGE_NODE"];
  });

  const image: ProgramResource = {
    type: "docker:index/image:Image",
    name: "images-backend",
    parent: "",
    provider: "",
    protect: false,
    dependsOn: [],
    secrets: [],
    inputs: {
      imageName: "todo-chatbot-backend:0123456789ab",
      build: {
        context: "./images/backend",
        dockerfile: "./images/backend/Dockerfile",
        platform: "linux/amd64",
        args: { NODE_IMAGE: "node:24" },
      },
    },
  };

  /** A fake docker on PATH that records its arguments. */
  function fakeDocker(folder: Folder, answer: string): () => string[] {
    folder.write("bin/docker", `#!/bin/sh\necho "$*" >> ${folder.at("calls")}\n${answer}\n`, 0o755);
    process.env["PATH"] = [folder.at("bin"), "/bin"].join(delimiter);
    return () =>
      readFileSync(folder.at("calls"), "utf8")
        .trim()
        .split("\n")
        .map((line) => line.replace(/size-[0-9a-f]{12}/g, "size-*"));
  }

  it("is that of builds as the program would make them, which are removed again", async () => {
    using folder = new Folder();
    const calls = fakeDocker(
      folder,
      `case "$1 $2" in
        "image inspect") echo "sha256:1d 156950268 2026-11-22T00:18:26.879Z" ;;
        create*) echo c0 ;;
        cp*) echo '{"components": [{"name": "a", "version": "1.0.0", "licenses": [{"expression": "MIT"}]}]}' >"$3" ;;
      esac`,
    );
    process.env["TODO_IMAGE_NODE"] = "mirror/node:24";

    const contents = await imageContents("/tree", [image, { ...image, type: "other" }]);

    assert.deepEqual(
      [...contents],
      [
        [
          "todo-chatbot-backend",
          { size: 156_950_268, packages: [pkg("a", "1.0.0")], scan: noGrype },
        ],
      ],
    );
    assert.deepEqual(
      calls().map((call) => call.replace(/ \S+\/file$/, " FILE")),
      [
        "build --quiet --tag todo-chatbot-backend:size-* --platform linux/amd64 --file /tree/images/backend/Dockerfile --build-arg NODE_IMAGE=mirror/node:24 /tree/images/backend",
        "create todo-chatbot-backend:size-* none",
        "cp c0:/app/sbom.cdx.json FILE",
        "rm c0",
        "image inspect --format {{.Id}} {{.Size}} {{.Created}} todo-chatbot-backend:size-*",
        "image rm todo-chatbot-backend:size-*",
      ],
    );
  });

  it("has no packages where the image does not list them", async () => {
    using folder = new Folder();
    fakeDocker(
      folder,
      `case "$1 $2" in
        "image inspect") echo "sha256:1d 5 2026-11-22T00:18:26.879Z" ;;
        cp*) echo "Error response from daemon: Could not find the file /app/sbom.cdx.json in container c0" >&2; exit 1 ;;
      esac`,
    );

    const contents = await imageContents("/tree", [image]);
    assert.deepEqual(contents.get("todo-chatbot-backend"), {
      size: 5,
      packages: undefined,
      scan: noGrype,
    });
  });

  it("fails with Docker's words when an image does not build", async () => {
    using folder = new Folder();
    fakeDocker(folder, "echo 'no such instruction' >&2; exit 1");

    await assert.rejects(imageContents("/tree", [image]), /no such instruction/);
  });
});

describe("todo preview --report", function () {
  this.timeout(180_000);
  let tree: Tree;

  before(async function () {
    await skipWithout(this, "pulumi", "helm");
    tree = new Tree();
    tree.commit();
  });
  // None was made where a tool is missing.
  after(() => (tree as Tree | undefined)?.[Symbol.dispose]());

  it("writes the comment and ends with 1 when a policy is broken", () => {
    tree.edit(
      "charts/todo-chatbot/templates/_pod.tpl",
      "readOnlyRootFilesystem: true",
      "readOnlyRootFilesystem: false",
    );
    const { code, output } = tree.run(process.execPath, [
      ...["cli/main.ts", "preview", "--against", "HEAD"],
      ...["--report", "comment.md", "--digests", "digests.json"],
    ]);

    assert.equal(code, 1);
    assert.match(
      output,
      /Wrote the report to comment\.md\n.*Wrote the digests to digests\.json\n[\s\S]*Not ready to merge; see the report\./,
    );
    const digests = JSON.parse(readFileSync(join(tree.path, "digests.json"), "utf8"));
    const markdown = readFileSync(join(tree.path, "comment.md"), "utf8");
    assert.match(markdown, /^❌ What this change would do/);
    assert.ok(markdown.includes(`| \`dev\` | \`${digests.dev.digest}\` |`), markdown.slice(0, 900));
    assert.match(markdown, /\| `dev` \| ❌ exit code \d+ \|/);
    assert.match(markdown, /\| `read-only-root` \| `Deployment\/backend-deployment` \|/);
    assert.match(markdown, /^-true\n\+false$/m);
    assert.match(markdown, /\*\*Stack `local`\*\*: the same as `dev`\./);
    assert.match(markdown, /Not built: (No Docker engine answers|Docker is missing)/);
  });
});
