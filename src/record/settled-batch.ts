import type { UserRecord } from "./user-record.ts";

/** A batch that is settled, for tools that show it. Records go by their places. */
export interface SettledBatch {
  readonly batch: {
    readonly streamArn: string;
    readonly shardId: string;
    readonly records: readonly UserRecord[];
  };
  readonly outcomes: {
    readonly size: number;
    /** A value of the consumer's `Outcome`. */
    of(place: number): number;
    readonly errors: ReadonlyMap<number, unknown>;
    readonly attempts: ReadonlyMap<number, number>;
    /** Of a record with the id of an earlier one: the place of that one. */
    readonly twins: ReadonlyMap<number, number>;
  };
  readonly reads: {
    /** What the log calls the records: four words each. Empty without progress. */
    readonly names: Uint32Array;
    readonly ids: readonly (string | undefined)[];
  };
  /** Undefined without progress. */
  readonly memory: { readonly log: { readonly name: string; readonly n: number } } | undefined;
}
