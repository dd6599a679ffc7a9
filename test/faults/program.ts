/** The program under test, as the simulation sees it: what a deployed function imports. */
import { dynamodbParking, dynamodbProgress } from "../../src/dynamodb/index.ts";
import {
  commitWith,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
} from "../../src/index.ts";

export const program = {
  commitWith,
  dynamodbParking,
  dynamodbProgress,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
};

export type Program = typeof program;
