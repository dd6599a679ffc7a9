/** The program under test, as the simulation sees it: what a deployed function imports. */
import { dynamodbIds, dynamodbParking, dynamodbProgress } from "../../src/dynamodb/index.ts";
import {
  commitWith,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  onceStreamWide,
} from "../../src/index.ts";

export const program = {
  commitWith,
  dynamodbIds,
  dynamodbParking,
  dynamodbProgress,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  onceStreamWide,
};

export type Program = typeof program;
