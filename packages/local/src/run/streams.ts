/** The template's streams and their fan-out consumers, in the simulator. */
import type { Kinesis } from "../kinesis/types.ts";
import type { Template, TemplateMapping } from "../template/types.ts";

/** Creates what is not there yet: a directory may have kept it. */
export function createStreams(kinesis: Kinesis, { streams, consumers }: Template): void {
  const present = new Set(kinesis.listStreams());
  for (const { name, shards, mode, retentionHours, maxRecordSizeInKiB } of streams) {
    if (present.has(name)) continue;
    kinesis.createStream({
      ...{ name, mode, retentionHours },
      ...(shards !== undefined && { shards }),
      ...(maxRecordSizeInKiB !== undefined && { maxRecordSizeInKiB }),
    });
  }
  for (const { name, streamArn } of consumers) {
    const stream = streamName(streamArn);
    const registered = kinesis.listStreamConsumers({ stream });
    if (!registered.some((consumer) => consumer.name === name)) {
      kinesis.registerStreamConsumer({ stream, name });
    }
  }
}

/** The name in a stream's ARN. */
export const streamName = (arn: string) => arn.split("/")[1] ?? arn;

/** What a mapping reads, as the simulator knows it. */
export function sourceOf(
  kinesis: Kinesis,
  { consumers }: Template,
  { streamArn, consumerArn, logicalId }: TemplateMapping,
): { readonly stream: string; readonly consumer?: string } {
  const stream = streamName(streamArn);
  if (consumerArn === undefined) return { stream };
  // The ARN in the template is that of a consumer that was never registered: its name is the same.
  const name =
    consumers.find(({ arn }) => arn === consumerArn)?.name ??
    /consumer\/([^/:]+)/.exec(consumerArn)?.[1];
  const found = kinesis.listStreamConsumers({ stream }).find((consumer) => consumer.name === name);
  if (!found && name === undefined) {
    throw new Error(`Mapping ${logicalId}: ${consumerArn} is no ARN of a stream's consumer.`);
  }
  const { arn: consumer } = found ?? kinesis.registerStreamConsumer({ stream, name: name! });
  return { stream, consumer };
}
