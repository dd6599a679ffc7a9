/** The messages of a queue: those that can be received, and those that wait until a time. */
import type { Message } from "./message.ts";

export interface Backlog {
  readonly byId: ReadonlyMap<string, Message>;
  /** In the order in which they were sent. */
  readonly visible: readonly Message[];
  /** Delayed or in flight, by the time at which that ends. */
  readonly hidden: readonly Message[];
  /** Takes a message in; `visibleAt` says whether it waits. */
  add(message: Message, now: number): void;
  remove(message: Message): void;
  /** Moves a message to where its new `visibleAt` belongs. */
  hideUntil(message: Message, visibleAt: number, now: number): void;
  /** Makes visible what has waited long enough. */
  settle(now: number): void;
  /** Whether a message of the group is in flight or delayed. */
  isGroupHeld(groupId: string): boolean;
  clear(): void;
}

export function backlog(): Backlog {
  const byId = new Map<string, Message>();
  const visible: Message[] = [];
  const hidden: Message[] = [];
  const held = new Map<string, number>();

  const hold = ({ groupId }: Message, by: 1 | -1) => {
    if (groupId === undefined) return;
    const count = (held.get(groupId) ?? 0) + by;
    if (count === 0) held.delete(groupId);
    else held.set(groupId, count);
  };

  function place(message: Message, now: number): void {
    if (message.visibleAt <= now) {
      insert(visible, message, byOrder);
      return;
    }
    insert(hidden, message, byTime);
    hold(message, 1);
  }

  function displace(message: Message): void {
    if (take(visible, message, byOrder)) return;
    take(hidden, message, byTime);
    hold(message, -1);
  }

  return {
    byId,
    visible,
    hidden,
    add(message, now) {
      byId.set(message.messageId, message);
      place(message, now);
    },
    remove(message) {
      byId.delete(message.messageId);
      displace(message);
    },
    hideUntil(message, visibleAt, now) {
      displace(message);
      message.visibleAt = visibleAt;
      place(message, now);
    },
    settle(now) {
      while (hidden.length > 0 && hidden[0]!.visibleAt <= now) {
        const message = hidden.shift()!;
        hold(message, -1);
        insert(visible, message, byOrder);
      }
    },
    isGroupHeld: (groupId) => held.has(groupId),
    clear() {
      byId.clear();
      held.clear();
      visible.length = 0;
      hidden.length = 0;
    },
  };
}

type Order = (a: Message, b: Message) => number;

const byOrder: Order = (a, b) => a.order - b.order;
const byTime: Order = (a, b) => a.visibleAt - b.visibleAt || a.order - b.order;

/** The first place whose message is not before this one. */
function lowerBound(sorted: readonly Message[], message: Message, order: Order): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(sorted[middle]!, message) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(sorted: Message[], message: Message, order: Order): void {
  sorted.splice(lowerBound(sorted, message, order), 0, message);
}

function take(sorted: Message[], message: Message, order: Order): boolean {
  const at = lowerBound(sorted, message, order);
  if (sorted[at] !== message) return false;
  // Most are the first, and only this way of taking it does not move all others.
  if (at === 0) sorted.shift();
  else sorted.splice(at, 1);
  return true;
}
