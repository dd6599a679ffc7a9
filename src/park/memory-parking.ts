import {
  confirmed,
  finished,
  givenBack,
  type Hold,
  type ItemStatus,
  parkAgain,
  taken,
} from "./parked-state.ts";
import type { ParkedRecord, ParkingStore } from "./parking.ts";

/** A parked record in memory. */
export interface MemoryItem extends ParkedRecord, ItemStatus {
  /** Whether it was confirmed since it was parked. */
  readonly confirmed: boolean;
}

/** What lies there, and what a redrive does with it. */
export interface MemoryParkedItems {
  /** What is there, by id. */
  readonly parked: ReadonlyMap<string, MemoryItem>;
  /** What a redrive does with an item, as it is now. `now` in epoch milliseconds. */
  hold(id: string, now?: () => number): Hold;
}

/** Parked records in this process's memory. */
export function memoryParkedItems(): ParkingStore & MemoryParkedItems {
  const parked = new Map<string, MemoryItem>();
  const nobody = { redriveToken: undefined, heldUntil: undefined, redrivenAt: undefined };
  const set = (record: ParkedRecord, status: ItemStatus) => {
    const confirmed = status.state !== "parked";
    parked.set(record.id, { ...record, ...nobody, ...status, confirmed });
  };
  /** False: there is no such item, or `next` refuses it. */
  const change = (id: string, next: (status: ItemStatus) => ItemStatus | undefined): boolean => {
    const item = parked.get(id);
    const status = item && next(item);
    if (status) set(item, status);
    return status !== undefined;
  };
  return {
    async park(record) {
      const there = parked.get(record.id);
      set(record, there ? parkAgain(statusOf(there)) : { state: "parked" });
    },
    confirm: async ({ id }) => void change(id, confirmed),
    parked,
    hold(id, now = Date.now) {
      const seen = parked.get(id)?.parkedAgain ?? 0;
      let own: string | undefined;
      return {
        where: "memory",
        confirm: async () => void change(id, confirmed),
        async take(token, until) {
          own = token;
          return change(id, (status) => taken(status, token, until, now()));
        },
        async finish() {
          if (change(id, (status) => finished(status, own, seen, now()))) return true;
          change(id, (status) => givenBack(status, own));
          return false;
        },
        giveBack: async () => void change(id, (status) => givenBack(status, own)),
      };
    },
  };
}

const statusOf = ({ state, parkedAgain, redriveToken, heldUntil }: ItemStatus): ItemStatus => ({
  ...{ state, parkedAgain, redriveToken, heldUntil },
});
