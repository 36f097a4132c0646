import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { Api } from "../api/client.ts";
import type { Conversation } from "../api/types.ts";
import type { Connection } from "./connection.ts";
import { reasonOf } from "./useTasks.ts";

export interface Conversations {
  /** Those that `q` finds; undefined until they are loaded. */
  readonly list: readonly Conversation[] | undefined;
  /** Why the last change failed. */
  readonly failure: string | undefined;
  /** What to search for; empty for all. */
  readonly q: string;
  readonly search: (q: string) => void;
  readonly refresh: () => void;
  readonly rename: (conversation: Conversation, title: string) => void;
  /** Resolves to whether it was deleted. */
  readonly remove: (conversation: Conversation) => Promise<boolean>;
}

export function useConversations(api: Api, connection: Connection): Conversations {
  const [list, setList] = useState<readonly Conversation[]>();
  const [failure, setFailure] = useState<string>();
  const [q, search] = useState("");

  const latest = useRef(0);
  const refresh = useCallback(() => {
    const request = ++latest.current;
    api.conversations(q).then(
      (found) => {
        if (request === latest.current) setList(found);
      },
      // The banner says when the server is unreachable; until then the old list will do.
      () => undefined,
    );
  }, [api, q]);
  useEffect(() => {
    refresh();
    return connection.onRetry(refresh);
  }, [refresh, connection]);

  const rename = useCallback(
    (conversation: Conversation, title: string) => {
      const { id } = conversation;
      const set = (next: Conversation) => {
        setList((all) => all?.map((each) => (each.id === id ? next : each)));
      };
      setFailure(undefined);
      set({ ...conversation, title });
      api.renameConversation(id, title).then(set, (error: unknown) => {
        set(conversation);
        setFailure(`“${conversation.title}” was not renamed: ${reasonOf(error)}`);
      });
    },
    [api],
  );
  const remove = useCallback(
    async (conversation: Conversation) => {
      setFailure(undefined);
      try {
        await api.deleteConversation(conversation.id);
        setList((all) => all?.filter(({ id }) => id !== conversation.id));
        return true;
      } catch (error) {
        setFailure(`“${conversation.title}” was not deleted: ${reasonOf(error)}`);
        return false;
      }
    },
    [api],
  );
  return useMemo(
    () => ({ list, failure, q, search, refresh, rename, remove }),
    [list, failure, q, refresh, rename, remove],
  );
}
