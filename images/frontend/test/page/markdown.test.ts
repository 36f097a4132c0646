import assert from "node:assert/strict";

import {
  type Block,
  type Inline,
  parseInline,
  parseMarkdown,
  safeAddress,
} from "../../src/lib/markdown.ts";

const text = (value: string): Inline => ({ type: "text", text: value });

/** Every node of a tree. */
function* nodes(tree: readonly (Block | Inline)[]): Generator<Block | Inline> {
  for (const node of tree) {
    yield node;
    if ("children" in node) yield* nodes(node.children);
    if ("items" in node) {
      for (const item of node.items) yield* nodes([...item.children, ...item.nested]);
    }
  }
}

describe("Markdown", () => {
  it("knows emphasis, code and links", () => {
    assert.deepEqual(
      parseInline("**bold** *it* _it_ ~~gone~~ `a*b*` [site](https://a.example/x)"),
      [
        { type: "strong", children: [text("bold")] },
        text(" "),
        { type: "emphasis", children: [text("it")] },
        text(" "),
        { type: "emphasis", children: [text("it")] },
        text(" "),
        { type: "deleted", children: [text("gone")] },
        text(" "),
        { type: "code", text: "a*b*" },
        text(" "),
        { type: "link", href: "https://a.example/x", children: [text("site")] },
      ],
    );
  });

  it("nests emphasis", () => {
    assert.deepEqual(parseInline("**a *b* c**"), [
      {
        type: "strong",
        children: [text("a "), { type: "emphasis", children: [text("b")] }, text(" c")],
      },
    ]);
  });

  for (const plain of [
    "2 * 3 * 4",
    "file_name_with_underscores",
    "a ** b ** c",
    "**not closed",
    "`not closed",
    "[not](closed",
    "[no] (link)",
    "5 > 3 < 7",
    "****",
    "``",
  ]) {
    it(`takes ${JSON.stringify(plain)} as it stands`, () => {
      assert.deepEqual(parseInline(plain), [text(plain)]);
    });
  }

  it("takes an escaped mark as it stands", () => {
    assert.deepEqual(parseInline("\\*a\\* \\[b\\]"), [text("*a* [b]")]);
  });

  it("makes links of bare addresses, without the full stop behind them", () => {
    assert.deepEqual(parseInline("see https://a.example/b?c=d. (http://x.example)"), [
      text("see "),
      {
        type: "link",
        href: "https://a.example/b?c=d",
        children: [text("https://a.example/b?c=d")],
      },
      text(". ("),
      { type: "link", href: "http://x.example/", children: [text("http://x.example")] },
      text(")"),
    ]);
  });

  it("knows lists, nested, numbered and with boxes", () => {
    assert.deepEqual(
      parseMarkdown("Left:\n3. milk\n4. bread\n   - brown\n\n- [x] done\n- [ ] open"),
      [
        { type: "paragraph", children: [text("Left:")] },
        {
          type: "list",
          start: 3,
          items: [
            { checked: undefined, children: [text("milk")], nested: [] },
            {
              checked: undefined,
              children: [text("bread")],
              nested: [
                {
                  type: "list",
                  start: undefined,
                  items: [{ checked: undefined, children: [text("brown")], nested: [] }],
                },
              ],
            },
          ],
        },
        {
          type: "list",
          start: undefined,
          items: [
            { checked: true, children: [text("done")], nested: [] },
            { checked: false, children: [text("open")], nested: [] },
          ],
        },
      ],
    );
  });

  it("keeps a list together across empty lines", () => {
    const [list, ...more] = parseMarkdown("1. a\n\n2. b\n\n   - c\n\n3. d");
    assert(list?.type === "list");
    assert.equal(list.items.length, 3);
    assert.equal(list.items[1]?.nested.length, 1);
    assert.deepEqual(more, []);
  });

  it("knows headings, quotes, rules and code blocks", () => {
    assert.deepEqual(
      parseMarkdown("## Plan ##\n> wise\n> words\n---\n```js\nlet a = '**b**';\n```\nend"),
      [
        { type: "heading", children: [text("Plan")] },
        { type: "quote", children: [text("wise"), { type: "break" }, text("words")] },
        { type: "rule" },
        { type: "code", text: "let a = '**b**';" },
        { type: "paragraph", children: [text("end")] },
      ],
    );
  });

  it("shows a code block that is still being streamed", () => {
    assert.deepEqual(parseMarkdown("```\nhalf"), [{ type: "code", text: "half" }]);
  });

  it("keeps line breaks", () => {
    assert.deepEqual(parseMarkdown("a\r\nb"), [
      { type: "paragraph", children: [text("a"), { type: "break" }, text("b")] },
    ]);
  });
});

describe("text from a model", () => {
  for (const html of [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    "<!-- comment -->",
    "&lt;b&gt;",
  ]) {
    it(`shows ${html} as text`, () => {
      assert.deepEqual(parseMarkdown(html), [{ type: "paragraph", children: [text(html)] }]);
    });
  }

  it("makes a link, not a picture, of an image", () => {
    assert.deepEqual(parseInline("![a cat](https://evil.example/?q=secret)"), [
      { type: "link", href: "https://evil.example/?q=secret", children: [text("a cat")] },
    ]);
  });

  for (const address of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:null/1",
    "file:///etc/passwd",
    "//evil.example",
    "/api/tasks",
    "#x",
    "",
  ]) {
    it(`makes no link to ${JSON.stringify(address)}`, () => {
      assert.equal(safeAddress(address), undefined);
      const tree = parseMarkdown(`[x](${address}) ![y](${address})`);
      assert(![...nodes(tree)].some(({ type }) => type === "link"));
    });
  }

  it("never makes anything but known nodes and harmless links, whatever comes", () => {
    const parts = [
      ..."*_~`[]()!<>#-+.1> \n\\|&;:/=x",
      "**",
      "```",
      "](",
      "![",
      "- ",
      "1. ",
      "    ",
      "javascript:",
      "https://a.example",
      "<img src=x>",
      "[ ]",
    ];
    // A generator of its own, so that a failure can be repeated.
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const known = new Set(
      "text code break strong emphasis deleted link paragraph heading quote rule list".split(" "),
    );
    for (let round = 0; round < 5000; round++) {
      const source = Array.from({ length: 1 + random(40) }, () => parts[random(parts.length)]).join(
        "",
      );
      for (const node of nodes(parseMarkdown(source))) {
        assert(known.has(node.type), source);
        if (node.type === "link") assert.match(node.href, /^(?:https?|mailto):/, source);
      }
    }
  });

  for (const pattern of [
    "*",
    "**",
    "_a",
    "[",
    "[a](",
    "![",
    "`",
    "``a",
    "> ",
    "- ",
    "  - ",
    "1. a\n",
    "\\",
    "https://a.",
    "*a_b~~c`",
  ]) {
    it(`reads 400,000 characters of ${JSON.stringify(pattern)} in no time`, () => {
      const source = pattern.repeat(Math.ceil(400_000 / pattern.length));
      const started = performance.now();
      parseMarkdown(source);
      const took = performance.now() - started;
      assert(took < 10_000, `${took} ms`);
    });
  }

  it("stops nesting at some depth", () => {
    const depthOf = (blocks: readonly Block[]): number =>
      Math.max(
        0,
        ...blocks.map((block) =>
          block.type === "list" ? 1 + depthOf(block.items.flatMap(({ nested }) => nested)) : 0,
        ),
      );
    const deep = Array.from({ length: 2000 }, (_, depth) => `${"  ".repeat(depth)}- x`).join("\n");
    assert.equal(depthOf(parseMarkdown(deep)), 5);
  });
});
