/** A shard to read, as a mapping sees it: whoever reads it, from the simulator's core or from AWS, states it so. */
import type { DeliveredRecord } from "../record/lambda-event.ts";
import type { OpenWindow } from "./window.ts";

/** What is known of a shard before anything is read. */
export interface ShardToRead {
  readonly shardId: string;
  readonly hashKeyRange: { readonly startingHashKey: string; readonly endingHashKey: string };
}

/** Reads one shard, page after page. What takes time happens between the calls: `wake` of the run says that it is over. */
export interface ShardReader {
  /** Epoch milliseconds of the next poll that is of use; undefined while there is nothing to read. */
  readonly due: number | undefined;
  /** Nothing is left to read, now or ever. */
  readonly atTip: boolean;
  /** Closed and read to its end, or gone with its retention. */
  readonly ended: boolean;
  /** The sequence number that was read last. */
  readonly lastRead: string | undefined;
  /** Takes a page. Empty when there is nothing, or when the shard's read limit is used up. */
  poll(): readonly DeliveredRecord[];
  /** Records have arrived, or the shard has been closed. */
  wake(): void;
}

/** Where a mapping stands in a shard: what survives a stop, an update and a start. */
export interface ShardPlace {
  readonly shard: ShardToRead;
  /** Everything up to this sequence number is done or discarded, or was filtered out. */
  checkpoint: string | undefined;
  /** The shard is closed and everything in it is settled. */
  done: boolean;
  window: OpenWindow | undefined;
}
