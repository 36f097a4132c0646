import { useRef, useState } from "react";

import type { Conversation } from "../api/types.ts";
import { Icon } from "./Icon.tsx";
import { Popover } from "./Popover.tsx";

export interface ConversationLineProps {
  readonly conversation: Conversation;
  readonly isCurrent: boolean;
  readonly onOpen: () => void;
  readonly onRename: (title: string) => void;
  readonly onDelete: () => void;
}

/** A conversation in the list, with a menu. */
export function ConversationLine(props: ConversationLineProps) {
  const { conversation, isCurrent, onOpen, onRename, onDelete } = props;
  const [menu, setMenu] = useState<HTMLElement>();
  const [renaming, setRenaming] = useState(false);
  const line = useRef<HTMLButtonElement>(null);
  const title = conversation.title || "Conversation";
  const classes = ["conversation", isCurrent && "is-current", menu && "is-open"];

  if (renaming) {
    return (
      <li className="conversation">
        <RenameField
          title={title}
          onDone={(next) => {
            setRenaming(false);
            if (next !== title) onRename(next);
            requestAnimationFrame(() => {
              // Unless the focus has gone elsewhere.
              if (document.activeElement === document.body) line.current?.focus();
            });
          }}
        />
      </li>
    );
  }
  return (
    <li className={classes.filter(Boolean).join(" ")}>
      <button
        ref={line}
        type="button"
        className="conversation-open"
        aria-current={isCurrent ? "true" : undefined}
        title={title}
        onClick={onOpen}
      >
        <span>{title}</span>
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={`More for ${title}`}
        aria-haspopup="dialog"
        onClick={(event) => {
          setMenu(event.currentTarget);
        }}
      >
        <Icon name="more" />
      </button>
      {menu !== undefined && (
        <Popover
          anchor={menu}
          label={title}
          onClose={() => {
            setMenu(undefined);
          }}
        >
          {(close) => (
            <>
              <button
                type="button"
                className="popover-item"
                onClick={() => {
                  close();
                  setMenu(undefined);
                  setRenaming(true);
                }}
              >
                Rename
              </button>
              <DeleteItem
                onDelete={() => {
                  close();
                  onDelete();
                }}
              />
            </>
          )}
        </Popover>
      )}
    </li>
  );
}

/** Deleting can't be undone, so it takes a second click. */
function DeleteItem({ onDelete }: { readonly onDelete: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <button
      type="button"
      className="popover-item popover-danger"
      onClick={() => {
        if (asking) onDelete();
        setAsking(true);
      }}
      onBlur={() => {
        setAsking(false);
      }}
    >
      {asking ? "Really delete" : "Delete"}
    </button>
  );
}

interface RenameFieldProps {
  readonly title: string;
  readonly onDone: (title: string) => void;
}

/** Enter and leaving the field save, Escape doesn't. */
function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const done = () => {
    onDone(text.trim() || title);
  };
  return (
    <input
      ref={focus}
      className="conversation-name"
      aria-label="Name of the conversation"
      maxLength={100}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Enter") done();
        if (event.key === "Escape") {
          // Not the drawer too.
          event.preventDefault();
          event.stopPropagation();
          onDone(title);
        }
      }}
    />
  );
}

function focus(field: HTMLInputElement | null): void {
  field?.focus();
  field?.select();
}
