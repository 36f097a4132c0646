import {
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

import type { Task } from "../api/types.ts";
import { keepTyped, recallTyped, type UnsentMessage } from "../state/session.ts";
import type { Chat } from "../state/useChat.ts";
import { Composer } from "./Composer.tsx";
import { Icon, Logo } from "./Icon.tsx";
import { Message } from "./Message.tsx";

export interface ChatPaneProps {
  readonly chat: Chat;
  readonly userId: string;
  /** The server can't be reached, which is said elsewhere. */
  readonly isAway: boolean;
  /** Restores a task that the agent deleted. */
  readonly onRestore: (task: Task) => void;
  readonly composer: RefObject<HTMLTextAreaElement | null>;
}

/** Conversation starters; the built-in agent understands all of them. */
const suggestions = [
  "Call grandma on Sunday, and buy milk tomorrow",
  "Book the dentist on Friday at 9am, high priority",
  "What’s left to do?",
  "What can you do?",
];
/** Distance from the bottom, in pixels, within which new messages scroll into view. */
const nearEnd = 80;

export function ChatPane({ chat, userId, isAway, onRestore, composer }: ChatPaneProps) {
  const [draft, setDraft] = useState(() => recallTyped(userId).draft);
  const { conversationId, phase, messages } = chat;
  // As text: it does not change with every piece of an answer.
  const unsent = JSON.stringify(
    messages
      .filter(({ role, status }) => role === "user" && /^(unsent|pending)$/.test(status))
      .map(({ key, content }): UnsentMessage => ({ key, text: content, conversationId })),
  );
  const latest = useRef(messages);
  useEffect(() => {
    latest.current = messages;
  });
  // While a conversation is loaded, its unsent messages are only in the storage.
  const isKnown = phase !== "loading";
  useEffect(() => {
    if (!isKnown) return;
    const typed = { draft, unsent: JSON.parse(unsent) as UnsentMessage[] };
    const keys = latest.current.map(({ key }) => key);
    keepTyped(userId, typed, { conversationId, keys });
  }, [userId, draft, conversationId, unsent, isKnown]);

  const send = (text: string) => {
    if (text.trim() === "" || chat.phase === "answering" || chat.phase === "loading") return false;
    chat.send(text.trim());
    return true;
  };
  const retry = (key: string, text: string) => {
    chat.drop(key);
    chat.send(text, key);
    composer.current?.focus();
  };
  const edit = (key: string, text: string) => {
    chat.drop(key);
    setDraft((typed) => [text, typed].filter((part) => part !== "").join("\n"));
    composer.current?.focus();
  };

  const isFresh = chat.messages.length === 0 && chat.phase === "idle";
  return (
    <section className="chat" aria-label="Chat">
      <Scroller follow={chat.messages}>
        {isFresh && (
          <div className="greeting">
            <Logo />
            <h2>What’s on your mind?</h2>
            <p>Tell me what you have to do, and ask me about it. For example:</p>
            <div className="suggestions">
              {suggestions.map((text) => (
                <button
                  key={text}
                  type="button"
                  className="suggestion"
                  onClick={() => {
                    send(text);
                    composer.current?.focus();
                  }}
                >
                  {text}
                </button>
              ))}
            </div>
          </div>
        )}
        {chat.phase === "loading" && <p className="quiet chat-note">Loading the conversation…</p>}
        {chat.phase === "failed" && (
          <div className="chat-note" role="alert">
            <p>This conversation can’t be loaded right now.</p>
            {/* Else the banner has the button. */}
            {!isAway && (
              <button type="button" className="button" onClick={chat.reload}>
                <Icon name="retry" /> Try again
              </button>
            )}
          </div>
        )}
        {chat.messages.map((message) => (
          <Message
            key={message.key}
            message={message}
            onRetry={() => {
              retry(message.key, message.content);
            }}
            onEdit={() => {
              edit(message.key, message.content);
            }}
            onReload={chat.reload}
            onRestore={onRestore}
          />
        ))}
        {chat.isGone && (
          <p className="quiet chat-note" role="status">
            This conversation was deleted in another window. Your next message starts a new one.
          </p>
        )}
        {chat.phase === "answering" && chat.messages.at(-1)?.role === "user" && <Thinking />}
      </Scroller>
      <Announcer chat={chat} />
      <Composer
        field={composer}
        draft={draft}
        last={chat.messages.findLast(({ role }) => role === "user")?.content ?? ""}
        onChange={setDraft}
        isAnswering={chat.phase === "answering"}
        onSend={() => {
          if (send(draft)) setDraft("");
        }}
        onStop={chat.stop}
      />
    </section>
  );
}

function Thinking() {
  return (
    <div className="thinking" aria-hidden="true">
      <span />
      <span />
      <span />
    </div>
  );
}

/** Announces answers to screen readers once they are complete, not while they stream. */
function Announcer({ chat }: { readonly chat: Chat }) {
  const wasAnswering = useRef(false);
  const [words, setWords] = useState("");
  const { phase, messages } = chat;
  useEffect(() => {
    const last = messages.at(-1);
    if (phase === "answering" && !wasAnswering.current) setWords("Answering…");
    if (phase === "idle" && wasAnswering.current && last !== undefined) {
      const end = last.status === "complete" ? last.content : (last.reason ?? "Stopped.");
      setWords(last.role === "assistant" ? end : `Not sent. ${end}`);
    }
    wasAnswering.current = phase === "answering";
  }, [phase, messages]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {words}
    </div>
  );
}

interface ScrollerProps {
  /** Scrolls to the bottom when this changes, unless the user has scrolled up. */
  readonly follow: unknown;
  readonly children: ReactNode;
}

function Scroller({ follow, children }: ScrollerProps) {
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const stick = useRef(true);

  const toEnd = () => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  };
  useLayoutEffect(() => {
    if (stick.current) toEnd();
  }, [follow]);
  // A phone's keyboard would hide the latest messages.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (stick.current) toEnd();
    });
    if (box.current !== null) observer.observe(box.current);
    return () => {
      observer.disconnect();
    };
  }, []);

  return (
    <div className="messages-frame">
      <div
        ref={box}
        className="messages"
        role="log"
        aria-live="off"
        aria-label="Conversation"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          stick.current = scrollHeight - scrollTop - clientHeight < nearEnd;
          setAtEnd(stick.current);
        }}
      >
        <div className="messages-inside">{children}</div>
      </div>
      {!isAtEnd && (
        <button
          type="button"
          className="icon-button to-end"
          onClick={toEnd}
          aria-label="Jump to latest"
        >
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}
