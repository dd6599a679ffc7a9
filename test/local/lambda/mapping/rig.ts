/** A stream, a mapping and a virtual clock, as the tests of the mapping set them up. */
import {
  createKinesis,
  type KinesisOptions,
} from "../../../../packages/local/src/kinesis/index.ts";
import {
  createEventSourceMapping,
  type FailureDestination,
  type FailureDocument,
  type MappingOptions,
  type MappingSettings,
} from "../../../../packages/local/src/lambda/mapping/index.ts";
import type { Invoke } from "../../../../src/mapping/invoke.ts";
import type { KinesisEvent, KinesisEventRecord } from "../../../../src/record/lambda-event.ts";
import { seededRandom } from "../../../../src/time/random.ts";
import { virtualClock } from "../../../../src/time/virtual-clock.ts";

export interface Delivery {
  readonly event: KinesisEvent;
  readonly requestId: string;
  readonly at: number;
  /** The records' data as text. */
  readonly values: readonly string[];
}

/** One shard and one stream called "orders", unless said otherwise. */
export function rig({
  shards = 1,
  consumer = false,
  kinesis: kinesisOptions = {},
  retentionHours = 24,
  maxRecordSizeInKiB = 1024,
  patience = 0,
}: {
  shards?: number;
  consumer?: boolean;
  kinesis?: Omit<KinesisOptions, "clock">;
  retentionHours?: number;
  maxRecordSizeInKiB?: number;
  /** Of the clock. Handlers that do real work need some; others only make it wait where they hang. */
  patience?: number;
} = {}) {
  const clock = virtualClock({ patience });
  const start = clock.now();
  const kinesis = createKinesis({ clock, random: seededRandom(1), ...kinesisOptions });
  kinesis.createStream({ name: "orders", shards, retentionHours, maxRecordSizeInKiB });
  const fanOut = consumer
    ? kinesis.registerStreamConsumer({ stream: "orders", name: "departures" }).arn
    : undefined;
  const documents: FailureDocument[] = [];
  const destinations: FailureDestination[] = [];
  const deliveries: Delivery[] = [];

  /** Puts one record for each value; the key is the value unless given. */
  function put(values: readonly (string | Uint8Array)[], partitionKey?: string) {
    return values.map((value) =>
      kinesis.putRecord({
        stream: "orders",
        partitionKey: partitionKey ?? (typeof value === "string" ? value : "key"),
        data: typeof value === "string" ? Buffer.from(value) : value,
      }),
    );
  }

  function map(
    settings: MappingSettings,
    handler: (delivery: Delivery, index: number) => unknown = () => undefined,
    options: Partial<MappingOptions> = {},
  ) {
    const invoke: Invoke = (event, { awsRequestId }) => {
      const values = event.Records.map(textOf);
      const delivery = { event, requestId: awsRequestId, at: clock.now() - start, values };
      deliveries.push(delivery);
      return handler(delivery, deliveries.length - 1);
    };
    return createEventSourceMapping({
      kinesis,
      clock,
      random: seededRandom(2),
      ...(fanOut ? { consumer: fanOut } : { stream: "orders" }),
      settings,
      invoke,
      onFailure(document, destination) {
        documents.push(document);
        destinations.push(destination);
      },
      ...options,
    });
  }

  return {
    clock,
    start,
    kinesis,
    consumerArn: fanOut,
    documents,
    destinations,
    deliveries,
    put,
    map,
  };
}

export const textOf = ({ kinesis }: KinesisEventRecord) =>
  Buffer.from(kinesis.data, "base64").toString();

/** A response that names the record with this value, as `batchItemFailures` wants it. */
export function failing({ event, values }: Delivery, value: string) {
  const record = event.Records[values.indexOf(value)];
  if (!record) return { batchItemFailures: [] };
  return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] };
}

export function fail(): never {
  throw new Error("the handler failed");
}

export const letters = (count: number) =>
  Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index));

export const partialResponses = { functionResponseTypes: ["ReportBatchItemFailures"] } as const;
