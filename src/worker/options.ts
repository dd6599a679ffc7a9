/** What a worker is made of. */

import type { CommandSender } from "../aws/command-sender.ts";
import type { OnFailure } from "../mapping/failure-destination.ts";
import type { WriteLine } from "../observe/log.ts";
import type { Random } from "../time/random.ts";
import type { WorkerClock } from "./elapsed.ts";
import type { WorkerEvent } from "./events.ts";
import type { Leases } from "./leases/table.ts";
import type { WorkerMetricsSink } from "./metrics.ts";
import type { Retrieval } from "./reading/reader.ts";
import type { Stream } from "./reading/stream.ts";

/** How batches are made: the settings of Lambda's event source mapping under shorter names. */
export interface BatchOptions {
  /** Most records of an event. 1 to 10,000. @default 100 */
  readonly size?: number;
  /** How long records wait for a full batch, in milliseconds. 0 to 300,000. @default 0 */
  readonly windowMs?: number;
  /**
   * What the handler's context says that it has, in milliseconds. A handler that takes longer is waited for, since it cannot be
   * killed. @default 60000
   */
  readonly timeoutMs?: number;
  /** Batches of one shard that run at once, each with its own partition keys. 1 to 10. @default 1 */
  readonly parallelizationFactor?: number;
}

/** What becomes of a batch that fails: the settings of Lambda's event source mapping. */
export interface RetryOptions {
  /** How often a failed batch is given to the handler again. -1: without end. @default -1 */
  readonly maximumRetryAttempts?: number;
  /** Older records are given up, in seconds. -1: never. @default -1 */
  readonly maximumRecordAgeInSeconds?: number;
  /** A failed batch comes back as two halves. @default true */
  readonly bisectBatchOnFunctionError?: boolean;
  /** Takes the document about records that were given up; they are gone without it. */
  readonly onFailure?: OnFailure;
}

/** What tests and simulations bring in the place of the machine's own. */
export interface WorkerRuntime {
  readonly clock?: WorkerClock;
  readonly random?: Random;
  /** Opens a stream by its name. */
  readonly stream?: (name: string) => Stream;
  /** Where the worker's metrics are written. What the handler writes is its own. @default stdout */
  readonly write?: WriteLine;
}

/** What `runWorker` takes. */
export interface WorkerOptions {
  /** The application of the Kinesis Client Library: the name of the lease table, unless another is given. */
  readonly application: string;
  /** The stream's name or ARN. A list of some: their leases share a table, under keys that name the stream, as in the KCL's multi-stream mode. */
  readonly stream: string | readonly string[];
  /** Your own client of Kinesis, with its own retries and time-outs: a `KinesisClient`. @default one from the environment */
  readonly client?: CommandSender;
  /** Where leases are kept. @default kclLeases(), a table of the application's name */
  readonly leases?: Leases;
  /**
   * Where a shard begins that nobody has read yet: TRIM_HORIZON, LATEST or a date. Children of a shard that was read begin at
   * their first record. @default "TRIM_HORIZON"
   */
  readonly initialPosition?: "TRIM_HORIZON" | "LATEST" | Date;
  /** How records are read: `polling()` or `fanOut()`. @default polling() */
  readonly retrieval?: Retrieval;
  readonly batch?: BatchOptions;
  readonly retry?: RetryOptions;
  /** Without a sign of life for so long, in milliseconds, a worker's leases are free. 1,000 or more; the same for the whole fleet. @default 10000 */
  readonly failoverMs?: number;
  /** How old the position in the table may get, in milliseconds; at most a third of `failoverMs`, which costs no further writes. @default a third of failoverMs */
  readonly checkpointEveryMs?: number;
  /** How long a stop or a handoff waits for the handler, in milliseconds. Afterwards the batch may run again elsewhere. @default 30000 */
  readonly handoffMs?: number;
  /** The beginning of the worker's id; the rest is random, and says that it is a worker of shardmill. @default the host's name */
  readonly workerId?: string;
  /** Most leases that this worker takes, and gives to one worker where it leads a fleet of KCL 3. @default Infinity */
  readonly maxLeases?: number;
  /** Bytes that may be read and not yet done, over all shards; a shard that has nothing may read one page more. @default 67108864 */
  readonly maxBufferedBytes?: number;
  /** The function's ARN in the context and in failure documents. Give Lambda's own where a progress log is to go on. @default made of the application */
  readonly functionArn?: string;
  /**
   * Where the worker's metrics go, each minute and at its end, by stream: Powertools' Metrics, say; or true for CloudWatch's embedded metric
   * format on stdout, by `Application` and `Stream`. Those take effect where stdout goes to CloudWatch Logs line by line, as with
   * ECS's `awslogs` driver. The handler's own metrics are an option of the handler. @default false
   *
   * @example
   * runWorker(handler, { application: "billing", stream: "orders", metrics: true });
   */
  readonly metrics?: WorkerMetricsSink | boolean;
  /** Hears what happens to leases and batches. */
  readonly on?: (event: WorkerEvent) => void;
  /** Stops the worker as `stop()` does, once it is aborted. */
  readonly signal?: AbortSignal;
  /** The world as the worker sees it, for tests: time, chance, and how a stream is read. */
  readonly runtime?: WorkerRuntime;
}
