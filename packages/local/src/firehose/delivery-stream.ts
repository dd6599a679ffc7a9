/** A delivery stream that may read from the Kinesis of this package. */
import { createDeliveryStream as create } from "../../../services/src/firehose/delivery-stream.ts";
import type {
  DeliveryStream,
  DeliveryStreamOptions as ServiceOptions,
} from "../../../services/src/firehose/types.ts";
import type { Kinesis } from "../kinesis/types.ts";
import { sourceKinesis } from "./kinesis-source.ts";

/** What `createDeliveryStream` takes. */
export interface DeliveryStreamOptions extends Omit<ServiceOptions, "kinesis"> {
  /** Has the source. Needed where the settings name a Kinesis stream. */
  readonly kinesis?: Kinesis;
}

/**
 * Takes records as Firehose does, transforms them with a function, and delivers them to a bucket or
 * to an HTTP endpoint. Throws a FirehoseError for settings that Firehose refuses, and for those
 * that are not run here.
 *
 * @example
 * const bucket = memoryBucket();
 * const stream = createDeliveryStream({
 *   name: "orders",
 *   settings: { ExtendedS3DestinationConfiguration: { BucketARN: "arn:aws:s3:::archive" } },
 *   bucket,
 *   clock: virtualClock(),
 * });
 * stream.put(new TextEncoder().encode('{"id":1}\n'));
 * await stream.drain();
 * [...bucket.objects.keys()]; // ["2026/01/01/00/orders-1-2026-01-01-00-00-00-…"]
 */
export function createDeliveryStream({
  kinesis,
  ...options
}: DeliveryStreamOptions): DeliveryStream {
  return create(kinesis ? { ...options, kinesis: sourceKinesis(kinesis) } : options);
}
