/** What a consumer does in AWS, and whether its role lets it. */
import type { Reader } from "./reader.ts";
import { isPipe } from "./words.ts";

export interface Need {
  readonly actions: readonly string[];
  /** An ARN. */
  readonly on: string;
  /** What does not happen without it. */
  readonly why: string;
}

/** What the mapping and the handler need, by the evidence of the template and of the handler's options. */
export function needsOf(reader: Reader): Need[] {
  // A pipe reads and delivers in a role of its own, and no consumer of ours stands behind it.
  if (isPipe(reader.mapping)) return [];
  return [...readingNeeds(reader), ...destinationNeeds(reader), ...handlerNeeds(reader)];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html */
function readingNeeds({ mapping: { streamArn, consumerArn } }: Reader): Need[] {
  if (streamArn === undefined) return [];
  const why = "Lambda cannot read the stream, and the mapping is refused";
  const reading = ["kinesis:GetRecords", "kinesis:GetShardIterator"];
  if (consumerArn === undefined) {
    return [{ actions: ["kinesis:DescribeStream", ...reading], on: streamArn, why }];
  }
  return [
    {
      actions: ["kinesis:DescribeStreamSummary", ...reading, "kinesis:ListShards"],
      on: streamArn,
      why,
    },
    { actions: ["kinesis:SubscribeToShard"], on: consumerArn, why },
  ];
}

function destinationNeeds({ mapping: { settings } }: Reader): Need[] {
  const destination = settings.destinationConfig?.onFailure?.destination;
  if (!destination) return [];
  const why = "the documents about discarded batches are lost, and the records with them";
  const [, , service] = destination.split(":");
  if (service === "sqs") return [{ actions: ["sqs:SendMessage"], on: destination, why }];
  if (service === "sns") return [{ actions: ["sns:Publish"], on: destination, why }];
  if (service !== "s3") return [];
  return [
    { actions: ["s3:PutObject"], on: `${destination}/aws/lambda/document`, why },
    { actions: ["s3:ListBucket"], on: destination, why },
  ];
}

function handlerNeeds({ consumer, template, mapping }: Reader): Need[] {
  if (!consumer || mapping.streamArn === undefined) return [];
  const { asksForShards, progressLocation, parkLocation, hasProgress, hasUniqueId } = consumer;
  const { windows } = consumer;
  const { region, accountId } = template;
  // The partition is the stream's.
  const { streamArn } = mapping;
  const [, partition] = streamArn.split(":");
  const arnOf = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const needs: Need[] = [];
  if (progressLocation !== undefined) {
    needs.push({
      actions: ["dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PutItem"],
      on: arnOf("dynamodb", `table/${progressLocation}`),
      why: "the progress cannot be read or saved, and every batch fails",
    });
  }
  if (hasProgress && hasUniqueId) {
    needs.push({
      actions: ["kinesis:ListShards"],
      on: streamArn,
      why: "after a reshard the duplicates of records in the parent shard cannot be known, and the child's batches fail",
    });
  }
  if (windows === "own") {
    needs.push({
      actions: ["kinesis:ListShards"],
      on: streamArn,
      why: "after a reshard the windows of the parent shard cannot be taken over, and the child's batches fail",
    });
  }
  if (asksForShards) {
    needs.push({
      actions: ["kinesis:ListShards"],
      on: streamArn,
      why: "the strict deaggregator cannot know which hash keys are the shard's, and batches with aggregates fail",
    });
  }
  if (parkLocation !== undefined)
    needs.push(...parkingNeeds(parkLocation, arnOf, partition ?? "aws"));
  return needs;
}

function parkingNeeds(
  location: string,
  arnOf: (service: string, resource: string) => string,
  partition: string,
): Need[] {
  const why = "a record that cannot be processed is not parked, and blocks its shard";
  if (location.startsWith("s3://")) {
    const place = location.slice("s3://".length);
    const on = `arn:${partition}:s3:::${place}record.json`;
    const again = "a record that is parked a second time blocks its shard";
    return [
      { actions: ["s3:PutObject"], on, why },
      { actions: ["s3:GetObject"], on, why: again },
    ];
  }
  if (/^https?:/.test(location)) {
    const queue = location.slice(location.lastIndexOf("/") + 1);
    return [{ actions: ["sqs:SendMessage"], on: arnOf("sqs", queue), why }];
  }
  const actions = ["dynamodb:PutItem", "dynamodb:UpdateItem"];
  return [{ actions, on: arnOf("dynamodb", `table/${location}`), why }];
}
