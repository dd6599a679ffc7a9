/** Waiting until a mapping has nothing left to do, under a clock that must be moved and one that moves. */
import type { Clock } from "./clock.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** The clock, if it is one whose time is moved by hand. */
export function virtual(clock: Clock): VirtualClock | undefined {
  return "step" in clock && "busy" in clock ? (clock as VirtualClock) : undefined;
}

export interface Awaited {
  isQuiet(): boolean;
  /** Work is in flight that will end without any timer. */
  isBusy(): boolean;
  /** Calls `changed` after each change; returns the end of it. */
  onChange(changed: () => void): () => void;
}

/** Moves a virtual clock, or waits on a real one, until it is quiet. */
export async function untilQuiet(clock: Clock, awaited: Awaited): Promise<void> {
  const moved = virtual(clock);
  if (!moved) return waitUntilQuiet(clock, awaited);
  for (;;) {
    await moved.settle();
    if (awaited.isQuiet()) return;
    if (!(await moved.step()) && !awaited.isBusy() && !awaited.isQuiet()) {
      throw new Error(
        "The mapping has records to deliver, and no timer that would bring it to it.",
      );
    }
  }
}

const day = 86_400_000;

async function waitUntilQuiet(clock: Clock, { isQuiet, onChange }: Awaited): Promise<void> {
  while (!isQuiet()) {
    const changed = new AbortController();
    const stop = onChange(() => changed.abort());
    // A sleep, unlike the mapping's own timers, keeps the process alive.
    await clock.sleep(day, changed.signal).catch(() => {});
    stop();
  }
}
