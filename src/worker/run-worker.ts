/** A worker: the handler of a Lambda function where there is no Lambda, with shards shared among all workers of an application. */
import type { DeliveryContext } from "../mapping/delivery.ts";
import { newMetrics } from "../mapping/metrics.ts";
import { defaultTiming } from "../mapping/timing.ts";
import { newTrace } from "../mapping/trace.ts";
import type { KinesisEvent } from "../record/lambda-event.ts";
import { virtual } from "../time/passing-time.ts";
import { randomUuid, systemRandom } from "../time/random.ts";
import { inform } from "../values/ready.ts";
import { workerClock } from "./elapsed.ts";
import type { WorkerEvent } from "./events.ts";
import { holdOf } from "./hold.ts";
import { invoker, NotCalled, type WorkerHandler } from "./invocation.ts";
import { type Leading, leading } from "./lead.ts";
import { kclLeases } from "./leases/dynamodb-table.ts";
import type { Holding } from "./leases/holding.ts";
import { workerIdOf } from "./leases/worker-id.ts";
import { type Member, member } from "./member.ts";
import { type Meter, meterOf } from "./metrics.ts";
import type { WorkerOptions } from "./options.ts";
import { patiently } from "./patience.ts";
import { budget } from "./reading/budget.ts";
import { kinesisStream } from "./reading/kinesis-stream.ts";
import type { OpenReader } from "./reading/reader.ts";
import { batchSettings, completed } from "./settings.ts";
import { startShardWork } from "./shard-work.ts";
import { following } from "./shards/following.ts";
import { type KnownStream, knowStreams, placeOf, streamOf } from "./streams.ts";

/** A lease that a worker has. */
export interface HeldLease {
  /** The shard's id; with several streams `account:stream:creation epoch:shard`. */
  readonly key: string;
  /** A sequence number, or the word that says where reading begins; as far as the handler has answered for everything. */
  readonly checkpoint: string;
  /** Records may be given to the handler: no failover time has passed since the last sign of life. */
  readonly isValid: boolean;
  /** Who has asked for it, and gets it when what has begun has ended. */
  readonly handingTo: string | undefined;
  /** How far what is done is behind the shard's newest record; undefined before it is read. */
  readonly millisBehindLatest: number | undefined;
}

/** A worker that runs. */
export interface Worker {
  /** As the lease table shows it. */
  readonly id: string;
  /** Resolves once the worker takes part; rejects where the stream or the table cannot be used. */
  readonly ready: Promise<void>;
  /** Resolves when the worker has stopped; rejects with what has stopped it. Until then the process does not end by itself. */
  readonly done: Promise<void>;
  /** What it has now. */
  leases(): readonly HeldLease[];
  /**
   * Begins no more batches, waits for those that have begun, writes the positions, and gives the leases back: another worker of
   * shardmill goes on within about a second. Resolves as `done` does.
   */
  stop(): Promise<void>;
}

/**
 * Reads streams with a Lambda handler, on ECS, EC2 or a laptop. The handler gets the events that Lambda's event source mapping would send,
 * and answers as it would there: `batchItemFailures` are honoured. Leases and checkpoints are those of the Kinesis Client Library.
 *
 * A record is delivered at least once. Positions are written after the handler has answered: a stop and a handoff repeat nothing, a
 * crash what was done since the last position, which is at most `checkpointEveryMs` old. With a progress log the handler skips that too.
 *
 * @example
 * import { handler } from "./handlers/billing.ts";
 *
 * const worker = runWorker(handler, { application: "billing", stream: "orders" });
 * process.once("SIGTERM", () => worker.stop());
 * await worker.done;
 */
