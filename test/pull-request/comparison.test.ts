import assert from "node:assert/strict";

import { compareStacks } from "../../cli/preview/comparison.ts";
import { comparisonMarkdown, comparisonText } from "../../cli/preview/comparison-text.ts";
import type { Manifest } from "../../lib/manifest.ts";
import type { StackContent } from "../../render/stack-manifests.ts";
import type { ProgramResource } from "../../render/program.ts";

const deployment = (image: string, replicas = 2): Manifest => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "backend", namespace: "n" },
  spec: {
    replicas,
    template: {
      spec: { containers: [{ name: "backend", image, env: [{ name: "A", value: "1" }] }] },
    },
  },
});
const secret = (value: string): Manifest => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "auth", namespace: "n" },
  stringData: { KEY: value },
});
const config = (text: string): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "config", namespace: "n" },
  data: { "file.yml": text },
});
const resource = (type: string, name: string, rest: Partial<ProgramResource> = {}) => ({
  ...{
    type,
    name,
    parent: "",
    provider: "p",
    protect: false,
    dependsOn: [],
    inputs: {},
    secrets: [],
  },
  ...rest,
});

function content(
  objects: Manifest[],
  resources: ProgramResource[] = [],
  secrets: string[] = [],
): StackContent {
  return { stack: "dev", objects, resources, secrets };
}

const text = (before: StackContent, after: StackContent) =>
  comparisonText(compareStacks(before, after));

describe("The comparison of two revisions", () => {
  it("says in one line that nothing changes", () => {
    const one = content([deployment("a:1"), config("x")]);

    assert.equal(text(one, structuredClone(one)), "stack dev: no change (2 objects)\n");
  });

  it("shows paths with old and new values, images by tag, and which pods roll", () => {
    assert.equal(
      text(
        content([deployment("todo-backend:9a76"), config("x")]),
        content([deployment("todo-backend:6aaa", 3), config("x")]),
      ),
      [
        "stack dev: 1 changed, 0 added, 0 removed, 1 unchanged",
        "  images",
        "    todo-backend: 9a76 → 6aaa",
        "  ~ Deployment/backend (rolls its pods)",
        "      spec.replicas: 2 → 3",
        "      spec.template.spec.containers[backend].image: todo-backend:9a76 → todo-backend:6aaa",
        "",
      ].join("\n"),
    );
  });

  it("shows the lines that differ in a long text, with two around them", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);

    assert.equal(
      text(
        content([config(lines.join("\n"))]),
        content([config(lines.with(9, "another").join("\n"))]),
      ),
      [
        "stack dev: 1 changed, 0 added, 0 removed, 0 unchanged",
        "  ~ ConfigMap/config",
        '      data["file.yml"]:',
        "         line 7",
        "         line 8",
        "        -line 9",
        "        +another",
        "         line 10",
        "         line 11",
        "         …",
        "",
      ].join("\n"),
    );
  });

  it("shows all of an object that comes or goes", () => {
    assert.equal(
      text(content([config("x")]), content([deployment("a:1")]))
        .split("\n")
        .slice(0, 16)
        .join("\n"),
      [
        "stack dev: 0 changed, 1 added, 1 removed, 0 unchanged",
        "  images",
        "    a: (none) → 1",
        "  - ConfigMap/config",
        "      apiVersion: v1",
        "      kind: ConfigMap",
        "      metadata:",
        "        name: config",
        "        namespace: n",
        "      data:",
        "        file.yml: x",
        "  + Deployment/backend",
        "      apiVersion: apps/v1",
        "      kind: Deployment",
        "      metadata:",
        "        name: backend",
      ].join("\n"),
    );
  });

  it("tells objects of one name in two namespaces apart", () => {
    const other = { ...config("x"), metadata: { name: "config", namespace: "other" } };

    assert.match(
      text(content([config("x"), other]), content([config("x")])),
      /0 changed, 0 added, 1 removed/,
    );
  });

  it("shows that a secret changes, and never what it is", () => {
    const [old, now] = ["old-secret-value", "new-secret-value"];
    const shown = text(
      content([secret(old), config(`url: ${old}`)], [], [old]),
      content([secret(now), config(`url: ${now}`)], [], [now]),
    );

    assert.equal(
      shown,
      [
        "stack dev: 2 changed, 0 added, 0 removed, 0 unchanged",
        "  ~ Secret/auth",
        "      stringData.KEY: [secret] → [secret], another one",
        "  ~ ConfigMap/config",
        '      data["file.yml"]: [secret] → [secret], another one',
        "",
      ].join("\n"),
    );
  });

  it("shows the program's resources that are no objects, and how it holds the others", () => {
    const release = "kubernetes:helm.sh/v3:Release";
    const claim = "kubernetes:core/v1:PersistentVolumeClaim";
    const before = content(
      [],
      [
        resource(release, "release", { inputs: { atomic: true, values: { tag: "1" } } }),
        resource(claim, "data", { protect: true, inputs: { spec: { size: 1 } } }),
        resource("random:index/randomPassword:RandomPassword", "old"),
      ],
    );
    const after = content(
      [],
      [
        resource(release, "release", { inputs: { atomic: false, values: { tag: "2" } } }),
        resource(claim, "data", { inputs: { spec: { size: 2 } } }),
        resource("kubernetes:core/v1:ConfigMap", "shown as an object"),
      ],
    );

    assert.equal(
      text(before, after),
      [
        "stack dev: 0 changed, 0 added, 0 removed, 0 unchanged",
        "  program",
        "  - random:index/randomPassword:RandomPassword old",
        "      provider: p",
        "      protect: false",
        "  ~ kubernetes:helm.sh/v3:Release release",
        "      atomic: true → false",
        "  ~ kubernetes:core/v1:PersistentVolumeClaim data",
        "      protect: true → false",
        "",
      ].join("\n"),
    );
  });

  it("is Markdown with a table of images and a fold for each object", () => {
    const markdown = comparisonMarkdown(
      compareStacks(
        content([deployment("todo-backend:9a76"), config("a <b>\n```\nc")]),
        content([deployment("todo-backend:6aaa"), config("a <b>\n```\nd")]),
      ),
    );

    assert.equal(
      markdown,
      [
        "**Stack `dev`**: 2 changed, 0 added, 0 removed, 0 unchanged",
        "",
        "| image | before | after |",
        "| --- | --- | --- |",
        "| `todo-backend` | `9a76` | `6aaa` |",
        "",
        "<details><summary>~ Deployment/backend (rolls its pods)</summary>",
        "",
        "```diff",
        "@@ spec.template.spec.containers[backend].image @@",
        "-todo-backend:9a76",
        "+todo-backend:6aaa",
        "```",
        "",
        "</details>",
        "",
        "<details><summary>~ ConfigMap/config</summary>",
        "",
        // Longer than the fence in the text, which would end it.
        "````diff",
        '@@ data["file.yml"] @@',
        " a <b>",
        " ```",
        "-c",
        "+d",
        "````",
        "",
        "</details>",
      ].join("\n"),
    );
  });
});
