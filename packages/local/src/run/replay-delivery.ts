/** Records that were captured or written, through a delivery stream and its function once more. */
import type { DeliveryStream } from "../../../services/src/firehose/index.ts";
import type { Kinesis } from "../kinesis/types.ts";
import type { TemplateDeliveryStream } from "../template/types.ts";
import type { MachineEvent, ObjectEvent, TransformEvent } from "./events.ts";
import type { Machine } from "./machine.ts";
import type { ReplayRecord } from "./replay.ts";
import { streamName } from "./streams.ts";

export interface DeliveryReplayOptions {
  readonly machine: Machine;
  /** Has the stream that the delivery stream reads, where it reads one. */
  readonly kinesis: Kinesis | undefined;
  readonly deliveryStream: TemplateDeliveryStream;
  readonly records: readonly ReplayRecord[];
  /** Records that the function has answered. */
  readonly onProgress?: (answered: number) => void;
  /** Ends the replay: what is not delivered is left. */
  readonly signal?: AbortSignal;
}

export interface DeliveryReplay {
  /** Hears of every event of the machine. */
  readonly onEvent: (event: MachineEvent) => void;
  run(): Promise<DeliveryReplayResult>;
}

/** In records, where nothing else is said. */
export interface DeliveryReplayResult {
  readonly put: number;
  /** The function gave something for them. */
  readonly transformed: number;
  /** The function said so. */
  readonly dropped: number;
  /** Are in objects under the error prefix, or lost: by why they failed, such as `processing-failed`. */
  readonly failures: Readonly<Record<string, number>>;
  readonly failed: number;
  /** Are in objects, on a server, or in the outbox. */
  readonly delivered: number;
  /** Were neither delivered nor dropped, and did not fail: the replay was interrupted. */
  readonly left: number;
  /** Objects of records: without backups and failures. */
  readonly objects: number;
  /** Of these objects. */
  readonly bytes: number;
  /** In the outbox, where there is no server. */
  readonly files: number;
  /** Those with any object. */
  readonly buckets: readonly string[];
  readonly invocations: number;
  readonly seconds: number;
}

const putAtOnce = 500;

/** Prepares a replay. Throws where the delivery stream does not run here. Nothing is put before `run`. */
export function replayDelivery({
  machine,
  kinesis,
  deliveryStream,
  records,
  onProgress = () => {},
  signal,
}: DeliveryReplayOptions): DeliveryReplay {
  const stream = machine.deliveryStream(deliveryStream.name);
  const put = putter(stream, deliveryStream, kinesis);
  const failures: Record<string, number> = {};
  const buckets = new Set<string>();
  let [done, transformed, answered, invocations, objects, bytes, files] = [0, 0, 0, 0, 0, 0, 0];

  function onTransform({ records, dropped, failed, error }: TransformEvent): void {
    invocations++;
    if (error !== undefined) return;
    answered += records;
    transformed += records - dropped - failed;
    onProgress(answered);
  }

  function onObject(object: ObjectEvent): void {
    buckets.add(object.bucket);
    if (object.holds === "records") {
      objects++;
      bytes += object.bytes;
    } else if (object.holds !== "backup" && object.holds !== "manifest") {
      failures[object.holds] = (failures[object.holds] ?? 0) + object.records;
    }
  }

  async function putAll(): Promise<void> {
    for (const record of records) {
      if (signal?.aborted) return;
      try {
        put(record);
      } catch (cause) {
        const which = `record ${done + 1} of ${records.length}`;
        throw new Error(`${which} is refused: ${(cause as Error).message}`, { cause });
      }
      done++;
      // So that what is full goes on its way.
      if (done % putAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  return {
    onEvent(event) {
      if (!("deliveryStream" in event) || event.deliveryStream !== deliveryStream.name) return;
      if (event.type === "transform") onTransform(event);
      else if (event.type === "object") onObject(event);
      else if (event.type === "delivery") files += event.files?.length ?? 0;
    },
    async run() {
      const began = performance.now();
      await putAll();
      await Promise.race([stream.flush(), aborted(signal)]);
      const { incoming, delivered, dropped, failed, lost } = stream.counts;
      if (lost > 0) failures.lost = lost;
      // What is put into a stream has not come yet; aggregates come as several records.
      const came = Math.max(done, incoming);
      return {
        ...{ put: done, transformed, dropped, failures, failed: failed + lost, delivered },
        left: records.length - done + came - delivered - dropped - failed - lost,
        ...{
          objects,
          bytes,
          files,
          buckets: [...buckets],
          invocations,
          seconds: (performance.now() - began) / 1000,
        },
      };
    },
  };
}

/** Into the delivery stream, or into the stream that it reads. */
function putter(
  deliveryStream: DeliveryStream,
  { properties }: TemplateDeliveryStream,
  kinesis: Kinesis | undefined,
): (record: ReplayRecord) => void {
  if (deliveryStream.sourceType === "DirectPut") return ({ data }) => deliveryStream.put(data);
  const stream = streamName(properties.KinesisStreamSourceConfiguration.KinesisStreamARN);
  return ({ data, partitionKey, explicitHashKey }) =>
    kinesis!.putRecord({
      ...{ stream, data, partitionKey },
      ...(explicitHashKey !== undefined && { explicitHashKey }),
    });
}

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
