import { type ReactNode, useEffect, useRef, useState } from "react";

import type { Conversation } from "../api/types.ts";
import type { Conversations } from "../state/useConversations.ts";
import { groupByDay } from "../state/conversations.ts";
import { useMinute } from "../state/useMinute.ts";
import { ConversationLine } from "./ConversationLine.tsx";
import { Icon } from "./Icon.tsx";

export interface ConversationListProps {
  readonly conversations: Conversations;
  /** Id of the open conversation. */
  readonly current: string | undefined;
  readonly onOpen: (id: string | undefined) => void;
  readonly onDelete: (conversation: Conversation) => void;
}

/** Number of conversations from which on there is a search. */
const searchFrom = 8;
/** Pause in typing after which the search begins. */
const pauseMs = 250;

export function ConversationList(props: ConversationListProps) {
  const { conversations, current, onOpen, onDelete } = props;
  const { list, failure, q, search, rename } = conversations;
  const groups = groupByDay(list ?? [], useMinute());
  return (
    <div className="conversations">
      <button
        type="button"
        className="button new-chat"
        onClick={() => {
          onOpen(undefined);
        }}
      >
        <Icon name="add" /> New chat
      </button>
      {(q !== "" || (list?.length ?? 0) >= searchFrom) && <Search q={q} onSearch={search} />}
      {failure !== undefined && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
      {list?.length === 0 && (
        <p className="quiet" role="status">
          {q === "" ? "Your conversations will appear here." : `Nothing was said about “${q}”.`}
        </p>
      )}
      {groups.map(({ label, conversations }) => (
        <section key={label} aria-label={label}>
          <h2>{label}</h2>
          <ul>
            {conversations.map((conversation) => (
              <ConversationLine
                key={conversation.id}
                conversation={conversation}
                isCurrent={conversation.id === current}
                onOpen={() => {
                  onOpen(conversation.id);
                }}
                onRename={(title) => {
                  rename(conversation, title);
                }}
                onDelete={() => {
                  onDelete(conversation);
                }}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface SearchProps {
  readonly q: string;
  readonly onSearch: (q: string) => void;
}

function Search({ q, onSearch }: SearchProps) {
  const [words, setWords] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => {
      onSearch(words.trim());
    }, pauseMs);
    return () => {
      clearTimeout(timer);
    };
  }, [words, onSearch]);
  return (
    <input
      type="search"
      className="conversation-search"
      aria-label="Search conversations"
      placeholder="Search"
      maxLength={100}
      value={words}
      onChange={(event) => {
        setWords(event.target.value);
      }}
    />
  );
}

export interface ConversationDrawerProps {
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The list on screens without room for a sidebar. */
export function ConversationDrawer({ onClose, children }: ConversationDrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="drawer"
      aria-label="Conversations"
      onClose={onClose}
      // A click whose target is the dialog itself is on the backdrop.
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="drawer-inside">
        <div className="drawer-head">
          <h2>Conversations</h2>
          <button type="button" className="icon-button" onClick={onClose} aria-label="Close">
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
