import { type ReactNode, useEffect, useRef, useState } from "react";

import type { Conversation } from "../api/types.ts";
import type { Conversations } from "../state/useConversations.ts";
import { Icon } from "./Icon.tsx";

export interface ConversationListProps {
  readonly conversations: Conversations;
  /** Id of the open conversation. */
  readonly current: string | undefined;
  readonly onOpen: (id: string | undefined) => void;
  readonly onDelete: (conversation: Conversation) => void;
}

export function ConversationList(props: ConversationListProps) {
  const { conversations, current, onOpen, onDelete } = props;
  const { list, failure } = conversations;
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
      {failure !== undefined && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
      {list?.length === 0 && <p className="quiet">Your conversations will appear here.</p>}
      <ul>
        {list?.map((conversation) => (
          <ConversationLine
            key={conversation.id}
            conversation={conversation}
            isCurrent={conversation.id === current}
            onOpen={() => {
              onOpen(conversation.id);
            }}
            onDelete={() => {
              onDelete(conversation);
            }}
          />
        ))}
      </ul>
    </div>
  );
}

interface ConversationLineProps {
  readonly conversation: Conversation;
  readonly isCurrent: boolean;
  readonly onOpen: () => void;
  readonly onDelete: () => void;
}

/** Deleting can't be undone, so the button asks for a second click. */
function ConversationLine({ conversation, isCurrent, onOpen, onDelete }: ConversationLineProps) {
  const [asking, setAsking] = useState(false);
  const title = conversation.title || "Conversation";
  return (
    <li className={isCurrent ? "conversation is-current" : "conversation"}>
      <button
        type="button"
        className="conversation-open"
        aria-current={isCurrent ? "true" : undefined}
        title={title}
        onClick={onOpen}
      >
        {title}
      </button>
      <button
        type="button"
        className={asking ? "button button-small button-danger" : "icon-button"}
        aria-label={asking ? `Really delete ${title}` : `Delete ${title}`}
        onClick={() => {
          if (asking) onDelete();
          setAsking(!asking);
        }}
        onBlur={() => {
          setAsking(false);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") setAsking(false);
        }}
      >
        {asking ? "Delete?" : <Icon name="trash" />}
      </button>
    </li>
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
