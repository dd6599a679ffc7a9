/** Takes events in, a few milliseconds at a time, so that the page answers while thousands come; and says when to draw. */
import type { PageEvent } from "../src/page/feed.ts";

const sliceMs = 8;
/** Between two drawings of what has changed. */
const pauseMs = 60;
/** Events between two looks at the clock. */
const step = 32;

/** Returns what takes events. `changed` is called before the next frame, and then after a pause. */
export function takeIn(
  apply: (event: PageEvent) => void,
  changed: () => void,
): (events: readonly PageEvent[]) => void {
  let waiting: (readonly PageEvent[])[] = [];
  let place = 0;
  let isTaking = false;
  let isDue = false;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tell(): void {
    if (isDue) return;
    isDue = true;
    const early = toldAt + pauseMs - performance.now();
    setTimeout(
      () => {
        isDue = false;
        toldAt = performance.now();
        changed();
      },
      Math.max(0, early),
    );
  }

  function take(): void {
    const until = performance.now() + sliceMs;
    for (let list = waiting[0]; list; list = waiting[0]) {
      while (place < list.length) {
        apply(list[place++]!);
        if (place % step === 0 && performance.now() > until) break;
      }
      if (place < list.length) break;
      waiting.shift();
      place = 0;
    }
    tell();
    isTaking = waiting.length > 0;
    if (isTaking) setTimeout(take);
    else waiting = [];
  }

  return (events) => {
    waiting.push(events);
    if (!isTaking) take();
  };
}
