import { type BatchRecord, cloudWatchLogs, kinesisConsumer, type LogsEnvelope } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { opensearchSink } from "shardmill/sinks";

/** A log event, as it is found by a search. */
interface Line {
  readonly logGroup: string;
  readonly logStream: string;
  readonly timestamp: number;
  readonly message: string;
}

const search = opensearchSink<Line>({
  endpoint: process.env.SEARCH_ENDPOINT,
  index: "logs",
  rotation: "OneDay",
  time: ({ timestamp }) => timestamp,
});

const tableName = process.env.PROGRESS_TABLE;

/**
 * Makes each log event a document, in the index of its day. A record holds many events, so the sink gets them one by one, each under CloudWatch's own
 * id; a record has failed when one of its events has.
 */
export const handler = kinesisConsumer({
  consumer: "logs-to-opensearch",
  decode: cloudWatchLogs(),
  order: "none",
  progress: dynamodbProgress({ tableName }),
  park: dynamodbParking({ tableName }),
  async processBatch(records, context) {
    const recordOf = new Map<BatchRecord<Line>, BatchRecord<LogsEnvelope>>();
    for (const record of records) {
      const { logEvents, logGroup, logStream, owner } = record.value;
      for (const { id, message, timestamp } of logEvents) {
        const value = { logGroup, logStream, timestamp, message };
        const idempotencyKey = `${owner}/${logGroup}/${logStream}/${id}`;
        recordOf.set({ ...record, value, idempotencyKey }, record);
      }
    }
    const { failed } = (await search([...recordOf.keys()], context)) ?? { failed: [] };
    return {
      failed: failed.map(({ error, record }) => ({ error, record: recordOf.get(record)! })),
    };
  },
});
