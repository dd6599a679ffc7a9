/** Fan-out consumers of a stream. */
import { checkName } from "./constraint.ts";
import { type KinesisError, limitExceeded, notFound, resourceInUse } from "./error.ts";
import type { ConsumerState, StreamState } from "./state.ts";
import { nothingKept } from "./stream.ts";
import type { Streams } from "./streams.ts";
import type { StreamConsumer } from "./types.ts";

/** The consumer as the API shows it. */
export function describeConsumer(consumer: ConsumerState): StreamConsumer {
  const { kept: _, ...shown } = consumer;
  return shown;
}

const mostConsumers = 20;

export function registerConsumer(stream: StreamState, name: string, now: number): ConsumerState {
  checkName("consumerName", name);
  if (stream.consumers.has(name)) {
    throw resourceInUse(
      `Consumer ${name} under stream ${stream.name} under account ${stream.accountId} already exists.`,
    );
  }
  if (stream.consumers.size >= mostConsumers) {
    throw limitExceeded(
      `Number of consumers registered for stream ${stream.name} under account ${stream.accountId} exceeds the limit of ${mostConsumers}.`,
    );
  }
  const consumer: ConsumerState = {
    name,
    arn: `${stream.arn}/consumer/${name}:${Math.floor(now / 1000)}`,
    status: "CREATING",
    createdAt: now,
    streamArn: stream.arn,
    kept: nothingKept,
  };
  stream.consumers.set(name, consumer);
  return consumer;
}

/** By the consumer's ARN; throws ResourceNotFoundException. */
export function findConsumer(
  streams: Streams,
  arn: string,
): { stream: StreamState; consumer: ConsumerState } {
  const [, streamArn, name] = /^(.+)\/consumer\/([^/:]+):\d+$/.exec(arn) ?? [];
  const stream = streams.get(streamArn ?? "");
  const consumer = stream?.consumers.get(name ?? "");
  if (stream && consumer?.arn === arn) return { stream, consumer };
  throw notFound(`Consumer with ARN ${arn} not found.`);
}

export function consumerNotActive(stream: StreamState, consumer: StreamConsumer): KinesisError {
  const createdSeconds = Math.floor(consumer.createdAt / 1000);
  return resourceInUse(
    `Consumer ${consumer.name} with creation timestamp ${createdSeconds} under stream ${stream.name} and account ${stream.accountId} is not in ACTIVE status.`,
  );
}
