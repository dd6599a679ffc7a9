/** A stream, a lease table and workers under a virtual clock. */
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import type { Stream } from "../../src/worker/reading/stream.ts";
import type { WorkerClock } from "../../src/worker.ts";
import {
  memoryLeases,
  runWorker,
  type Worker,
  type WorkerEvent,
  type WorkerOptions,
} from "../../src/worker.ts";
import { coreStream } from "./core-stream.ts";

export interface Call {
  readonly worker: string;
  readonly shardId: string;
  readonly values: readonly string[];
  readonly at: number;
}

export function workerRig({ shards = 1 } = {}) {
  const clock = virtualClock();
  const random = seededRandom(7);
  const kinesis = createKinesis({ clock });
  kinesis.createStream({ name: "orders", shards });
  const leases = memoryLeases();
  const table = leases.open("billing");
  const calls: Call[] = [];
  const datas: Buffer[] = [];
  const events: (WorkerEvent & { readonly worker: string; readonly at: number })[] = [];

  const runtime = (own: WorkerClock) => ({
    clock: own,
    random,
    stream: (name: string) => coreStream(kinesis, name),
  });

  /** The stream as it is, but for what `change` makes of it. */
  function streamBut(change: (stream: Stream) => Partial<Stream>) {
    const stream = coreStream(kinesis, "orders");
    return { ...runtime(clock), stream: () => ({ ...stream, ...change(stream) }) };
  }

  return {
    clock,
    runtime,
    streamBut,
    kinesis,
    leases,
    table,
    calls,
    /** The bytes of each record that was done. */
    datas,
    events,
    /** What was done, in order. */
    values: () => calls.flatMap(({ values }) => values),
    put(...values: string[]) {
      for (const value of values) {
        kinesis.putRecord({ stream: "orders", partitionKey: value, data: Buffer.from(value) });
      }
    },
    start(
      name: string,
      options: Partial<WorkerOptions> = {},
      handler: (event: KinesisEvent, context: any) => unknown = () => {},
    ): Worker {
      return runWorker(
        async (event: KinesisEvent, context: any) => {
          const bytes = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64"));
          const values = bytes.map(String);
          const [shardId] = event.Records[0]!.eventID.split(":");
          const answer = await handler(event, context);
          datas.push(...bytes);
          calls.push({ worker: name, shardId: shardId!, values, at: clock.now() });
          return answer;
        },
        {
          application: "billing",
          stream: "orders",
          leases,
          workerId: name,
          on: (event) => events.push({ ...event, worker: name, at: clock.now() }),
          runtime: runtime(clock),
          ...options,
        },
      );
    },
    /** Rows as plain values. */
    async rows() {
      const rows = await table.scan();
      return rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, Object.values(value)[0]]),
        ),
      );
    },
  };
}
