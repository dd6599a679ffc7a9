import {
  confirmed,
  finished,
  givenBack,
  type Hold,
  type ItemStatus,
  parkAgain,
  taken,
} from "./parked-state.ts";
import { type ParkedRecord, type Parking, parking } from "./parking.ts";

/** A parked record in memory. */
export interface MemoryItem extends ParkedRecord, ItemStatus {
  /** Whether it was confirmed since it was parked. */
  readonly confirmed: boolean;
}

export interface MemoryParking extends Parking {
  /** What is there, by id. */
  readonly parked: ReadonlyMap<string, MemoryItem>;
  /** What a redrive does with an item, as it is now. `now` in epoch milliseconds. */
  hold(id: string, now?: () => number): Hold;
}

/** Parking in this process's memory: for tests. Its items go through the states that those of every store go through. */
export function memoryParking(): MemoryParking {
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
  const store = parking({
    async park(record) {
      const there = parked.get(record.id);
      set(record, there ? parkAgain(statusOf(there)) : { state: "parked" });
    },
    confirm: async ({ id }) => void change(id, confirmed),
  });
  return {
    ...store,
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
