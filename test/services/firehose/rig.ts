/** A delivery stream, a bucket in memory and a virtual clock, as the tests set them up. */
import { gunzipSync } from "node:zlib";
import {
  createDeliveryStream,
  type DeliveryStreamOptions,
} from "../../../packages/local/src/firehose/delivery-stream.ts";
import {
  type DeliveryStreamSettings,
  type InvokeTransform,
  memoryBucket,
  type ReadFailure,
  readFailureObject,
  type TransformEvent,
} from "../../../packages/services/src/firehose/index.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";

export const bucketArn = "arn:aws:s3:::archive";
export const lambdaArn = "arn:aws:lambda:us-east-1:123456789012:function:clean:$LATEST";

/** The properties of a destination in S3, with what a test adds. */
export const toS3 = (more: object = {}) => ({
  ExtendedS3DestinationConfiguration: { BucketARN: bucketArn, ...more },
});

export const lambdaProcessor = (parameters: Readonly<Record<string, string>> = {}) => ({
  Type: "Lambda",
  Parameters: Object.entries({ LambdaArn: lambdaArn, ...parameters }).map(
    ([ParameterName, ParameterValue]) => ({ ParameterName, ParameterValue }),
  ),
});

export const processor = (Type: string, parameters: Readonly<Record<string, string>> = {}) => ({
  Type,
  Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
    ParameterName,
    ParameterValue,
  })),
});

export const processing = (...Processors: object[]) => ({
  ProcessingConfiguration: { Enabled: true, Processors },
});

export function rig(
  settings: object,
  options: Partial<DeliveryStreamOptions> & { readonly seed?: number } = {},
) {
  const { seed = 1, ...rest } = options;
  const clock = virtualClock({ patience: 200 });
  const bucket = memoryBucket();
  const events: TransformEvent[] = [];
  const given = options.invoke;
  const invoke: InvokeTransform | undefined =
    given &&
    ((event, context) => {
      events.push(event);
      return given(event, context);
    });
  const stream = createDeliveryStream({
    name: "orders",
    settings: settings as DeliveryStreamSettings,
    bucket,
    clock,
    random: seededRandom(seed),
    ...rest,
    ...(invoke && { invoke }),
  });

  const keys = () => [...bucket.objects.keys()];

  return {
    clock,
    bucket,
    stream,
    events,
    keys,
    put: (...values: string[]) => values.map((value) => stream.put(Buffer.from(value)).recordId),
    /** The text of every object whose key has this beginning. */
    texts: (prefix = "") =>
      keys()
        .filter((key) => key.startsWith(prefix))
        .map((key) => textOf(bucket.objects.get(key)!.bytes)),
    failures: (type: string): ReadFailure[] =>
      keys()
        .filter((key) => key.includes(type))
        .flatMap((key) => readFailureObject(textOf(bucket.objects.get(key)!.bytes))),
  };
}

const textOf = (bytes: Uint8Array) =>
  (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : Buffer.from(bytes)).toString();

export const text = (data: string) => Buffer.from(data, "base64").toString();
export const base64 = (data: string) => Buffer.from(data).toString("base64");

/** Answers every record with what `answer` makes of its text. */
export const answering =
  (answer: (value: string) => object): InvokeTransform =>
  ({ records }) => ({
    records: records.map(({ recordId, data }) => ({ recordId, ...answer(text(data)) })),
  });

export const echo = answering((value) => ({ result: "Ok", data: base64(value) }));
