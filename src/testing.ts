/**
 * For the tests of your own handlers.
 *
 * @module shardmill/testing
 */

export {
  type FirehoseEventOptions,
  type FirehoseTestEvent,
  firehoseEvent,
} from "./testing/firehose-event.ts";
export {
  type KinesisEventOptions,
  type KinesisTestEvent,
  kinesisEvent,
} from "./testing/kinesis-event.ts";
export {
  type Effect,
  type PutOptions,
  type TestConsumer,
  type TestConsumerOptions,
  testConsumer,
} from "./testing/test-consumer.ts";
