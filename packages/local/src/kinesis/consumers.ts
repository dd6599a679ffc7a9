/** Fan-out consumers of a stream. */
import { commitmentAt } from "./commitment.ts";
import { checkName } from "./constraint.ts";
import { type KinesisError, limitExceeded, notFound, resourceInUse } from "./error.ts";
import type { ConsumerState, StreamState } from "./state.ts";
import { nothingKept } from "./stream.ts";
import type { Streams } from "./streams.ts";
import type { BillingCommitment, StreamConsumer } from "./types.ts";

/** The consumer as the API shows it. */
export function describeConsumer(consumer: ConsumerState): StreamConsumer {
  const { kept: _, ...shown } = consumer;
  return shown;
}

/** Of a stream, and of an on-demand stream whose account has committed itself to a throughput. */
const mostConsumers = 20;
const mostOfAdvantage = 50;

export function registerConsumer(
  stream: StreamState,
  name: string,
  now: number,
  commitment: BillingCommitment,
): ConsumerState {
  checkName("consumerName", name);
  if (stream.consumers.has(name)) {
    throw resourceInUse(
      `Consumer ${name} under stream ${stream.name} under account ${stream.accountId} already exists.`,
    );
  }
  const hasAdvantage =
    stream.mode === "ON_DEMAND" && commitmentAt(commitment, now).status !== "DISABLED";
  const most = hasAdvantage ? mostOfAdvantage : mostConsumers;
  if (stream.consumers.size >= most) {
    throw limitExceeded(
      `Number of consumers registered for stream ${stream.name} under account ${stream.accountId} exceeds the limit of ${most}.`,
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

export function consumerNotActive(
  stream: Pick<StreamState, "name" | "accountId">,
  consumer: StreamConsumer,
): KinesisError {
  return notActive(consumer, `under stream ${stream.name} and account ${stream.accountId}`);
}

/** As AWS words it where a shard is subscribed to. */
export function subscriberNotActive(
  stream: Pick<StreamState, "name" | "accountId">,
  consumer: StreamConsumer,
): KinesisError {
  return notActive(consumer, `under stream: ${stream.name} , account ${stream.accountId}`);
}

function notActive({ name, createdAt }: StreamConsumer, where: string): KinesisError {
  const createdSeconds = Math.floor(createdAt / 1000);
  return resourceInUse(
    `Consumer ${name} with creation timestamp ${createdSeconds} ${where} is not in ACTIVE status.`,
  );
}
