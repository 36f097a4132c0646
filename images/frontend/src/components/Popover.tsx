import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";

export interface PopoverProps {
  /** What it is about; it opens below that. */
  readonly anchor: HTMLElement;
  readonly label: string;
  /** Called after it has closed: by Escape, a click outside, or `close`. */
  readonly onClose: () => void;
  readonly children: (close: () => void) => ReactNode;
}

const gapPx = 4;

/** A small dialog beside its anchor, over everything else. */
export function Popover({ anchor, label, onClose, children }: PopoverProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const area = box.current;
    if (area === null || area.matches(":popover-open")) return;
    area.showPopover();
    const at = anchor.getBoundingClientRect();
    const { width, height } = area.getBoundingClientRect();
    const below = at.bottom + gapPx;
    const top = below + height < innerHeight ? below : at.top - height - gapPx;
    area.style.left = `${Math.max(gapPx, Math.min(at.left, innerWidth - width - gapPx))}px`;
    area.style.top = `${Math.max(gapPx, top)}px`;
    area.querySelector("button")?.focus();
  }, [anchor]);

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.target instanceof HTMLInputElement) return;
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons.at((at + step) % buttons.length)?.focus();
    event.preventDefault();
  }

  return (
    <div
      ref={box}
      popover="auto"
      className="popover"
      role="dialog"
      aria-label={label}
      onKeyDown={onKeyDown}
      onToggle={({ newState }) => {
        if (newState === "closed") onClose();
      }}
    >
      {children(() => box.current?.hidePopover())}
    </div>
  );
}
