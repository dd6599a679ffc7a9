/** What a delivery stream has under way: how it knows that it is done, and a virtual clock that it must wait. */
import type { VirtualClock } from "../../../../src/time/virtual-clock.ts";

export interface Activity {
  /** Something is on its way that will end by itself, in time; the returned function says that it ended. */
  begin(): () => void;
  /** Work that goes on outside: virtual time stands still for it. */
  outside<Result>(work: () => Result | Promise<Result>): Promise<Result>;
  readonly underWay: number;
  /** Something has changed that nothing was under way for. */
  notify(): void;
  /** Calls `changed` whenever something has ended; returns the end of it. */
  onChange(changed: () => void): () => void;
}

export function activity(virtualClock: VirtualClock | undefined): Activity {
  let underWay = 0;
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of [...listeners]) listener();
  };
  return {
    notify,
    get underWay() {
      return underWay;
    },
    begin() {
      underWay++;
      return () => {
        underWay--;
        notify();
      };
    },
    async outside(work) {
      const idle = virtualClock?.busy();
      try {
        return await work();
      } finally {
        idle?.();
      }
    },
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
}
