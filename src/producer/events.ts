/** What a producer tells on the way. */
import type { PutError } from "./errors.ts";

/** What `on` is told. */
export type ProducerEvent =
  /** A record of the stream is in, and so many user records with it. */
  | {
      readonly type: "put";
      readonly shardId: string;
      readonly sequenceNumber: string;
      readonly userRecords: number;
      readonly bytes: number;
    }
  /** A record of the stream was not taken, or nobody knows; it is sent again. */
  | {
      readonly type: "refused";
      /** Where it should have gone; undefined: the shards are not known. */
      readonly shardId: string | undefined;
      readonly userRecords: number;
      readonly errorCode: string;
      readonly errorMessage: string;
      readonly cause: unknown;
    }
  /** A request came back. */
  | { readonly type: "request"; readonly entries: number; readonly durationMs: number }
  /** A user record was given up. */
  | { readonly type: "failed"; readonly error: PutError }
  /** The open shards were listed, or could not be: then records go one by one, without aggregates. */
  | { readonly type: "shards"; readonly shards: number; readonly error: unknown };
