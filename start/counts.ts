/** The counts as they grow: since the start, and of the newest seconds, in buckets of one. */

export interface ShownCounts {
  /** The busiest first. */
  readonly airports: readonly {
    readonly airport: string;
    readonly flights: number;
    /** Of these, those that were counted in the interval. */
    readonly recent: number;
  }[];
  readonly flights: number;
  readonly recent: number;
  /** The length of the interval. */
  readonly seconds: number;
}

export interface GrowingCounts {
  add(airport: string): void;
  shown(top: number): ShownCounts;
}

export function growingCounts(seconds: number, now: () => number = Date.now): GrowingCounts {
  const all = new Map<string, number>();
  /** By second. */
  const buckets = new Map<number, Map<string, number>>();
  let flights = 0;
  const second = () => Math.floor(now() / 1_000);
  const increase = (counts: Map<string, number>, airport: string) =>
    counts.set(airport, (counts.get(airport) ?? 0) + 1);

  function slide(): void {
    for (const old of buckets.keys()) if (old <= second() - seconds) buckets.delete(old);
  }

  return {
    add(airport) {
      flights++;
      increase(all, airport);
      const bucket = buckets.get(second()) ?? new Map<string, number>();
      if (!buckets.has(second())) slide();
      buckets.set(second(), bucket);
      increase(bucket, airport);
    },
    shown(top) {
      slide();
      const recentOf = (airport: string) =>
        [...buckets.values()].reduce((sum, bucket) => sum + (bucket.get(airport) ?? 0), 0);
      const airports = [...all]
        .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
        .slice(0, top)
        .map(([airport, flights]) => ({ airport, flights, recent: recentOf(airport) }));
      const recent = [...buckets.values()]
        .flatMap((bucket) => [...bucket.values()])
        .reduce((sum, n) => sum + n, 0);
      return { airports, flights, recent, seconds };
    },
  };
}
