/** What a mapping reads: a stream, or a stream through one of its fan-out consumers. */
import type { Kinesis } from "../../kinesis/types.ts";
import { invalidParameter } from "./error.ts";
import type { SourceNames } from "./identity.ts";
import type { MappingOptions } from "./types.ts";

/** Throws AWS's error where the stream or the consumer is not there. */
export function findSource(
  kinesis: Kinesis,
  { stream, consumer }: Pick<MappingOptions, "stream" | "consumer">,
): SourceNames {
  const { region, accountId } = kinesis;
  const fanOut = parseConsumerArn(consumer ?? stream ?? "");
  if (consumer !== undefined && !fanOut) {
    throw new TypeError(`"${consumer}" is no ARN of a stream's consumer.`);
  }
  const reference = fanOut?.streamArn ?? stream;
  if (reference === undefined) {
    throw new TypeError("A mapping needs a `stream`, or the ARN of a `consumer`.");
  }
  let streamArn: string;
  try {
    streamArn = kinesis.describeStream({ stream: reference }).arn;
  } catch (cause) {
    const arn = reference.startsWith("arn:")
      ? reference
      : `arn:aws:kinesis:${region}:${accountId}:stream/${reference}`;
    throw invalidParameter(`Stream not found: ${arn}`, cause);
  }
  const consumerArn = fanOut?.consumerArn;
  if (consumerArn) {
    const consumers = kinesis.listStreamConsumers({ stream: streamArn });
    if (!consumers.some(({ arn }) => arn === consumerArn)) {
      throw invalidParameter(`Consumer not found: ${consumerArn}`);
    }
  }
  return { streamArn, consumerArn, region, accountId };
}

/** The stream and the consumer in a consumer's ARN; undefined for anything else. */
function parseConsumerArn(arn: string): { streamArn: string; consumerArn: string } | undefined {
  const [, streamArn] = /^(arn:[^/]+:stream\/[^/]+)\/consumer\/[^/:]+:\d+$/.exec(arn) ?? [];
  return streamArn ? { streamArn, consumerArn: arn } : undefined;
}
