import { useCallback, useEffect, useMemo, useState } from "react";

import type { Api } from "../api/client.ts";
import type { Conversation } from "../api/types.ts";
import type { Connection } from "./connection.ts";
import { reasonOf } from "./useTasks.ts";

export interface Conversations {
  /** Undefined until they are loaded. */
  readonly list: readonly Conversation[] | undefined;
  /** Why the last deletion failed. */
  readonly failure: string | undefined;
  readonly refresh: () => void;
  /** Resolves to whether it was deleted. */
  readonly remove: (conversation: Conversation) => Promise<boolean>;
}

export function useConversations(api: Api, connection: Connection): Conversations {
  const [list, setList] = useState<readonly Conversation[]>();
  const [failure, setFailure] = useState<string>();

  const refresh = useCallback(() => {
    // The banner says when the server is unreachable; until then the old list will do.
    api.conversations().then(setList, () => undefined);
  }, [api]);
  useEffect(() => {
    refresh();
    return connection.onRetry(refresh);
  }, [refresh, connection]);

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
  return useMemo(() => ({ list, failure, refresh, remove }), [list, failure, refresh, remove]);
}
