import { useCallback, useEffect, useReducer, useRef } from "react";

import { type Api, ApiError } from "../api/client.ts";
import type { Change, ChatEvent } from "../api/types.ts";
import { newKey } from "../lib/keys.ts";
import { changesTasks } from "../lib/toolcalls.ts";
import { chatReducer, type ChatState, emptyChat } from "./chat.ts";
import type { Connection } from "./connection.ts";
import type { UnsentMessage } from "./session.ts";
import { reasonOf } from "./useTasks.ts";

export interface Chat extends ChatState {
  /** @param key of the message that this is a retry of, so that it takes effect once. */
  readonly send: (text: string, key?: string) => void;
  readonly stop: () => void;
  /** Opens a conversation; undefined starts a new one. */
  readonly open: (conversationId: string | undefined) => void;
  /** Reloads the conversation from the server. */
  readonly reload: () => void;
  /** Shows what was said elsewhere in the open conversation, if it is one of these. */
  readonly sync: (conversations: Change["conversations"]) => void;
  /** Removes an unsent message from the conversation. */
  readonly drop: (key: string) => void;
}

export interface ChatEvents {
  /** Unsent messages of a conversation, from before a reload. */
  readonly recall: (conversationId: string | undefined) => readonly UnsentMessage[];
  /** An agent changed tasks. */
  readonly onTasksChanged: () => void;
  /** A conversation was started or continued. */
  readonly onAnswered: () => void;
}

export function useChat(api: Api, connection: Connection, events: ChatEvents): Chat {
  const [state, dispatch] = useReducer(chatReducer, emptyChat, (empty) =>
    chatReducer(empty, { type: "recalled", unsent: events.recall(undefined) }),
  );
  const listener = useRef(events);
  const current = useRef(state);
  useEffect(() => {
    listener.current = events;
    current.current = state;
  });
  /** Aborts the open conversation's request: an answer or a list of messages. */
  const abort = useRef(new AbortController());

  const open = useCallback(
    (conversationId: string | undefined) => {
      abort.current.abort();
      const { signal } = (abort.current = new AbortController());
      const recall = () => {
        dispatch({ type: "recalled", unsent: listener.current.recall(conversationId) });
      };
      dispatch({ type: "opened", conversationId });
      if (conversationId === undefined) {
        recall();
        return;
      }
      api.messages(conversationId).then(
        (messages) => {
          if (signal.aborted) return;
          dispatch({ type: "loaded", messages });
          recall();
        },
        (error: unknown) => {
          if (signal.aborted) return;
          dispatch(
            isGone(error) ? { type: "opened", conversationId: undefined } : { type: "loadFailed" },
          );
          recall();
        },
      );
    },
    [api],
  );

  const reload = useCallback(() => {
    open(current.current.conversationId);
    listener.current.onTasksChanged();
  }, [open]);

  const send = useCallback(
    (text: string, key = newKey()) => {
      abort.current = new AbortController();
      dispatch({ type: "sent", key, text });
      void follow(text, key, abort.current.signal);
    },
    // `follow` changes at every render, but reads only refs and these dependencies.
    [api, connection],
  );

  /** Shows an answer as it streams; never rejects. */
  async function follow(text: string, key: string, signal: AbortSignal): Promise<void> {
    let started = false;
    const { conversationId } = current.current;
    try {
      for await (const event of api.chat(text, conversationId, key, signal)) {
        if (signal.aborted) break;
        started = true;
        apply(event);
        if (event.type === "done" || event.type === "error") return;
      }
      throw new Error("The stream ended before the answer did.");
    } catch (error) {
      // After another conversation was opened, `stopped` has no effect.
      if (signal.aborted) dispatch({ type: "stopped" });
      else if (started) {
        dispatch({ type: "broke", reason: "The connection was lost during the answer." });
        // The server may be down as well: a retry finds out.
        connection.retry();
      } else if (conversationId !== undefined && isGone(error)) {
        dispatch({ type: "broke", reason: goneReason });
        dispatch({ type: "gone", conversationId });
      } else dispatch({ type: "broke", reason: reasonOf(error) });
      if (started) listener.current.onTasksChanged();
    }
  }

  function apply(event: ChatEvent): void {
    switch (event.type) {
      case "start":
        dispatch({ type: "started", conversationId: event.conversationId });
        break;
      case "tool":
        dispatch({ type: "tool", call: event.call });
        if (changesTasks(event.call.name)) listener.current.onTasksChanged();
        break;
      case "delta":
        dispatch({ type: "delta", text: event.text });
        break;
      case "done":
        dispatch({ type: "done", answer: event.answer });
        if (event.answer.toolCalls.some(({ name }) => changesTasks(name))) {
          listener.current.onTasksChanged();
        }
        listener.current.onAnswered();
        break;
      case "error":
        dispatch({ type: "broke", reason: event.problem.detail ?? event.problem.title });
        listener.current.onTasksChanged();
    }
  }

  const { phase, conversationId } = state;
  useEffect(
    () =>
      connection.onRetry(() => {
        if (phase === "failed") open(conversationId);
      }),
    [connection, phase, conversationId, open],
  );

  const stop = useCallback(() => {
    abort.current.abort();
  }, []);
  const sync = useCallback(
    (conversations: Change["conversations"]) => {
      const { conversationId, phase } = current.current;
      if (conversationId === undefined || phase !== "idle") return;
      if (conversations !== "any" && !conversations.includes(conversationId)) return;
      api.messages(conversationId).then(
        (messages) => {
          dispatch({ type: "synced", conversationId, messages });
        },
        (error: unknown) => {
          if (isGone(error)) dispatch({ type: "gone", conversationId });
        },
      );
    },
    [api],
  );
  const drop = useCallback((key: string) => {
    dispatch({ type: "dropped", key });
  }, []);
  return { ...state, send, stop, open, reload, sync, drop };
}

const goneReason =
  "This conversation was deleted in another window. Try again, and it starts a new one.";

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
