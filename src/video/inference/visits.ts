/** Visits: sightings of one person at one camera, each soon after the one before. Where they are remembered. */

/** A visit, as far as it is known. */
export interface Visit {
  /** Its first sighting, in seconds since the epoch. */
  readonly began: number;
  /** Its last. */
  readonly last: number;
  /** Whether `notify` has ended. */
  readonly isNotified: boolean;
}

/** Remembers the newest visit of each person at each camera. Each call happens wholly or not at all. */
export interface VisitStore {
  /**
   * Begins a visit at `at`, unless there is one whose last sighting is at `after` or later. Resolves to undefined where it has begun, or else to the one
   * that there is.
   */
  begin(key: string, at: number, after: number): PromiseLike<Visit | undefined>;
  /** Makes `at` the last sighting, unless there is a later one. */
  extend(key: string, at: number): PromiseLike<void>;
  /** Remembers that the visit that began then is notified; of another visit, nothing. */
  notified(key: string, began: number): PromiseLike<void>;
}

/** Visits in this process's memory: for tests. */
export function memoryVisits(): VisitStore {
  const visits = new Map<string, Visit>();
  return {
    async begin(key, at, after) {
      const visit = visits.get(key);
      if (visit && visit.last >= after) return visit;
      visits.set(key, { began: at, last: at, isNotified: false });
      return undefined;
    },
    async extend(key, at) {
      const visit = visits.get(key);
      if (visit && visit.last < at) visits.set(key, { ...visit, last: at });
    },
    async notified(key, began) {
      const visit = visits.get(key);
      if (visit?.began === began) visits.set(key, { ...visit, isNotified: true });
    },
  };
}
