/** Members that many requests have. */
import {
  blob,
  integer,
  list,
  map,
  oneOf,
  string,
  structure,
} from "../../../../services/src/protocol/shape.ts";

const name = { pattern: "[a-zA-Z0-9_.-]+", min: 1, max: 128 } as const;
const arn = (pattern: string) => string({ pattern, min: 1, max: 2048 });
const tagKey = string({ min: 1, max: 128 });

export const streamName = string(name);
export const streamArn = arn("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+");
/** A stream's ARN or a consumer's. */
export const resourceArn = arn("arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+");
export const consumerArn = arn(
  "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+",
);
export const consumerName = string(name);
export const shardId = string(name);
export const hashKey = string({ pattern: "0|([1-9]\\d{0,38})" });
export const sequenceNumber = string({ pattern: "0|([1-9]\\d{0,128})" });
export const partitionKey = string({ min: 1, max: 256 });
export const data = blob(10_485_760);
export const nextToken = string({ min: 1, max: 1_048_576 });
export const pageSize = integer({ min: 1, max: 10_000 });
export const tags = map(tagKey, string({ min: 0, max: 256 }), { min: 1, max: 200 });
export const tagKeys = list(tagKey, { min: 1, max: 50 });
export const exclusiveStartTagKey = tagKey;
export const streamModeDetails = structure({
  StreamMode: { ...oneOf("PROVISIONED", "ON_DEMAND"), required: true },
});
export const iteratorType = oneOf(
  "AFTER_SEQUENCE_NUMBER",
  "LATEST",
  "AT_TIMESTAMP",
  "AT_SEQUENCE_NUMBER",
  "TRIM_HORIZON",
);
export const maxRecordSizeInKiB = integer({ min: 1024, max: 10_240 });
export const warmThroughputMiBps = integer({ min: 0 });
export const encryptionType = oneOf("NONE", "KMS");
export const keyId = string({ min: 1, max: 2048 });
export const shardLevelMetrics = list(
  oneOf(
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
    "ALL",
  ),
  { min: 1, max: 7 },
);

/** A stream by its name, its ARN or both. */
export const stream = { StreamName: streamName, StreamARN: streamArn } as const;
