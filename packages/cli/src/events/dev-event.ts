/**
 * What happens while `shardmill dev` runs, for its page and for programs (`dev --json`): docs/events.md. Times are epoch milliseconds,
 * durations milliseconds.
 */
import type {
  CallEvent,
  CheckpointEvent,
  DeliveringEvent,
  DeliveryEvent,
  Endpoints,
  FaultEvent,
  ObjectEvent,
  PutEvent,
  ReadState,
  RecordFate,
  ReshardEvent,
  TransformEvent,
} from "@shardmill/local/rig";

/** One of them: `dev --json` prints it as a line. */
export type DevEvent =
  | ReadyTold
  | BuiltTold
  | BrokenTold
  | SourcesChangedTold
  | NoteTold
  | RefusedTold
  | PutTold
  | ReshardTold
  | DeliveringTold
  | FatesTold
  | ParkedTold
  | LogTold
  | BatchTold
  | CheckpointTold
  | DiscardedTold
  | InvocationTold
  | TransformTold
  | ObjectTold
  | DeliveryTold
  | CallTold
  | WindowsTold
  | LeaseTold
  | FaultTold
  | EndedTold;

/** An error, as programs and people want it. */
export interface ErrorTold {
  readonly type: string;
  readonly message: string;
  /** Lines of the stack. Absent: it was not the function's. */
  readonly trace?: readonly string[];
}

/** Everything in the template is up. The first that has to be waited for. */
export interface ReadyTold {
  readonly type: "ready";
  readonly at: number;
  /** The template's file. */
  readonly template: string;
  readonly endpoints: Endpoints;
  /** The one address of all of them. */
  readonly address?: string;
  /** The page, with its token. Absent: there is none. */
  readonly page?: string;
  readonly bucketFolder: string;
  /** How long it took. */
  readonly milliseconds: number;
  readonly region: string;
  readonly streams: readonly string[];
  readonly functions: readonly string[];
  readonly tables: readonly string[];
  readonly queues: readonly string[];
  readonly topics: readonly string[];
  readonly buckets: readonly string[];
  readonly deliveryStreams: readonly string[];
  /** What of the template does not run here, and why. */
  readonly unsupported: readonly object[];
}

/** A function has code: for the first time, or because these files were saved. */
export interface BuiltTold {
  readonly type: "built";
  readonly at: number;
  readonly functionName: string;
  readonly saved: readonly string[];
}

/** What was saved cannot be built. The old code runs on. */
export interface BrokenTold {
  readonly type: "broken";
  readonly at: number;
  readonly functionName: string;
  readonly error: ErrorTold;
}

/** The template has changed; it is taken at the next start. */
export interface SourcesChangedTold {
  readonly type: "sourcesChanged";
  readonly at: number;
  readonly files: readonly string[];
}

/** Something that a person should know. */
export interface NoteTold {
  readonly type: "note";
  readonly at: number;
  readonly text: string;
}

/** A call to a service that does not run here. */
export interface RefusedTold {
  readonly type: "refused";
  readonly at: number;
  /** As requests are signed for it; "": the request does not say. */
  readonly service: string;
  readonly operation: string;
}

/** Records were put into a shard, or refused there: those of a tenth of a second. */
export type PutTold = PutEvent;

/** Shards were split or merged. */
export type ReshardTold = ReshardEvent;

/** A batch is handed to its function now. */
export type DeliveringTold = DeliveringEvent;

/** What became of each record of a batch, and why: from `kinesisConsumer` alone. */
export interface FatesTold {
  readonly type: "fates";
  readonly at: number;
  readonly functionName: string;
  readonly stream: string;
  readonly shardId: string;
  readonly requestId: string;
  /** The progress log that was asked, and its newest entry then. Absent: no progress is kept. */
  readonly log?: { readonly name: string; readonly entry: number };
  readonly records: readonly Fate[];
}

/** What became of one user record. */
export interface Fate {
  /** `<sequence number>`, or `<sequence number>.<subsequence number>` within an aggregate. */
  readonly position: string;
  readonly partitionKey: string;
  readonly outcome: RecordFate["outcome"];
  /** A sentence. */
  readonly why: string;
  /** Of a record that was skipped: the entry of the log that names it. Absent: it was not found. */
  readonly entry?: number;
  readonly uniqueId?: string;
  /** Of a record that failed: how often, this time included. */
  readonly attempt?: number;
  readonly error?: { readonly name: string; readonly message: string };
}

/** A record was parked. */
export interface ParkedTold {
  readonly type: "parked";
  readonly at: number;
  readonly functionName: string;
  readonly stream: string;
  readonly shardId: string;
  readonly requestId: string;
  /** As in a fate. */
  readonly position: string;
  readonly partitionKey: string;
  readonly attempts: number;
  readonly error?: { readonly name: string; readonly message: string };
}

