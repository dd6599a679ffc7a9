/** What happens on the machine, for whoever shows it. */
import type { LogLine, SettledRecords } from "../lambda/hosts/index.ts";
import type { FailureDocument, TraceEntry } from "../lambda/mapping/index.ts";
import type { RefusedCall } from "./closed-services.ts";

export type MachineEvent =
  | BatchEvent
  | LogEvent
  | DiscardedEvent
  | TransformEvent
  | ObjectEvent
  | InvocationEvent
  | DeliveringEvent
  | FatesEvent
  | CheckpointEvent
  | PutEvent
  | ReshardEvent
  | DeliveryEvent
  | FaultEvent
  | CallEvent
  | { readonly type: "refused"; readonly call: RefusedCall }
  /** Something that a person should know: said once. */
  | { readonly type: "note"; readonly text: string };

/** A batch was delivered, and this came of it. */
export interface BatchEvent {
  readonly type: "batch";
  readonly functionName: string;
  readonly stream: string;
  readonly invocation: TraceEntry;
  /** What the function answered; undefined where it failed. */
  readonly response: unknown;
}

/** A function asked something of another service: what it asked of one place in a tenth of a second, and what came of it. */
export interface CallEvent {
  readonly type: "call";
  /** When the first of them was sent, in epoch milliseconds. */
  readonly at: number;
  readonly functionName: string;
  readonly requestId: string;
  /** Of this machine: `s3`, `dynamodb`, `kinesis`, `firehose`, `sqs`, `sns`. `http`: it is elsewhere. */
  readonly service: string;
  /** `PutObject`, `PutRecordBatch`; of a service elsewhere HTTP's method. */
  readonly operation: string;
  /** The bucket, table, stream, delivery stream, queue or topic; elsewhere the URL, without its query. */
  readonly place: string;
  readonly calls: number;
  /** Records, items or messages in them; a call that has one thing alone counts as one. */
  readonly entries: number;
  /** How many of those were refused in calls that were answered as done. */
  readonly refused: number;
  /** Of the requests' bodies. */
  readonly bytes: number;
  /** Of the slowest, in milliseconds. */
  readonly duration: number;
  /** HTTP's. Absent: no answer came. */
  readonly status?: number | undefined;
  /** Why they, or entries of them, were refused: of the first. */
  readonly error?: { readonly type: string; readonly message: string };
  /** Of objects: the first five. */
  readonly keys?: readonly string[];
  /** Whether it reads or writes a progress log, or what is parked. Absent: it does not. */
  readonly isProgress?: boolean;
}

/** A batch is handed to its function now. */
export interface DeliveringEvent {
  readonly type: "delivering";
  readonly functionName: string;
  readonly stream: string;
  readonly shardId: string;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly records: number;
  readonly firstSequenceNumber: string | undefined;
}

/** What became of each record of a batch: told by `kinesisConsumer`, before its batch is. */
export interface FatesEvent extends SettledRecords {
  readonly type: "fates";
  readonly functionName: string;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A mapping's checkpoint has moved. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly functionName: string;
  readonly stream: string;
  readonly shardId: string;
  /** Everything up to it is processed, filtered out or discarded. */
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Records were put into a shard, or refused there: those of a tenth of a second. */
export interface PutEvent {
  readonly type: "put";
  readonly stream: string;
  readonly shardId: string;
  /** When the first of them came, in epoch milliseconds. */
  readonly at: number;
  readonly records: number;
  /** Of their data. */
  readonly bytes: number;
  /** Records that were refused, because the shard had enough in that second. */
  readonly throttled: number;
  /** Sequence numbers. Absent: all were refused. */
  readonly first?: string;
  readonly last?: string;
  /** The partition keys with the most of them, at most five. */
  readonly keys: readonly { readonly partitionKey: string; readonly records: number }[];
  /** How many had a hash key that begins with these eight bits, 0 to 255. */
  readonly heat: Readonly<Record<number, number>>;
}

/** Shards were split or merged. */
export interface ReshardEvent {
  readonly type: "reshard";
  readonly stream: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly closed: readonly string[];
  readonly opened: readonly {
    readonly shardId: string;
    readonly parents: readonly string[];
    readonly hashKeyRange: { readonly startingHashKey: string; readonly endingHashKey: string };
  }[];
}

/** A delivery stream asked a server, laid into the outbox what it would send to one, could not write an object, or lost records. */
export interface DeliveryEvent {
  readonly type: "delivery";
  readonly deliveryStream: string;
  readonly what: "request" | "outbox" | "failedPut" | "lost";
  /** Epoch milliseconds. */
  readonly at: number;
  readonly records?: number;
  /** Whether it went well; of a request alone. */
  readonly outcome?: "delivered" | "failed";
  /** HTTP's; undefined: there was no answer. */
  readonly status?: number | undefined;
  readonly attempt?: number;
  /** Their paths in the outbox. */
  readonly files?: readonly string[];
  readonly bucket?: string;
  readonly key?: string;
  readonly error?: unknown;
}

/** A delivery stream had a function transform records. */
export interface TransformEvent {
  readonly type: "transform";
  readonly functionName: string;
  readonly deliveryStream: string;
  readonly records: number;
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
  /** How many records the function dropped, or said to have failed. */
  readonly dropped: number;
  readonly failed: number;
  /** Why the invocation failed. */
  readonly error?: unknown;
}

/** A delivery stream wrote an object. */
export interface ObjectEvent {
  readonly type: "object";
  readonly deliveryStream: string;
  /** When it was there, in epoch milliseconds. */
  readonly at: number;
  readonly bucket: string;
  readonly key: string;
  readonly records: number;
  readonly bytes: number;
  /** "records", "backup", or why its records failed: "processing-failed"… */
  readonly holds: string;
}

/** Something goes wrong on purpose: somebody asked for it, on the page. */
export interface FaultEvent {
  readonly type: "fault";
  readonly fault: "kill" | "loseAnswer" | "failRecords" | "throttleTables";
  /** `asked`: it will strike the next that it fits. `over`: of what lasts. */
  readonly step: "asked" | "struck" | "over";
  /** Epoch milliseconds. */
  readonly at: number;
  /** What it is, in a sentence. */
  readonly text: string;
  readonly functionName?: string;
  /** Of a batch that it struck. */
  readonly stream?: string;
  readonly shardId?: string;
  readonly requestId?: string;
}

/** Somebody invoked a function, through Lambda's API. */
export interface InvocationEvent {
  readonly type: "invocation";
  readonly functionName: string;
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Why it failed. */
  readonly error?: unknown;
}

/** A function wrote a line. */
export interface LogEvent {
  readonly type: "log";
  readonly functionName: string;
  readonly line: LogLine;
}

/** The mapping gave a batch up. */
export interface DiscardedEvent {
  readonly type: "discarded";
  readonly functionName: string;
  readonly stream: string;
  readonly document: FailureDocument;
  /** The ARN of the destination that has the document; undefined: there is none. */
  readonly destination: string | undefined;
  /** Why the document did not get there. */
  readonly error?: Error;
}
