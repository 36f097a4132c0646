import { memo } from "react";

import type { Task } from "../api/types.ts";
import type { ChatMessage } from "../state/chat.ts";
import { withoutReports } from "../lib/toolcalls.ts";
import { Icon, Logo } from "./Icon.tsx";
import { Markdown } from "./Markdown.tsx";
import { ToolCard } from "./ToolCard.tsx";

export interface MessageProps {
  readonly message: ChatMessage;
  readonly onRetry: () => void;
  readonly onEdit: () => void;
  readonly onReload: () => void;
  readonly onRestore: (task: Task) => void;
}

/** How long the server knows that a task was restored already: see `restore`. */
const undoMs = 24 * 3_600_000;

const agents = {
  openai: "Answered by the language model",
  builtin: "Answered by the built-in agent",
};

export const Message = memo(
  function Message(props: MessageProps) {
    return props.message.role === "user" ? <Question {...props} /> : <Answer {...props} />;
  },
  // The callbacks depend on the message alone, so new ones need no render.
  (before, after) => before.message === after.message,
);

function Question({ message, onRetry, onEdit }: MessageProps) {
  return (
    <article className="message message-user" aria-label="You">
      <p className={message.status === "unsent" ? "bubble bubble-unsent" : "bubble"}>
        {message.content}
      </p>
      {message.status === "unsent" && (
        <div className="message-trouble">
          <span>
            <strong>Not sent.</strong> {message.reason}
          </span>
          <span className="message-actions">
            <button type="button" className="button button-small" onClick={onRetry}>
              <Icon name="retry" /> Try again
            </button>
            <button type="button" className="button button-small" onClick={onEdit}>
              <Icon name="edit" /> Edit
            </button>
          </span>
        </div>
      )}
      {message.status === "stopped" && <p className="quiet">Stopped.</p>}
    </article>
  );
}

function Answer({ message, onReload, onRestore }: MessageProps) {
  const { toolCalls, status, agent, reason, storedAt } = message;
  const content = withoutReports(message.content, toolCalls, status !== "pending");
  const isEmpty = toolCalls.length === 0 && content === "";
  const isRecent = storedAt === undefined || Date.now() - Date.parse(storedAt) < undoMs;
  return (
    <article className="message message-assistant" aria-label="Assistant">
      <span className="avatar" title={agent === undefined ? undefined : agents[agent]}>
        <Logo />
      </span>
      <div className="answer">
        {toolCalls.length > 0 && (
          <div className="tool-cards">
            {toolCalls.map((call, index) => (
              <ToolCard key={index} call={call} onRestore={isRecent ? onRestore : undefined} />
            ))}
          </div>
        )}
        {content !== "" && <Markdown text={content} />}
        {status === "pending" && (
          <span className={isEmpty ? "thinking" : "caret"} aria-hidden="true">
            <span />
            <span />
            <span />
          </span>
        )}
        {status === "stopped" && <p className="quiet">Stopped.</p>}
        {status === "cut" && (
          <div className="message-trouble">
            <span>
              <strong>Interrupted.</strong> {reason}
            </span>
            <button type="button" className="button button-small" onClick={onReload}>
              <Icon name="retry" /> See what was done
            </button>
          </div>
        )}
      </div>
    </article>
  );
}
