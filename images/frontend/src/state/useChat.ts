import { useCallback, useEffect, useReducer, useRef } from "react";

import type { Api } from "../api/client.ts";
import type { ChatEvent } from "../api/types.ts";
import { changesTasks } from "../lib/toolcalls.ts";
import { chatReducer, type ChatState, emptyChat } from "./chat.ts";
import type { Connection } from "./connection.ts";
import { reasonOf } from "./useTasks.ts";

export interface Chat extends ChatState {
  readonly send: (text: string) => void;
  readonly stop: () => void;
  /** Shows a conversation; undefined begins a new one. */
  readonly open: (conversationId: string | undefined) => void;
  /** Loads the conversation again, to see what the server has of it. */
  readonly reload: () => void;
  /** Takes a message that was not sent out of the conversation. */
  readonly drop: (key: string) => void;
}

export interface ChatEvents {
  /** An agent changed tasks. */
  readonly onTasksChanged: () => void;
  /** A conversation began or went on. */
  readonly onAnswered: () => void;
}

/** An answer that says nothing for this long has died without a word. */
const silenceMs = 100_000;

export function useChat(api: Api, connection: Connection, events: ChatEvents): Chat {
  const [state, dispatch] = useReducer(chatReducer, emptyChat);
  const current = useRef(state);
  current.current = state;
  const listener = useRef(events);
  listener.current = events;
  const sent = useRef(0);
  const abort = useRef<AbortController | undefined>(undefined);

  const load = useCallback(
    (conversationId: string) => {
      api.messages(conversationId).then(
        (messages) => {
          if (current.current.conversationId === conversationId)
            dispatch({ type: "loaded", messages });
        },
        () => {
          if (current.current.conversationId === conversationId) dispatch({ type: "loadFailed" });
        },
      );
    },
    [api],
  );

  const open = useCallback(
    (conversationId: string | undefined) => {
      abort.current?.abort();
      dispatch({ type: "opened", conversationId });
      // The reducer's state is one render late, and the answer may be quicker.
      current.current = { ...current.current, conversationId };
      if (conversationId !== undefined) load(conversationId);
    },
    [load],
  );

  const reload = useCallback(() => {
    open(current.current.conversationId);
    listener.current.onTasksChanged();
  }, [open]);

  const send = useCallback(
    (text: string) => {
      const stopper = new AbortController();
      abort.current = stopper;
      const { conversationId } = current.current;
      dispatch({ type: "sent", key: `sent-${++sent.current}`, text });
      void follow(stopper, conversationId, text);
    },
    // eslint-disable-next-line -- `follow` reads refs only
    [api, connection],
  );

  async function follow(
    stopper: AbortController,
    conversationId: string | undefined,
    text: string,
  ) {
    let silence: ReturnType<typeof setTimeout> | undefined;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        stopper.abort("silence");
      }, silenceMs);
    };
    let ended = false;
    try {
      listen();
      for await (const event of api.chat(text, conversationId, stopper.signal)) {
        listen();
        ended ||= event.type === "done" || event.type === "error";
        apply(event);
      }
      if (!ended) throw new Error("cut");
    } catch (error) {
      if (ended) return;
      if (stopper.signal.aborted && stopper.signal.reason !== "silence") {
        if (abort.current === stopper) dispatch({ type: "stopped" });
      } else {
        const taken = current.current.messages.at(-1)?.role === "assistant";
        // A cut is also how a server that goes away looks; asking tells.
        if (taken) connection.retry();
        dispatch({
          type: "broke",
          reason: taken ? "The connection was lost while the answer came." : reasonOf(error),
        });
      }
      listener.current.onTasksChanged();
    } finally {
      clearTimeout(silence);
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
        if (phase === "failed" && conversationId !== undefined) open(conversationId);
      }),
    [connection, phase, conversationId, open],
  );

  const stop = useCallback(() => {
    abort.current?.abort();
  }, []);
  const drop = useCallback((key: string) => {
    dispatch({ type: "dropped", key });
  }, []);
  return { ...state, send, stop, open, reload, drop };
}
