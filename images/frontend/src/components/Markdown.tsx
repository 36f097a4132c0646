import { type ReactNode, useMemo } from "react";

import { type Block, type Inline, parseMarkdown } from "../lib/markdown.ts";

/** Renders text from a model; lib/markdown.ts says which elements it can produce. */
export function Markdown({ text }: { readonly text: string }) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return <div className="markdown">{blocks.map(showBlock)}</div>;
}

function showBlock(block: Block, key: number): ReactNode {
  switch (block.type) {
    case "paragraph":
      return <p key={key}>{block.children.map(showInline)}</p>;
    case "heading":
      return (
        <p key={key} className="markdown-heading">
          {block.children.map(showInline)}
        </p>
      );
    case "quote":
      return <blockquote key={key}>{block.children.map(showInline)}</blockquote>;
    case "code":
      return (
        <pre key={key} tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "rule":
      return <hr key={key} />;
    case "list": {
      const items = block.items.map((item, index) => (
        <li key={index} className={item.checked === undefined ? undefined : "markdown-task"}>
          {item.checked !== undefined && (
            <span role="img" aria-label={item.checked ? "done:" : "to do:"}>
              {item.checked ? "☑" : "☐"}{" "}
            </span>
          )}
          {item.children.map(showInline)}
          {item.nested.map(showBlock)}
        </li>
      ));
      return block.start === undefined ? (
        <ul key={key}>{items}</ul>
      ) : (
        <ol key={key} start={block.start}>
          {items}
        </ol>
      );
    }
  }
}

function showInline(node: Inline, key: number): ReactNode {
  switch (node.type) {
    case "text":
      return node.text;
    case "break":
      return <br key={key} />;
    case "code":
      return <code key={key}>{node.text}</code>;
    case "strong":
      return <strong key={key}>{node.children.map(showInline)}</strong>;
    case "emphasis":
      return <em key={key}>{node.children.map(showInline)}</em>;
    case "deleted":
      return <del key={key}>{node.children.map(showInline)}</del>;
    case "link":
      return (
        <a key={key} href={node.href} title={node.href} target="_blank" rel="noopener noreferrer">
          {node.children.map(showInline)}
        </a>
      );
  }
}
