import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import type { User } from "../api/types.ts";
import { writeStored } from "../lib/storage.ts";
import { recallTyped, type Session } from "../state/session.ts";
import { useChat } from "../state/useChat.ts";
import { useConversations } from "../state/useConversations.ts";
import { useLive } from "../state/useLive.ts";
import { useMedia } from "../state/useMedia.ts";
import { useShortcuts } from "../state/useShortcuts.ts";
import { useTasks } from "../state/useTasks.ts";
import { AccountDialog } from "./AccountDialog.tsx";
import { AccountMenu } from "./AccountMenu.tsx";
import { ChatPane } from "./ChatPane.tsx";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { ConversationDrawer, ConversationList } from "./ConversationList.tsx";
import { HelpSheet } from "./HelpSheet.tsx";
import { Icon, Logo } from "./Icon.tsx";
import { Notices } from "./Notices.tsx";
import { SettingsDialog } from "./SettingsDialog.tsx";
import { TaskPane } from "./TaskPane.tsx";

export interface WorkspaceProps {
  readonly session: Session;
  readonly user: User;
}

/** The URL fragment of a conversation, so that reload and "back" work. */
const addressPattern = /^#\/chat\/([\w-]+)$/;

/** The page of a signed-in user: conversations, chat and tasks. */
export function Workspace({ session, user }: WorkspaceProps) {
  const { api, connection } = session;
  const tasks = useTasks(api, connection);
  const conversations = useConversations(api, connection);
  const chat = useChat(api, connection, {
    recall: (conversationId) =>
      recallTyped(user.id).unsent.filter((each) => each.conversationId === conversationId),
    onTasksChanged: tasks.refresh,
    onAnswered: conversations.refresh,
  });
  useLive(api, connection, (change) => {
    if (change.tasks) tasks.refresh();
    if (change.conversations.length > 0) {
      conversations.refresh();
      chat.sync(change.conversations);
    }
  });
  const [pane, setPane] = useState<"chat" | "tasks">("chat");
  const [drawerOpen, setDrawerOpen] = useState(false);
  const [dialog, setDialog] = useState<"settings" | "account" | "help">();
  const closeDialog = () => {
    setDialog(undefined);
  };
  const isAway = useSyncExternalStore(connection.subscribe, connection.state).status !== "ok";
  const hasSidebar = useMedia("(min-width: 70rem)");
  const composer = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    writeStored("returning", true);
  }, []);
  useAddress(chat.conversationId, chat.open);

  const open = useCallback(
    (conversationId: string | undefined) => {
      setDrawerOpen(false);
      setPane("chat");
      chat.open(conversationId);
      composer.current?.focus();
    },
    [chat.open],
  );
  /** Shows a pane, and moves the focus there. */
  const go = (next: typeof pane, id: string) => () => {
    setPane(next);
    requestAnimationFrame(() => document.getElementById(id)?.focus());
  };
  useShortcuts({
    new: go("tasks", "new-task"),
    search: go("tasks", "search-tasks"),
    goTasks: go("tasks", "tasks-title"),
    goChat: go("chat", "composer"),
    help: () => {
      setDialog("help");
    },
  });
  const { remove } = conversations;
  const list = useMemo(
    () => (
      <ConversationList
        conversations={conversations}
        current={chat.conversationId}
        onOpen={open}
        onDelete={(conversation) => {
          void remove(conversation).then((gone) => {
            if (gone && conversation.id === chat.conversationId) open(undefined);
          });
        }}
      />
    ),
    [conversations, remove, chat.conversationId, open],
  );
  const pending = tasks.usage?.pending ?? 0;

  return (
    <div className="workspace" data-pane={pane}>
      <div className="skip-links">
        <button type="button" className="button button-small" onClick={go("chat", "composer")}>
          Skip to the message field
        </button>
        <button type="button" className="button button-small" onClick={go("tasks", "tasks-title")}>
          Skip to the tasks
        </button>
      </div>
      <header className="topbar">
        {!hasSidebar && (
          <button
            type="button"
            className="icon-button"
            onClick={() => {
              setDrawerOpen(true);
            }}
          >
            <Icon name="menu" />
            <span className="visually-hidden">Conversations</span>
          </button>
        )}
        <h1 className="brand">
          <Logo /> Todo chatbot
        </h1>
        <AccountMenu
          email={user.email}
          onSettings={() => {
            setDialog("settings");
          }}
          onAccount={() => {
            setDialog("account");
          }}
          onHelp={() => {
            setDialog("help");
          }}
          onSignOut={session.signOut}
        />
      </header>
      <ConnectionBanner connection={connection} />
      <div className="panes">
        {hasSidebar && (
          <nav className="sidebar" aria-label="Conversations">
            {list}
          </nav>
        )}
        <main className="panes-main">
          <ChatPane
            chat={chat}
            userId={user.id}
            isAway={isAway}
            onRestore={tasks.restore}
            composer={composer}
          />
          <TaskPane list={tasks} isAway={isAway} />
        </main>
      </div>
      <nav className="tabs" aria-label="View">
        <button
          type="button"
          aria-current={pane === "chat" ? "true" : undefined}
          onClick={() => {
            setPane("chat");
          }}
        >
          <Icon name="chat" /> Chat
        </button>
        <button
          type="button"
          aria-current={pane === "tasks" ? "true" : undefined}
          onClick={() => {
            setPane("tasks");
          }}
        >
          <Icon name="list" /> Tasks
          {pending > 0 && (
            <span className="badge">
              {pending}
              <span className="visually-hidden"> pending</span>
            </span>
          )}
        </button>
      </nav>
      {!hasSidebar && drawerOpen && (
        <ConversationDrawer
          onClose={() => {
            setDrawerOpen(false);
          }}
        >
          {list}
        </ConversationDrawer>
      )}
      {dialog === "settings" && <SettingsDialog onClose={closeDialog} />}
      {dialog === "account" && (
        <AccountDialog session={session} user={user} onClose={closeDialog} />
      )}
      {dialog === "help" && <HelpSheet onClose={closeDialog} />}
      <Notices notices={tasks.notices} dismiss={tasks.dismiss} undo={tasks.undo} />
    </div>
  );
}

/** Syncs the address bar with the open conversation. */
function useAddress(conversationId: string | undefined, open: (id: string | undefined) => void) {
  const shown = useRef(conversationId);
  useEffect(() => {
    const follow = () => {
      const wanted = addressPattern.exec(location.hash)?.[1];
      if (wanted === shown.current) return;
      shown.current = wanted;
      open(wanted);
    };
    follow();
    addEventListener("hashchange", follow);
    return () => {
      removeEventListener("hashchange", follow);
    };
  }, [open]);

  const previous = useRef(conversationId);
  useEffect(() => {
    // The first render has no conversation yet, whatever the URL says.
    const isNews = conversationId !== previous.current && conversationId !== shown.current;
    previous.current = conversationId;
    if (!isNews) return;
    shown.current = conversationId;
    const hash = conversationId === undefined ? location.pathname : `#/chat/${conversationId}`;
    history.pushState(null, "", hash);
  }, [conversationId]);
}
