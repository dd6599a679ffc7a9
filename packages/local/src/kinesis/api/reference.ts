/** Which stream or consumer a request means. */
import { invalidArgument, notFound } from "../error.ts";
import type { Kinesis, StreamConsumer } from "../types.ts";

export interface StreamReference {
  readonly StreamName?: string | undefined;
  readonly StreamARN?: string | undefined;
}

/** The name or the ARN of the stream that a request names. */
export function streamOf({ StreamName, StreamARN }: StreamReference): string {
  if (StreamName === undefined && StreamARN === undefined) {
    throw invalidArgument("Stream arn and stream name can't be empty at the same time");
  }
  if (StreamName === undefined) return StreamARN!;
  if (StreamARN !== undefined && !StreamARN.endsWith(`:stream/${StreamName}`)) {
    throw invalidArgument("StreamARN and StreamName do not match.");
  }
  return StreamARN ?? StreamName;
}

/** The name in the ARN of a stream. */
export const nameOfStream = (arn: string) => arn.slice(arn.lastIndexOf(":stream/") + 8);

/** The name in the ARN of a consumer. */
export const nameOfConsumer = (arn: string) => arn.match(/\/consumer\/([^/:]+):\d+$/)?.[1];

export interface ConsumerReference {
  readonly StreamARN?: string | undefined;
  readonly ConsumerName?: string | undefined;
  readonly ConsumerARN?: string | undefined;
}

/** A consumer by its ARN, or by its stream and its name. */
export function consumerOf(kinesis: Kinesis, reference: ConsumerReference): StreamConsumer {
  const { StreamARN, ConsumerName, ConsumerARN } = reference;
  if (ConsumerARN === undefined && (StreamARN === undefined || ConsumerName === undefined)) {
    throw invalidArgument("ConsumerARN, or StreamARN and ConsumerName, must be specified.");
  }
  const stream = StreamARN ?? ConsumerARN!.replace(/\/consumer\/[^/]*$/, "");
  const named = ConsumerName ?? nameOfConsumer(ConsumerARN!);
  const found = kinesis.listStreamConsumers({ stream }).find(({ name }) => name === named);
  if (found && (ConsumerARN === undefined || found.arn === ConsumerARN)) return found;
  throw notFound(
    ConsumerARN === undefined
      ? `Consumer ${ConsumerName}, stream ${StreamARN} not found.`
      : `Consumer with ARN ${ConsumerARN} not found.`,
  );
}
