/** The program under test, as the simulation sees it: what a deployed function imports, and what people run. */
import { listLogs, resetLog } from "../../packages/cli/src/aws/progress-logs.ts";
import { InvocationError } from "../../packages/cli/src/redrive/function-target.ts";
import { redriveAll } from "../../packages/cli/src/redrive/redrive-all.ts";
import { redriveSettings } from "../../packages/cli/src/redrive/settings.ts";
import { dynamodbIds, dynamodbParking, dynamodbProgress } from "../../src/dynamodb.ts";
import {
  commitWith,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  onceStreamWide,
} from "../../src/index.ts";
import { s3Parking, s3Payloads } from "../../src/s3.ts";
import { sqlConsumer } from "../../src/sql.ts";
import { sqsParking } from "../../src/sqs.ts";
import * as windows from "../../src/windows.ts";

export const program = {
  commitWith,
  dynamodbIds,
  dynamodbParking,
  dynamodbProgress,
  InvocationError,
  kinesisConsumer,
  listLogs,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  onceStreamWide,
  redriveAll,
  redriveSettings,
  resetLog,
  s3Parking,
  s3Payloads,
  sqlConsumer,
  sqsParking,
  windows,
};

export type Program = typeof program;
