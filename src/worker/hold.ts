/**
 * A holding as the handler's consumer sees it: may its records begin? Where there is a progress log, its claims say who came, and the lease
 * says who has the shard: a claim that was written late is answered by another.
 */
import type { ShardHold } from "../handler/runtime.ts";
import type { Holding } from "./leases/holding.ts";

export function holdOf({ beat, isValid }: Pick<Holding, "beat" | "isValid">): ShardHold {
  /** By the name of a log: the entry in which this hold has claimed the shard. */
  const claims = new Map<string, number>();
  const isUnclaimed = ({ name, takenAt }: { readonly name: string; readonly takenAt: number }) =>
    takenAt <= (claims.get(name) ?? 0);

  return {
    mayBegin: (log) => isValid() && (!log || isUnclaimed(log)),
    async takeOver(log, append) {
      const hasClaimed = claims.has(log.name);
      if (hasClaimed && isUnclaimed(log)) return true;
      if (hasClaimed && (await beat(undefined)) !== "written") return false;
      const n = await append(() => (isValid() ? { kind: "took" } : undefined));
      if (n !== undefined) claims.set(log.name, n);
      return n !== undefined;
    },
  };
}
