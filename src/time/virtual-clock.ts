import { checkNumber, lastMoment } from "../values/number-option.ts";
import { type Clock, sleepUntil } from "./clock.ts";

/**
 * A clock whose time moves only when it is told to: a day passes in milliseconds, and the same
 * run happens again. Time never moves while work that does not wait for it is in flight.
 */
export interface VirtualClock extends Clock {
  /** Waits until everything that can happen now has happened, then moves to the next timer. False: there is none. */
  step(): Promise<boolean>;
  /** Moves time forward by `ms` milliseconds, firing on the way what falls due, in order. */
  advance(ms: number): Promise<void>;
  /** Waits until everything that can happen at this moment has happened. */
  settle(): Promise<void>;
  /** Says that work has begun which may do real I/O; the returned function says that it ended. */
  busy(): () => void;
}

/** What `virtualClock` takes. */
export interface VirtualClockOptions {
  /** The first moment, in epoch milliseconds or as a date. @default 2026-01-01T00:00:00Z */
  readonly start?: number | Date;
  /**
   * How many real milliseconds work in flight may take without a sign of life, and without
   * waiting on this clock, before time moves all the same (so that a handler that hangs
   * meets its timeout). @default 1000
   */
  readonly patience?: number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  /** Undefined: it has fired or is cancelled, and holds nothing that its caller held. */
  fire: (() => void) | undefined;
}

/**
 * A clock whose time moves at once: by `advance`, or as soon as everybody waits on it.
 *
 * @example
 * const clock = virtualClock();
 * const woken = clock.sleep(86_400_000).then(() => clock.now());
 * await clock.advance(86_400_000); // at once
 * await woken; // 2026-01-02
 */
export function virtualClock({
  start = Date.UTC(2026, 0, 1),
  patience = 1000,
}: VirtualClockOptions = {}): VirtualClock {
  let now = Number(start);
  checkNumber("virtualClock: start", now, { least: -lastMoment, most: lastMoment });
  checkNumber("virtualClock: patience", patience, { least: 0 });
  let order = 0;
  /** Grows with each use of the clock: a sign of life. */
  let uses = 0;
  let busy = 0;
  let sleeping = 0;
  const timers = timerHeap();

  const after = (ms: number, fire: () => void) => {
    uses++;
    const timer = { at: now + Math.max(0, ms), order: order++, fire };
    timers.push(timer);
    return () => timers.cancel(timer);
  };

  async function settle(): Promise<void> {
    for (let seen = -1, since = performance.now(); ; ) {
      if (seen !== uses) {
        seen = uses;
        since = performance.now();
      }
      await new Promise((resolve) => setImmediate(resolve));
      if (seen !== uses) continue;
      if (busy <= sleeping || performance.now() - since > patience) return;
    }
  }

  function fireNext(): boolean {
    const timer = timers.pop();
    if (!timer) return false;
    now = Math.max(now, timer.at);
    uses++;
    const fire = timer.fire!;
    timer.fire = undefined;
    fire();
    return true;
  }

  return {
    now: () => now,
    after,
    sleep(ms, signal) {
      sleeping++;
      const awake = () => {
        sleeping--;
        uses++;
      };
      const asleep = sleepUntil((fire) => after(ms, fire), signal);
      asleep.then(awake, awake);
      return asleep;
    },
    settle,
    async step() {
      await settle();
      return fireNext();
    },
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        await settle();
        const next = timers.peek();
        if (!next || next.at > until) break;
        fireNext();
      }
      now = until;
    },
    busy() {
      busy++;
      uses++;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        busy--;
        uses++;
      };
    },
  };
}

/**
 * Timers by due time, then by the order in which they were set. Cancelled ones vanish at the top, and all at once where they are
 * most of them: each invocation cancels its timeout, which would be due long after the next ten thousand.
 */
function timerHeap() {
  let heap: Timer[] = [];
  let cancelled = 0;
  const sooner = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);

  function sinkTop() {
    const top = heap[0]!;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && sooner(heap[child + 1]!, heap[child]!)) child++;
      if (!sooner(heap[child]!, top)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = top;
  }

  function removeTop() {
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    sinkTop();
  }

  function peek(): Timer | undefined {
    for (; heap[0] && !heap[0].fire; cancelled--) removeTop();
    return heap[0];
  }

  return {
    peek,
    cancel(timer: Timer) {
      if (!timer.fire) return;
      timer.fire = undefined;
      if (2 * ++cancelled < heap.length || heap.length < 100) return;
      heap = heap.filter(({ fire }) => fire).sort((a, b) => (sooner(a, b) ? -1 : 1));
      cancelled = 0;
    },
    push(timer: Timer) {
      let hole = heap.length;
      heap.push(timer);
      for (; hole > 0; hole = (hole - 1) >> 1) {
        const parent = heap[(hole - 1) >> 1]!;
        if (!sooner(timer, parent)) break;
        heap[hole] = parent;
      }
      heap[hole] = timer;
    },
    pop(): Timer | undefined {
      const top = peek();
      if (top) removeTop();
      return top;
    },
  };
}
