import { useEffect, useState } from "react";

import type { Notice } from "../state/useTasks.ts";
import { Icon } from "./Icon.tsx";

const shownMs = 10_000;

export interface NoticesProps {
  readonly notices: readonly Notice[];
  readonly dismiss: (key: number) => void;
  readonly undo: (key: number) => void;
}

export function Notices({ notices, dismiss, undo }: NoticesProps) {
  return (
    <div className="notices" role="status">
      {notices.map((notice) => (
        <NoticeLine
          key={notice.key}
          notice={notice}
          dismiss={() => {
            dismiss(notice.key);
          }}
          undo={() => {
            undo(notice.key);
          }}
        />
      ))}
    </div>
  );
}

interface NoticeLineProps {
  readonly notice: Notice;
  readonly dismiss: () => void;
  readonly undo: () => void;
}

/** Disappears after a while, but not while hovered or focused. */
function NoticeLine({ notice, dismiss, undo }: NoticeLineProps) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(dismiss, shownMs);
    return () => {
      clearTimeout(timer);
    };
    // Without `dismiss`, which changes at every render and would restart the timer.
  }, [held, notice.key]);

  const hold = () => {
    setHeld(true);
  };
  const release = () => {
    setHeld(false);
  };
  return (
    <div
      className="notice"
      onMouseEnter={hold}
      onMouseLeave={release}
      onFocus={hold}
      onBlur={release}
    >
      <span>{notice.text}</span>
      {notice.undoable && (
        <button type="button" className="link-button" onClick={undo}>
          Undo
        </button>
      )}
      <button type="button" className="icon-button" onClick={dismiss} aria-label="Close">
        <Icon name="close" />
      </button>
    </div>
  );
}