/** A function wrote a line. */
export interface LogTold {
  readonly type: "log";
  readonly at: number;
  readonly functionName: string;
  readonly line: string;
  readonly stream: "stdout" | "stderr";
  readonly environmentId: string;
  /** Absent: it was written outside of an invocation. */
  readonly requestId?: string;
}

/** A batch was delivered, and this came of it. */
export interface BatchTold {
  readonly type: "batch";
  /** When the invocation began. */
  readonly at: number;
  readonly functionName: string;
  readonly stream: string;
  readonly shardId: string;
  /** The same for the retries of a batch. */
  readonly requestId: string;
  /** Of a half, or of what a partial response left: the request id of the invocation that it was a part of. */
  readonly parent?: string;
  readonly sequenceNumbers: readonly string[];
  readonly batchSize: number;
  /** From 1 on; a throttle does not use it up. */
  readonly attempt: number;
  readonly outcome: "success" | "partial" | "failure" | "throttle" | "tooLarge";
  readonly duration: number;
  /** Between the arrival of its last record and its beginning. */
  readonly iteratorAge: number;
  /** What the mapping does with it now; `retry` after `pause` milliseconds. */
  readonly next:
    | { readonly step: "done" | "rest" | "halves" | "discarded" }
    | { readonly step: "retry"; readonly pause: number };
  readonly response: unknown;
  readonly error?: ErrorTold;
}

/** A mapping's checkpoint has moved. */
export interface CheckpointTold extends CheckpointEvent {
  /** How many records were put into the shard behind it, as far as that was seen. */
  readonly behind: number;
}

/** The mapping gave a batch up. */
export interface DiscardedTold {
  readonly type: "discarded";
  readonly at: number;
  readonly functionName: string;
  readonly stream: string;
  /** As Lambda sends it. */
  readonly document: object;
  /** The ARN of the destination that has it. Absent: there is none. */
  readonly destination?: string;
  /** Why it did not get there. */
  readonly error?: ErrorTold;
}

/** Somebody invoked a function, through Lambda's API. */
export interface InvocationTold {
  readonly type: "invocation";
  readonly at: number;
  readonly functionName: string;
  readonly duration: number;
  readonly error?: ErrorTold;
}

/** A delivery stream had a function transform records. */
export interface TransformTold extends Omit<TransformEvent, "error"> {
  readonly error?: ErrorTold;
}

/** A delivery stream wrote an object. */
export type ObjectTold = ObjectEvent;

/** A delivery stream asked an endpoint, could not write an object, or lost records. */
export interface DeliveryTold extends Omit<DeliveryEvent, "error"> {
  readonly error?: ErrorTold;
}

/** A function asked something of another service: what it asked of one place in a tenth of a second, and what came of it. */
export type CallTold = CallEvent;

/** What the windows of a shard, or its application of SQL, have come to: after batches, at most once a second. */
export interface WindowsTold extends Omit<ReadState, "rows"> {
  readonly type: "windows";
  readonly at: number;
  readonly functionName: string;
  readonly stream: string;
  readonly shardId: string;
  /** How many rows were done since it was told last; of sessions those count too that have become part of another. Under Lambda's own windows always 0. */
  readonly rows: number;
  /** Why it cannot be read. Absent: it can. */
  readonly unread?: string;
}

/** A row of a lease table was written: a worker lives, is further, or has a shard that another had. */
export interface LeaseTold {
  readonly type: "lease";
  readonly at: number;
  /** The lease table, which is the application's. */
  readonly table: string;
  /** Of the row: the shard's id, or with several streams one that names the stream. */
  readonly key: string;
  /** Absent: the table is of one stream, which it does not name. */
  readonly stream?: string;
  readonly shardId: string;
  /** The worker that has it. Absent: nobody. */
  readonly owner?: string;
  /** During a handoff: the worker that still processes; `owner` comes after it. */
  readonly handedBy?: string;
  /** A sequence number up to which all is done, or `TRIM_HORIZON`, `LATEST`, `AT_TIMESTAMP`, `SHARD_END`. */
  readonly checkpoint: string;
  /** Of the last record of an aggregate that is done. */
  readonly subSequenceNumber?: number;
  /** Moves with each sign of life. */
  readonly counter: number;
}

/** Something goes wrong on purpose: somebody asked for it, on the page. */
export type FaultTold = FaultEvent;

/** A replay is over: told to its page and its report alone. */
export interface EndedTold {
  readonly type: "ended";
  readonly at: number;
  /** What it printed at its end. */
  readonly text: string;
}
