/** A producer before a stream that answers as the test says, under a clock that the test moves. */
import { deaggregate, effectiveHashKey } from "../../src/kpl.ts";
import {
  type KinesisProducerOptions,
  kinesisProducer,
  type ProducerEvent,
} from "../../src/producer.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

// Before any clock: the first import takes time that no virtual clock counts.
await import("@aws-sdk/client-kinesis");

export interface Sent {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
}

/** What becomes of a request: an answer for each entry, or an error. Undefined: all are taken. */
export type Answering = (
  entries: readonly Sent[],
  request: number,
) => readonly object[] | Error | undefined | Promise<readonly object[] | Error | undefined>;

export interface FakeOptions<V> extends Omit<KinesisProducerOptions<V>, "stream" | "client"> {
  readonly shards?: number;
  readonly answer?: Answering;
  /** What ListShards answers. @default so many shards of the same width */
  readonly list?: () => Promise<unknown>;
}

export function fakeProducer<V = Uint8Array | string>({
  shards = 1,
  answer = () => undefined,
  list = async () => ({ Shards: evenShards(shards) }),
  ...options
}: FakeOptions<V> = {}) {
  const clock = virtualClock({ patience: 1 });
  let setBy = 0;
  const requests: Sent[][] = [];
  const events: ProducerEvent[] = [];
  const lines: string[] = [];
  let sequence = 0;
  const producer = kinesisProducer<V>({
    stream: "orders",
    client: {
      async send({ input }: { input: { Records?: Sent[] } }) {
        if (!input.Records) return list();
        requests.push(input.Records);
        const answered = await answer(input.Records, requests.length - 1);
        if (answered instanceof Error) throw answered;
        return {
          Records:
            answered ?? input.Records.map((entry) => taken(++sequence, placeOf(entry, shards))),
        };
      },
    },
    ...options,
    on(event) {
      events.push(event);
      options.on?.(event);
    },
    runtime: {
      clock: { ...clock, now: () => clock.now() + setBy },
      random: seededRandom(1),
      write: (line) => lines.push(line),
    },
  });
  /** Somebody sets the machine's clock: what waits goes on waiting as long as it would have. */
  const setClock = (ms: number) => {
    setBy += ms;
  };
  return { producer, clock, setClock, requests, events, lines };
}

/** Which of so many shards of the same width. */
function placeOf({ PartitionKey, ExplicitHashKey }: Sent, shards: number): number {
  const explicit = ExplicitHashKey === undefined ? {} : { explicitHashKey: ExplicitHashKey };
  const hashKey = effectiveHashKey({ partitionKey: PartitionKey, ...explicit });
  return Math.min(shards - 1, Number(hashKey / (2n ** 128n / BigInt(shards))));
}

export const taken = (sequence: number, shard = 0) => ({
  ShardId: `shardId-${String(shard).padStart(12, "0")}`,
  SequenceNumber: String(sequence),
});

export const throttled = {
  ErrorCode: "ProvisionedThroughputExceededException",
  ErrorMessage: "Rate exceeded for shard shardId-000000000000 in stream orders under account 1.",
};

/** As the SDK throws it. */
export const refusal = (name: string, message: string) =>
  Object.assign(new Error(message), { name, $fault: "client", $metadata: { httpStatusCode: 400 } });

export function evenShards(count: number, firstId = 0) {
  const width = 2n ** 128n / BigInt(count);
  return Array.from({ length: count }, (_, n) => ({
    ShardId: `shardId-${String(firstId + n).padStart(12, "0")}`,
    HashKeyRange: {
      StartingHashKey: String(BigInt(n) * width),
      EndingHashKey: String(n + 1 === count ? 2n ** 128n - 1n : BigInt(n + 1) * width - 1n),
    },
  }));
}

/** The texts in a request, aggregates taken apart. */
export const textsIn = (entries: readonly Sent[]): string[] =>
  entries.flatMap(({ Data }) =>
    (deaggregate(Data)?.map(({ data }) => data) ?? [Data]).map((data) =>
      Buffer.from(data).toString(),
    ),
  );