export function runWorker(handler: WorkerHandler, given: WorkerOptions): Worker {
  const options = completed(handler, given);
  const { application, runtime = {} } = options;
  const { clock = workerClock, random = systemRandom } = runtime;
  const id = workerIdOf(options.workerId, random);
  const table = (options.leases ?? kclLeases()).open(application);
  const open = runtime.stream ?? ((name: string) => kinesisStream(name, options.client));
  const { promise: done, resolve: end, reject: fail } = Promise.withResolvers<void>();
  const letGo = clock.keepAlive?.() ?? (() => {});
  done.then(letGo, letGo);
  let fleet: Member | undefined;
  let meter: Meter | undefined;
  let stopping: Promise<void> | undefined;

  function tell(event: WorkerEvent): void {
    meter?.event(event);
    inform(
      () => options.on?.(event),
      () => {},
    );
  }

  function fault(error: unknown): void {
    fleet?.abandon();
    meter?.end();
    fail(error);
  }

  async function start(): Promise<void> {
    const isOver = () => stopping !== undefined;
    const patience = { clock, tell, isOver };
    const streams = await patiently("describing the streams", patience, () =>
      knowStreams(options.stream, open),
    );
    // After it: a name that was mistyped makes no table.
    await patiently("opening the lease table", patience, () => table.ready());
    const readers = streams && !isOver() && (await readersOf(streams));
    if (!readers || isOver()) return;
    const { initialPosition, metrics } = options;
    if (metrics) {
      const { write } = runtime;
      meter = meterOf({ metrics, application, streams, clock, write, behind: behindOf(streams) });
    }
    const lead = leading({ table, clock, streams, initialPosition, tell });
    const { follow, parentsDone } = following({ table, streams, sync: lead.sync });
    fleet = member({
      ...options,
      table,
      me: id,
      clock,
      random,
      tell,
      leading: lead,
      onFault: fault,
      isOurs: (lease) => streamOf(streams, lease) !== undefined,
      work: workOf(streams, readers, lead),
      follow: (held, work) => follow(held, work.children),
      parentsDone,
    });
    await fleet.start();
    meter?.start();
  }

  const behindOf = (streams: readonly KnownStream[]) => (known: KnownStream) =>
    [...(fleet?.held.values() ?? [])]
      .filter(({ lease }) => streamOf(streams, lease) === known)
      .map(({ key }) => fleet?.works.get(key)?.millisBehindLatest);

  /** How each stream is read. */
  async function readersOf(streams: readonly KnownStream[]) {
    const prepared = streams.map(async (known) => {
      const { stream } = known;
      return [known, await options.retrieval.prepare({ stream, application, clock })] as const;
    });
    return new Map(await Promise.all(prepared));
  }

  function workOf(
    streams: readonly KnownStream[],
    readers: ReadonlyMap<KnownStream, OpenReader>,
    lead: Leading,
  ) {
    const bytes = budget(options.maxBufferedBytes);
    return (held: Holding, ended: () => void) => {
      const { lease } = held;
      const known = streamOf(streams, lease)!;
      return startShardWork({
        context: contextOf(known, held),
        open: readers.get(known)!,
        settings: batchSettings(options),
        timing: defaultTiming(false),
        hashKeys: lease.hashKeys ?? { starting: "0", ending: String(2n ** 128n - 1n) },
        stream: known.stream,
        shardId: lease.shardId,
        ...placeOf(lease, options.initialPosition),
        clock,
        budget: bytes,
        onEnd: ended,
        onThrottled: () => meter?.throttled(known),
        onTrouble(error) {
          tell({ type: "trouble", doing: `reading ${held.key}`, error });
          // That a position is not of this stream.
          if ((error as Error).name === "InvalidArgumentException") lead.doubt(known);
        },
        onFault: fault,
      });
    };
  }

  function contextOf(known: KnownStream, held: Holding): DeliveryContext {
    const { arn } = known;
    /** Of the batches that the handler has, by their requests. */
    const sizes = new Map<string, readonly number[]>();
    const [, , , region = "us-east-1", account] = arn.split(":");
    const functionArn =
      options.functionArn ?? `arn:aws:lambda:${region}:${account}:function:${application}`;
    const call = invoker({
      ...options.batch,
      handler,
      functionArn,
      application,
      workerId: id,
      clock,
      random,
      timeoutMs: options.batch.timeoutMs,
      hold: holdOf(held),
      onExit: (reason) => fault(new Error(reason)),
    });
    return {
      identity: {
        uuid: randomUuid(random),
        eventSourceArn: arn,
        streamArn: arn,
        consumerArn: undefined,
        functionArn,
        executedVersion: "$LATEST",
        roleArn: `arn:aws:iam::${account}:role/${application}`,
        region,
      },
      clock,
      random,
      async invoke(event, { awsRequestId }) {
        if (!held.isValid()) throw new NotCalled(`The lease ${held.key} is not held any more.`);
        sizes.set(awsRequestId, sizesOf(event));
        return await call(event, awsRequestId);
      },
      onFailure: options.retry.onFailure,
      // A record of Kinesis may be larger than what Lambda takes.
      largestEvent: Number.POSITIVE_INFINITY,
      metrics: meter?.mapping(known) ?? newMetrics(),
      trace: newTrace(0, ({ shardId: _, batchSize: records, ...entry }) => {
        const { requestId, done, outcome, error, duration, iteratorAge } = entry;
        const bytes = (sizes.get(requestId) ?? []).slice(0, done).reduce((a, b) => a + b, 0);
        sizes.delete(requestId);
        const what = { shardId: held.key, records, done, bytes, outcome, duration, iteratorAge };
        tell({ type: "batch", ...what, ...(error !== undefined && { error }) });
      }),
      busy: () => virtual(clock)?.busy() ?? (() => {}),
      onResult() {},
    };
  }

  const ready = start();
  ready.catch(fail);

  async function stopNow(): Promise<void> {
    try {
      // Before there is one, nothing has begun, and nothing will.
      await fleet?.stop();
      if (fleet) await ready.catch(() => {});
    } finally {
      meter?.end();
    }
    end();
  }

  function stop(): Promise<void> {
    stopping ??= stopNow().catch(fail);
    return done;
  }

  if (options.signal?.aborted) void stop();
  else options.signal?.addEventListener("abort", () => void stop(), { once: true });

  return {
    id,
    ready,
    done,
    stop,
    leases: () =>
      [...(fleet?.held.values() ?? [])].map((held) => ({
        key: held.key,
        checkpoint: (fleet?.works.get(held.key)?.progress() ?? held.lease.checkpoint)
          .sequenceNumber,
        isValid: held.isValid(),
        handingTo: held.handingTo,
        millisBehindLatest: fleet?.works.get(held.key)?.millisBehindLatest,
      })),
  };
}

const sizesOf = ({ Records }: KinesisEvent): readonly number[] =>
  Records.map(({ kinesis }) => Buffer.byteLength(kinesis.data, "base64"));
