/** For the tests of your own handlers. */
export {
  type FirehoseEventOptions,
  type FirehoseTestEvent,
  firehoseEvent,
} from "./firehose-event.ts";
export { type KinesisEventOptions, type KinesisTestEvent, kinesisEvent } from "./kinesis-event.ts";
export {
  type Effect,
  type PutOptions,
  type TestConsumer,
  type TestConsumerOptions,
  testConsumer,
} from "./test-consumer.ts";
