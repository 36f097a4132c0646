import { useCallback, useMemo, useState } from "react";

/** Tasks that are selected to do something with all of them. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Clicks select: something is selected, or `start` was called. */
  readonly isOn: boolean;
  readonly start: () => void;
  readonly toggle: (id: string) => void;
  /** Selects from the last toggled one to this. @param order ids as they are shown. */
  readonly extend: (id: string, order: readonly string[]) => void;
  readonly clear: () => void;
}

interface State {
  readonly ids: ReadonlySet<string>;
  readonly isOn: boolean;
  readonly anchor: string | undefined;
}
const nothing: State = { ids: new Set(), isOn: false, anchor: undefined };

export function useSelection(): Selection {
  const [{ ids, isOn }, setState] = useState(nothing);
  const start = useCallback(() => {
    setState({ ...nothing, isOn: true });
  }, []);
  const clear = useCallback(() => {
    setState(nothing);
  }, []);
  const toggle = useCallback((id: string) => {
    setState(({ ids }) => {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      return next.size === 0 ? nothing : { ids: next, isOn: true, anchor: id };
    });
  }, []);
  const extend = useCallback((id: string, order: readonly string[]) => {
    setState(({ ids, anchor = id }) => {
      const [from, to] = [order.indexOf(anchor), order.indexOf(id)];
      const between = order.slice(Math.min(from, to), Math.max(from, to) + 1);
      return { ids: new Set([...ids, ...between]), isOn: true, anchor };
    });
  }, []);
  return useMemo(
    () => ({ ids, isOn, start, toggle, extend, clear }),
    [ids, isOn, start, toggle, extend, clear],
  );
}
