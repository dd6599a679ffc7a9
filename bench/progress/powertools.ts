/** The peer: Powertools' batch processor with its idempotency, as its manual shows them together. */
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { KinesisEvent } from "../../src/record/kinesis-event.ts";
import { decode } from "./ours.ts";

export const peerTable = "idempotency";

export function powertoolsHandler(client: DynamoDBClient, effects: string[] = []) {
  const config = new IdempotencyConfig({ eventKeyJmesPath: "id" });
  const once = makeIdempotent(
    async ({ id }: { id: string }) => {
      effects.push(id);
      return null;
    },
    {
      persistenceStore: new DynamoDBPersistenceLayer({
        tableName: peerTable,
        awsSdkV3Client: client,
      }),
      config,
    },
  );
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  return async (event: KinesisEvent) => {
    const context = { getRemainingTimeInMillis: () => 60_000, awsRequestId: "r" } as never;
    config.registerLambdaContext(context);
    return processPartialResponse(
      event as never,
      async (record: { kinesis: { data: string } }) =>
        once(decode(Buffer.from(record.kinesis.data, "base64"))),
      processor,
      { context },
    );
  };
}
