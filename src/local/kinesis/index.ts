/** The simulator of Kinesis Data Streams: its core, without a network. */
export { KinesisError, type KinesisErrorCode } from "./error.ts";
export { createKinesis } from "./kinesis.ts";
export {
  decodeSequenceNumber,
  encodeSequenceNumber,
  type SequenceNumberParts,
} from "./sequence-number.ts";
export type * from "./types.ts";
