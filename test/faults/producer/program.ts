/** What the days of the producer are about: imported by itself, so that it can be broken on purpose. */
export { kinesisProducer } from "../../../src/producer.ts";
